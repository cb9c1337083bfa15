// SPDX-License-Identifier: Apache-2.0

/// The result of a `regexp:` rule: literal text, and groups of the match to put in.
struct ResultTemplate: Sendable {
    private enum Part: Sendable {
        case text(String)
        case group(Int)
    }

    private var parts: [Part] = []
    /// The highest group that the text asks for; 0 for none.
    private(set) var highestGroup = 0

    /// Parses `$1`, `${1}`, `$(1)` and `$$`.
    init(_ source: String) throws(RuleError) {
        var literal: [UInt8] = []
        let bytes = Array(source.utf8)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$") else {
                literal.append(bytes[index])
                index += 1
                continue
            }
            index += 1
            guard index < bytes.count else { throw RuleError("\"$\" at the end of the result") }
            if bytes[index] == UInt8(ascii: "$") {
                literal.append(bytes[index])
                index += 1
                continue
            }
            let group = try Self.groupNumber(bytes, &index)
            if !literal.isEmpty { parts.append(.text(String(decoding: literal, as: UTF8.self))) }
            literal.removeAll()
            parts.append(.group(group))
            highestGroup = max(highestGroup, group)
        }
        if !literal.isEmpty { parts.append(.text(String(decoding: literal, as: UTF8.self))) }
    }

    // group-reference = "$" ( 1*DIGIT / "{" 1*DIGIT "}" / "(" 1*DIGIT ")" )
    private static func groupNumber(_ bytes: [UInt8], _ index: inout Int) throws(RuleError) -> Int {
        let closing: UInt8? =
            switch bytes[index] {
            case UInt8(ascii: "{"): UInt8(ascii: "}")
            case UInt8(ascii: "("): UInt8(ascii: ")")
            default: nil
            }
        let start = closing == nil ? index : index + 1
        let end: Int
        if let closing {
            guard let found = bytes[start...].firstIndex(of: closing) else {
                throw RuleError("unclosed \"$\" reference")
            }
            end = found
            index = found + 1
        } else {
            end = bytes[start...].firstIndex { !isWordByte($0) } ?? bytes.endIndex
            index = end
        }
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        guard let number = Int(name), number > 0, name.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw RuleError("\"$\(name)\" does not name a group by its number")
        }
        return number
    }

    // atext / "." / UTF8-non-ascii, but for "/" and "|"
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x80..., 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x00...0x20, 0x7F: false
        default: !"\"(),/:;<>@[\\]|".utf8.contains(byte)
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == UInt8(ascii: "_")
    }

    /// Returns the text with the groups of a match in `subject` put in.
    ///
    /// With `intoAddress`, nil where a group holds more than the characters of an unquoted local part or a domain
    /// (RFC 5321 section 4.1.2), or one of them that tables give a meaning to: a slash or a bar.
    func filled(subject: String, groups: [Range<Int>], intoAddress: Bool) -> String? {
        if parts.count == 1, case .text(let text) = parts[0] { return text }
        let bytes = Array(subject.utf8)
        var result: [UInt8] = []
        for part in parts {
            switch part {
            case .text(let text): result.append(contentsOf: text.utf8)
            case .group(let number):
                guard number < groups.count, groups[number].upperBound <= bytes.count else { continue }
                guard !intoAddress || bytes[groups[number]].allSatisfy(Self.isAddressByte) else { return nil }
                result.append(contentsOf: bytes[groups[number]])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
