// SPDX-License-Identifier: Apache-2.0

/// Finds out, in one pass over the head of a message, which of the fields that matter to `cleanup` are there.
///
/// Nothing is allocated for a field. Feed it the octets so far, always from the first one, until it says that the header
/// has ended; lines it has seen are not looked at again.
package struct HeaderCensus: Equatable, Sendable {
    /// Fields of interest, as a set.
    package struct Fields: OptionSet, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        package static let date = Fields(rawValue: 1 << 0)
        package static let messageID = Fields(rawValue: 1 << 1)
        package static let from = Fields(rawValue: 1 << 2)
        package static let sender = Fields(rawValue: 1 << 3)
        package static let to = Fields(rawValue: 1 << 4)
        package static let cc = Fields(rawValue: 1 << 5)
        package static let bcc = Fields(rawValue: 1 << 6)
        package static let replyTo = Fields(rawValue: 1 << 7)
        package static let returnPath = Fields(rawValue: 1 << 8)
        package static let received = Fields(rawValue: 1 << 9)
        package static let deliveredTo = Fields(rawValue: 1 << 10)
        package static let mimeVersion = Fields(rawValue: 1 << 11)
        package static let contentType = Fields(rawValue: 1 << 12)
        package static let contentTransferEncoding = Fields(rawValue: 1 << 13)
        package static let contentLength = Fields(rawValue: 1 << 14)
        package static let resentDate = Fields(rawValue: 1 << 15)
        package static let resentMessageID = Fields(rawValue: 1 << 16)
        package static let resentFrom = Fields(rawValue: 1 << 17)
        package static let resentSender = Fields(rawValue: 1 << 18)
        package static let resentTo = Fields(rawValue: 1 << 19)
        package static let resentCc = Fields(rawValue: 1 << 20)
        package static let resentBcc = Fields(rawValue: 1 << 21)
        package static let subject = Fields(rawValue: 1 << 22)
        /// Any field that makes the message a resent one (RFC 5322 section 3.6.6).
        package static let anyResent: Fields = [
            .resentDate, .resentMessageID, .resentFrom, .resentSender, .resentTo, .resentCc, .resentBcc,
        ]
        /// Any field that names a recipient.
        package static let anyRecipient: Fields = [.to, .cc, .bcc]
    }

    /// The fields found so far.
    package private(set) var fields: Fields = []
    /// How many `Received` fields there are: the hops (`hopcount_limit`).
    package private(set) var receivedCount = 0
    /// The value of the first `Message-ID` (trimmed), or nil.
    package private(set) var messageID: Range<Int>?
    /// Where fields are to be inserted: the empty line, or the first line that is no field; nil until it is known.
    package private(set) var headerEnd: Int?
    /// The first octet of the body.
    package private(set) var bodyStart: Int?
    /// Whether an empty line has to be written between header and body, because the body begins without one.
    package private(set) var lacksEmptyLine = false

    /// The begin of the line that is looked at next.
    private var line = 0
    /// How far the search for its end has come.
    private var searched = 0
    private var isInMessageID = false

    /// Makes a census that has seen nothing.
    package init() {}

    /// Looks at the lines that have become complete; true once the header has ended.
    ///
    /// `isWhole` says that no more octets will come, so that the last line counts without a line end.
    @discardableResult
    package mutating func scan(_ bytes: Span<UInt8>, isWhole: Bool) -> Bool {
        let count = bytes.count
        while headerEnd == nil {
            guard let lf = bytes.lineFeed(from: searched, to: count) else {
                searched = max(searched, count)
                guard isWhole else { return false }
                if line < count { take(bytes, end: count, next: count) }
                if headerEnd == nil { finish(headerEnd: count, bodyStart: count, lacksEmptyLine: true) }
                return true
            }
            take(bytes, end: lf, next: lf + 1)
        }
        return true
    }

    private mutating func finish(headerEnd: Int, bodyStart: Int, lacksEmptyLine: Bool) {
        self.headerEnd = headerEnd
        self.bodyStart = bodyStart
        self.lacksEmptyLine = lacksEmptyLine
    }

    private mutating func take(_ bytes: Span<UInt8>, end: Int, next: Int) {
        let start = line
        line = next
        searched = next
        let first = bytes[start]
        if first == Octet.lf || first == Octet.cr && end == start + 1 && next > end {
            finish(headerEnd: start, bodyStart: next, lacksEmptyLine: false)
            return
        }
        if start > 0, Octet.isBlank(first) {
            if isInMessageID, messageID == nil { noteMessageID(bytes, start..<end) }
            return
        }
        isInMessageID = false
        var colon = start
        while colon < end, bytes[colon] != UInt8(ascii: ":") { colon += 1 }
        guard colon < end, let name = HeaderScanner.name(bytes, start..<colon) else {
            finish(headerEnd: start, bodyStart: start, lacksEmptyLine: true)
            return
        }
        let field = Self.field(bytes, name)
        if field == .messageID, !fields.contains(.messageID) {
            isInMessageID = true
            noteMessageID(bytes, (colon + 1)..<end)
        }
        if field == .received { receivedCount += 1 }
        fields.formUnion(field)
    }

    private mutating func noteMessageID(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let value = bytes.trimmed(range)
        if !value.isEmpty { messageID = value }
    }

    /// The field of this name, or the empty set; length and first letter sort most of them out.
    private static func field(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Fields {
        func check(_ text: String, _ field: Fields) -> Fields {
            bytes.equals(name, text) ? field : []
        }
        switch (name.count, Octet.lowercased(bytes[name.lowerBound])) {
        case (2, UInt8(ascii: "t")): return check("to", .to)
        case (2, UInt8(ascii: "c")): return check("cc", .cc)
        case (3, UInt8(ascii: "b")): return check("bcc", .bcc)
        case (4, UInt8(ascii: "d")): return check("date", .date)
        case (4, UInt8(ascii: "f")): return check("from", .from)
        case (6, UInt8(ascii: "s")): return check("sender", .sender)
        case (7, UInt8(ascii: "s")): return check("subject", .subject)
        case (8, UInt8(ascii: "r")): return check("received", .received).union(check("reply-to", .replyTo))
        case (9, UInt8(ascii: "r")): return check("resent-to", .resentTo).union(check("resent-cc", .resentCc))
        case (10, UInt8(ascii: "m")): return check("message-id", .messageID)
        case (10, UInt8(ascii: "r")): return check("resent-bcc", .resentBcc)
        case (11, UInt8(ascii: "r")):
            return check("return-path", .returnPath).union(check("resent-date", .resentDate))
                .union(check("resent-from", .resentFrom))
        case (12, UInt8(ascii: "d")): return check("delivered-to", .deliveredTo)
        case (12, UInt8(ascii: "m")): return check("mime-version", .mimeVersion)
        case (12, UInt8(ascii: "c")): return check("content-type", .contentType)
        case (13, UInt8(ascii: "r")): return check("resent-sender", .resentSender)
        case (14, UInt8(ascii: "c")): return check("content-length", .contentLength)
        case (17, UInt8(ascii: "r")): return check("resent-message-id", .resentMessageID)
        case (25, UInt8(ascii: "c")): return check("content-transfer-encoding", .contentTransferEncoding)
        default: return []
        }
    }
}
