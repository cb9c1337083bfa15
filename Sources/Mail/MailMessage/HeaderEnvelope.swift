// SPDX-License-Identifier: Apache-2.0

package import MailAddress

/// What IMAP's ENVELOPE tells of a message (RFC 3501 section 7.4.2), as raw octets of its header.
package struct HeaderEnvelope: Equatable, Sendable {
    /// The `Date` field, unfolded, or nil.
    package var date: [UInt8]?
    /// The `Subject` field, unfolded and undecoded, or nil.
    package var subject: [UInt8]?
    /// The `From` field.
    package var from: [HeaderAddress] = []
    /// The `Sender` field; `from` where it is missing or empty.
    package var sender: [HeaderAddress] = []
    /// The `Reply-To` field; `from` where it is missing or empty.
    package var replyTo: [HeaderAddress] = []
    /// The `To` fields.
    package var to: [HeaderAddress] = []
    /// The `Cc` fields.
    package var cc: [HeaderAddress] = []
    /// The `Bcc` fields.
    package var bcc: [HeaderAddress] = []
    /// The `In-Reply-To` field, unfolded, or nil.
    package var inReplyTo: [UInt8]?
    /// The `Message-ID` field, unfolded, or nil.
    package var messageID: [UInt8]?

    /// Makes an empty envelope.
    package init() {}

    /// Reads the header that is at `range`; a field's list ends after so many addresses, a text after so many octets.
    package init(
        header bytes: Span<UInt8>,
        _ range: Range<Int>,
        maximumAddresses: Int = 10_000,
        maximumText: Int = 65_536
    ) {
        var scanner = HeaderScanner(range)
        while let field = scanner.next(bytes) {
            guard let kind = Kind(bytes, field) else { continue }
            func text(_ place: inout [UInt8]?) {
                if place == nil { place = field.unfoldedValue(in: bytes, limit: maximumText) }
            }
            func addresses(_ place: inout [HeaderAddress]) {
                let room = maximumAddresses - place.count
                guard room > 0 else { return }
                let value = bytes.extracting(bytes.clamped(field.value))
                place += HeaderAddressParser(maximumCount: room).parse(value).map { element in
                    var element = element
                    let low = element.range.lowerBound + field.value.lowerBound
                    element.range = low..<(low + element.range.count)
                    return element
                }
            }
            switch kind {
            case .date: text(&date)
            case .subject: text(&subject)
            case .inReplyTo: text(&inReplyTo)
            case .messageID: text(&messageID)
            case .from: addresses(&from)
            case .sender: addresses(&sender)
            case .replyTo: addresses(&replyTo)
            case .to: addresses(&to)
            case .cc: addresses(&cc)
            case .bcc: addresses(&bcc)
            }
        }
        if sender.isEmpty { sender = from }
        if replyTo.isEmpty { replyTo = from }
    }

    private enum Kind {
        case date, subject, inReplyTo, messageID, from, sender, replyTo, to, cc, bcc

        init?(_ bytes: Span<UInt8>, _ field: HeaderField) {
            func named(_ text: String) -> Bool { field.isNamed(text, in: bytes) }
            switch field.name.count {
            case 2 where named("to"): self = .to
            case 2 where named("cc"): self = .cc
            case 3 where named("bcc"): self = .bcc
            case 4 where named("date"): self = .date
            case 4 where named("from"): self = .from
            case 6 where named("sender"): self = .sender
            case 7 where named("subject"): self = .subject
            case 8 where named("reply-to"): self = .replyTo
            case 10 where named("message-id"): self = .messageID
            case 11 where named("in-reply-to"): self = .inReplyTo
            default: return nil
            }
        }
    }
}
