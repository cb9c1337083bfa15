// SPDX-License-Identifier: Apache-2.0

/// The one encoding of envelopes, for queue files and for the wire.
extension Envelope {
    /// The records of a queue file; throws `invalidValue` for a control character or a value beyond the limit.
    package func encoded(limits: EnvelopeLimits) throws(EnvelopeError) -> [UInt8] {
        guard recipients.count <= limits.recipients else { throw .limitExceeded("recipients") }
        let bytes = try written(limit: limits.value)
        guard bytes.count <= limits.envelope else { throw .limitExceeded("envelope") }
        return bytes
    }

    /// The records as they are sent to another daemon: whatever the envelope holds.
    package var wireBytes: [UInt8] {
        // Without a limit there is nothing to throw for.
        (try? written(limit: nil)) ?? []
    }

    private func written(limit: Int?) throws(EnvelopeError) -> [UInt8] {
        var writer = AttributeWriter(limit: limit)
        var copy = self
        try copy.rows(&writer)
        for recipient in recipients {
            var recipient = recipient
            try writer.text(EnvelopeNumber.recipient, "recipient", &recipient.address, unless: nil)
            try recipient.rows(&writer)
        }
        var nothing: UInt8 = 0
        try writer.integer(EnvelopeNumber.end, "end", &nothing, unless: nil)
        return writer.bytes
    }

    /// Reads the records of a queue file.
    package init(
        decoding bytes: [UInt8],
        recipientCount: Int,
        limits: EnvelopeLimits
    ) throws(EnvelopeError) {
        guard recipientCount <= limits.recipients else { throw .limitExceeded("recipients") }
        guard bytes.count <= limits.envelope else { throw .limitExceeded("envelope") }
        self.init()
        try read(bytes[...], limits: limits, retired: EnvelopeNumber.retired)
        guard recipients.count == recipientCount else { throw .malformed }
    }

    /// Reads the records that another daemon sent.
    package init(wireBytes: [UInt8]) throws(EnvelopeError) {
        self.init()
        try read(wireBytes[...], limits: nil, retired: EnvelopeNumber.retired)
    }

    /// Reads records into an empty envelope; `limits` is nil on the wire.
    mutating func read(
        _ bytes: ArraySlice<UInt8>,
        limits: EnvelopeLimits?,
        retired: [UInt8]
    ) throws(EnvelopeError) {
        var reader = AttributeReader(bytes, limit: limits?.value)
        let most = limits?.recipients ?? EnvelopeLimits().recipients
        while true {
            try reader.next()
            if reader.number == EnvelopeNumber.end { break }
            if reader.number == EnvelopeNumber.recipient {
                guard recipients.count < most else { throw .limitExceeded("recipients") }
                recipients.append(Recipient(address: try reader.text()))
                continue
            }
            if let last = recipients.indices.last { try recipients[last].rows(&reader) }
            if !reader.isTaken { try rows(&reader) }
            guard reader.isTaken || reader.number >= EnvelopeNumber.firstOptional || retired.contains(reader.number)
            else { throw .malformed }
        }
        guard reader.isAtEnd else { throw .malformed }
    }
}

/// Whether a value may stand in a queue file, a log line or a header: it has no control character, NUL included.
package func isPrintable(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
}

/// The text with `?` for each control character, cut to `limit` bytes: for text from outside that only people read.
package func printable(_ text: String, limit: Int = 4096) -> String {
    guard !isPrintable(text) || text.utf8.count > limit else { return text }
    let bytes = text.utf8.prefix(limit).map { $0 >= 32 && $0 != 127 ? $0 : UInt8(ascii: "?") }
    var cut = bytes[...]
    // A character cut in two would become a longer one (U+FFFD).
    if text.utf8.count > limit {
        while let last = cut.last, last & 0xC0 == 0x80 { cut.removeLast() }
        if let last = cut.last, last >= 0xC0 { cut.removeLast() }
    }
    return String(decoding: cut, as: UTF8.self)
}
