// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans

/// Decodes the encoded-words of header fields (RFC 2047).
package enum EncodedWords {
    /// The text of a range as UTF-8, encoded-words decoded, folds removed.
    ///
    /// Blanks between two encoded-words disappear, and a character split between two of them is made whole. What is no
    /// sound encoded-word stays as it is; octets that are no UTF-8 in the source stay too.
    package static func decode(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        let range = bytes.clamped(range)
        var output: [UInt8] = []
        output.reserveCapacity(range.count)
        var index = range.lowerBound
        // The blanks after an encoded-word, which count only if no other one follows.
        var pending: Range<Int>?
        while index < range.upperBound {
            let byte = bytes[index]
            if byte == UInt8(ascii: "="), let word = Word(bytes, at: index, end: range.upperBound) {
                pending = word.end..<word.end
                word.append(to: &output, bytes)
                index = word.end
            } else if Octet.isWhite(byte), let blanks = pending {
                index += 1
                pending = blanks.lowerBound..<index
            } else {
                if let blanks = pending { appendUnfolded(bytes, blanks, to: &output) }
                pending = nil
                if byte != Octet.cr, byte != Octet.lf { output.append(byte) }
                index += 1
            }
        }
        if let blanks = pending { appendUnfolded(bytes, blanks, to: &output) }
        return output
    }

    /// The text as a string, invalid octets repaired.
    package static func string(_ bytes: [UInt8]) -> String {
        String(decoding: decode(bytes.span, 0..<bytes.count), as: UTF8.self)
    }

    private static func appendUnfolded(_ bytes: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        for index in range where bytes[index] != Octet.cr && bytes[index] != Octet.lf { output.append(bytes[index]) }
    }

    // encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
    private struct Word {
        let charset: Charset
        let isBase64: Bool
        let text: Range<Int>
        let end: Int

        init?(_ bytes: Span<UInt8>, at start: Int, end: Int) {
            guard start + 1 < end, bytes[start + 1] == UInt8(ascii: "?"),
                let charsetEnd = Self.questionMark(bytes, from: start + 2, to: end), charsetEnd > start + 2,
                let encodingEnd = Self.questionMark(bytes, from: charsetEnd + 1, to: end),
                encodingEnd == charsetEnd + 2,
                let textEnd = Self.questionMark(bytes, from: encodingEnd + 1, to: end),
                textEnd + 1 < end, bytes[textEnd + 1] == UInt8(ascii: "=")
            else { return nil }
            switch Octet.lowercased(bytes[charsetEnd + 1]) {
            case UInt8(ascii: "b"): isBase64 = true
            case UInt8(ascii: "q"): isBase64 = false
            default: return nil
            }
            var name: [UInt8] = []
            name.append(bytes, (start + 2)..<charsetEnd)
            charset = Charset(name: name)
            text = (encodingEnd + 1)..<textEnd
            self.end = textEnd + 2
        }

        /// The next "?"; nil at a blank, so that a search never runs over what another one will look at.
        private static func questionMark(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
            var index = start
            while index < end, !Octet.isWhite(bytes[index]) {
                if bytes[index] == UInt8(ascii: "?") { return index }
                index += 1
            }
            return nil
        }

        func append(to output: inout [UInt8], _ bytes: Span<UInt8>) {
            var decoded: [UInt8] = []
            if isBase64 {
                var decoder = Base64Decoder()
                decoder.decode(bytes, text, into: &decoded)
            } else {
                var index = text.lowerBound
                while index < text.upperBound {
                    let byte = bytes[index]
                    index += 1
                    if byte == UInt8(ascii: "_") {
                        decoded.append(Octet.space)
                    } else if byte == UInt8(ascii: "="), index + 1 < text.upperBound,
                        let high = Octet.hexadecimalDigit(bytes[index]),
                        let low = Octet.hexadecimalDigit(bytes[index + 1])
                    {
                        decoded.append(high << 4 | low)
                        index += 2
                    } else {
                        decoded.append(byte)
                    }
                }
            }
            charset.convert(decoded, into: &output)
        }
    }
}
