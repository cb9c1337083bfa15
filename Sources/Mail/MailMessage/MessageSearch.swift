// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans

extension SearchText {
    /// Whether a field of this name, decoded (RFC 2047), holds the text; the empty text asks only for the field.
    ///
    /// What `SEARCH HEADER`, `SUBJECT`, `FROM` and their like ask (RFC 3501 section 6.4.4).
    package func isFound(inField name: String, of bytes: Span<UInt8>, header: Range<Int>) -> Bool {
        var scanner = HeaderScanner(header)
        while let field = scanner.next(bytes) {
            guard field.isNamed(name, in: bytes) else { continue }
            if isEmpty || isFound(in: EncodedWords.decode(bytes, field.value)) { return true }
        }
        return false
    }

    /// Whether a field of the header, name and decoded value, holds the text.
    package func isFound(inHeader header: Range<Int>, of bytes: Span<UInt8>) -> Bool {
        if isEmpty { return true }
        var scanner = HeaderScanner(header)
        while let field = scanner.next(bytes) {
            var line: [UInt8] = []
            line.append(bytes, field.range.lowerBound..<field.value.lowerBound)
            line += EncodedWords.decode(bytes, field.value)
            if isFound(in: line) { return true }
        }
        return false
    }

    /// Whether the body holds the text: its text parts, decoded, and the headers of enclosed messages (`SEARCH BODY`).
    package func isFound(inBodyOf bytes: Span<UInt8>, structure: MessageStructure) -> Bool {
        if isEmpty { return true }
        for part in structure.parts {
            if let parent = part.parent, structure[parent]?.kind == .message,
                isFound(inHeader: part.header.range, of: bytes)
            {
                return true
            }
            if part.kind == .leaf, isFound(inLeaf: part, of: bytes) { return true }
        }
        return false
    }

    /// Whether header or body hold the text (`SEARCH TEXT`).
    package func isFound(inTextOf bytes: Span<UInt8>, structure: MessageStructure) -> Bool {
        isFound(inHeader: structure.root.header.range, of: bytes) || isFound(inBodyOf: bytes, structure: structure)
    }

    private func isFound(inLeaf part: MessagePart, of bytes: Span<UInt8>) -> Bool {
        let isText = part.contentType.matches("text")
        guard isText || part.contentType.matches("message"), part.transferEncoding != .unknown else { return false }
        let charset = part.contentType.parameter("charset").map(Charset.init(name:)) ?? .utf8
        var decoder = TransferDecoder(part.transferEncoding)
        var matcher = TextMatcher(self)
        // In chunks, so that a large text needs no second copy of itself.
        let chunk = 16_384
        var index = part.body.range.lowerBound
        let end = part.body.range.upperBound
        var decoded: [UInt8] = []
        var text: [UInt8] = []
        while index < end {
            decoded.removeAll(keepingCapacity: true)
            text.removeAll(keepingCapacity: true)
            let next = min(end, index + chunk)
            decoder.decode(bytes, index..<next, into: &decoded)
            index = next
            if index == end { decoder.finish(into: &decoded) }
            charset.convert(decoded, into: &text)
            if matcher.take(text) { return true }
        }
        return matcher.finish()
    }
}
