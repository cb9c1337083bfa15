// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans

/// Reads the structured values of MIME fields in one pass: tokens, quoted strings, comments and parameters.
struct ContentFieldReader {
    private var index: Int
    private let end: Int

    init(_ range: Range<Int>) {
        index = range.lowerBound
        end = range.upperBound
    }

    // content := type "/" subtype *(";" parameter)
    mutating func contentType(_ bytes: Span<UInt8>, maximumParameters: Int) -> ContentType? {
        let type = token(bytes)
        guard !type.isEmpty, index < end, bytes[index] == UInt8(ascii: "/") else { return nil }
        index += 1
        let subtype = token(bytes)
        guard !subtype.isEmpty else { return nil }
        return ContentType(type: type, subtype: subtype, parameters: parameters(bytes, maximum: maximumParameters))
    }

    // disposition := disposition-type *(";" disposition-parm)
    mutating func disposition(_ bytes: Span<UInt8>, maximumParameters: Int) -> ContentDisposition? {
        let kind = token(bytes)
        guard !kind.isEmpty else { return nil }
        return ContentDisposition(kind: kind, parameters: parameters(bytes, maximum: maximumParameters))
    }

    // Content-Language = 1#Language-tag
    mutating func languages(_ bytes: Span<UInt8>, maximum: Int) -> [[UInt8]] {
        var tags: [[UInt8]] = []
        while index < end, tags.count < maximum {
            let tag = token(bytes)
            if tag.isEmpty { index += 1 } else { tags.append(tag) }
        }
        return tags
    }

    /// One token, with the blanks and comments around it skipped; empty if something else is there.
    mutating func token(_ bytes: Span<UInt8>) -> [UInt8] {
        skipSpace(bytes)
        let start = index
        while index < end, Self.isToken(bytes[index]) { index += 1 }
        var text: [UInt8] = []
        text.append(bytes, start..<index)
        skipSpace(bytes)
        return text
    }

    // parameter := attribute "=" value
    private mutating func parameters(_ bytes: Span<UInt8>, maximum: Int) -> [ContentParameter] {
        var list: [ContentParameter] = []
        while index < end, list.count < maximum {
            guard bytes[index] == UInt8(ascii: ";") else {
                // What is no parameter is skipped, but a quoted ";" in it does not end it.
                if bytes[index] == UInt8(ascii: "\"") { _ = quotedString(bytes) } else { index += 1 }
                continue
            }
            index += 1
            let name = token(bytes)
            guard !name.isEmpty, index < end, bytes[index] == UInt8(ascii: "=") else { continue }
            index += 1
            skipSpace(bytes)
            list.append(ContentParameter(name: name, value: value(bytes)))
        }
        return list
    }

    /// A quoted string, or all up to a blank, a comment or ";": values in use hold more than a token may.
    private mutating func value(_ bytes: Span<UInt8>) -> [UInt8] {
        if index < end, bytes[index] == UInt8(ascii: "\"") { return quotedString(bytes) }
        let start = index
        while index < end, !Octet.isWhite(bytes[index]), bytes[index] != UInt8(ascii: ";"),
            bytes[index] != UInt8(ascii: "(")
        {
            index += 1
        }
        var text: [UInt8] = []
        text.append(bytes, start..<index)
        return text
    }

    private mutating func quotedString(_ bytes: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        index += 1
        while index < end {
            var byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\"), index < end {
                byte = bytes[index]
                index += 1
            }
            if byte != Octet.cr, byte != Octet.lf { text.append(byte) }
        }
        return text
    }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        var depth = 0
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")") where depth > 0: depth -= 1
            case UInt8(ascii: "\\") where depth > 0: index = min(index + 1, end - 1)
            case let byte where depth > 0 || Octet.isWhite(byte): break
            default: return
            }
            index += 1
        }
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F, UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "@"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "\\"),
            UInt8(ascii: "\""), UInt8(ascii: "/"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "?"),
            UInt8(ascii: "="):
            false
        default:
            true
        }
    }
}
