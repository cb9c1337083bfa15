// SPDX-License-Identifier: Apache-2.0
import MailMessage

extension FuzzTarget {
    /// Header fields: the census of cleanup, the scanner, the envelope of IMAP, encoded words.
    static let headers = FuzzTarget("headers", upTo: 8192) { bytes in
        var whole = HeaderCensus()
        whole.scan(bytes.span, isWhole: true)
        var cut = HeaderCensus()
        var cuts = Cuts(for: bytes)
        var seen: [UInt8] = []
        for piece in cuts.pieces(of: bytes) {
            seen += piece
            if cut.scan(seen.span, isWhole: false) { break }
        }
        cut.scan(bytes.span, isWhole: true)
        try requireEqual(cut.fields, whole.fields, "fields by cuts")
        try requireEqual(cut.headerEnd, whole.headerEnd, "the header's end by cuts")
        try requireEqual(cut.bodyStart, whole.bodyStart, "the body's start by cuts")
        try requireEqual(cut.messageID, whole.messageID, "the message-id by cuts")
        try requireEqual(cut.receivedCount, whole.receivedCount, "hops by cuts")
        try requireEqual(cut.lacksEmptyLine, whole.lacksEmptyLine, "the empty line by cuts")
        let split = HeaderScanner.split(bytes.span)
        try require(
            split.headerEnd <= split.bodyStart && split.bodyStart <= bytes.count,
            "the split is beyond the input"
        )
        var scanner = HeaderScanner(bytes.span)
        var last = 0
        while let field = scanner.next(bytes.span) {
            try require(field.range.lowerBound >= last, "fields overlap")
            try require(field.range.upperBound <= bytes.count, "a field beyond the input")
            try require(field.value.upperBound <= field.range.upperBound, "a value beyond its field")
            last = field.range.upperBound
            let value = field.unfoldedValue(in: bytes.span)
            try require(!value.contains(10), "an unfolded value holds a line end")
            _ = EncodedWords.string(EncodedWords.decode(bytes.span, field.value))
        }
        _ = EncodedWords.decode(bytes.span, 0..<bytes.count)
        _ = HeaderEnvelope(header: bytes.span, 0..<split.headerEnd, maximumAddresses: 100, maximumText: 1000)
    }

    /// The structure of a whole message, its sections, its decoded text.
    static let messages = FuzzTarget("messages", upTo: 32768) { bytes in
        let structure = MessageStructure(parsing: bytes.span, limits: StructureLimits(depth: 20, parts: 200))
        try require(structure.parts.count <= 200, "more parts than are allowed")
        for (index, part) in structure.parts.enumerated() {
            for extent in [part.header, part.body] {
                try require(extent.range.lowerBound >= 0 && extent.range.upperBound <= bytes.count, "an extent outside")
                var output: [UInt8] = []
                var reader = WireReader(extent)
                _ = reader.read(extent.wireSize, of: bytes.span, into: &output)
                try requireEqual(output.count, extent.wireSize, "octets on the wire of part \(index)")
                try require(isWire(output), "a bare LF on the wire")
            }
            if let parent = part.parent {
                try require(parent < index, "a part before its parent")
                try require(structure[parent]?.children.contains(index) == true, "a parent does not know its child")
            } else {
                try requireEqual(index, 0, "a part without a parent")
            }
        }
        for path in [[], [1], [2], [1, 1], [1, 2, 1], [2, 1, 1, 1]] {
            for piece in [MessageSection.Piece.whole, .header, .text, .mime] {
                guard let extent = structure.extent(of: MessageSection(path: path, piece: piece)) else { continue }
                try require(extent.range.upperBound <= bytes.count, "a section outside")
            }
        }
        let needle = SearchText(Array(bytes.suffix(3)))
        _ = needle.isFound(inTextOf: bytes.span, structure: structure)
        for encoding in [TransferEncoding.base64, .quotedPrintable] { try checkDecoder(bytes, encoding) }
    }

    /// Dates of header fields, of INTERNALDATE and of IMAP.
    static let dates = FuzzTarget("dates", upTo: 256) { bytes in
        if let date = CivilDate(imap: bytes.span) {
            try requireEqual(CivilDate(day: date.day), date, "a day of the calendar")
        }
        for date in [MailDate(rfc5322: bytes.span), MailDate(internalDate: bytes.span)].compactMap({ $0 }) {
            let text = Array(date.rfc5322.utf8)
            try requireEqual(MailDate(rfc5322: text.span), date, "\(date.rfc5322) reads as another date")
            let internalDate = Array(date.internalDate.utf8)
            try requireEqual(MailDate(internalDate: internalDate.span), date, "\(date.internalDate) reads as another")
            _ = date.mboxDate
            _ = date.day
        }
    }

    private static func checkDecoder(_ bytes: [UInt8], _ encoding: TransferEncoding) throws {
        var whole = TransferDecoder(encoding)
        var first: [UInt8] = []
        whole.decode(bytes.span, 0..<bytes.count, into: &first)
        whole.finish(into: &first)
        var cut = TransferDecoder(encoding)
        var second: [UInt8] = []
        var cuts = Cuts(for: bytes)
        for piece in cuts.pieces(of: bytes) {
            cut.decode(bytes.span, piece.startIndex..<piece.endIndex, into: &second)
        }
        cut.finish(into: &second)
        try requireEqual(second, first, "what is decoded depends on the cuts")
        try require(first.count <= bytes.count + 2, "more was decoded than came")
    }

    private static func isWire(_ bytes: [UInt8]) -> Bool {
        !bytes.indices.contains { bytes[$0] == 10 && ($0 == 0 || bytes[$0 - 1] != 13) }
    }
}
