// SPDX-License-Identifier: Apache-2.0

/// Making foreign text safe for a report, and folding it.
enum ReportText {
    /// The text in one line, safe to put anywhere in a report.
    ///
    /// Line ends and other control characters become spaces, and what is not ASCII `?` where `allowsUTF8` is false. So nothing from outside can begin a field, a part or a message of its own.
    static func line(_ text: String, allowsUTF8: Bool, limit: Int = 8192) -> String {
        var line = String.UnicodeScalarView()
        var size = 0
        for scalar in text.unicodeScalars {
            size += UTF8.width(scalar)
            guard size <= limit else { break }
            if scalar.value < 32 || (127...159).contains(scalar.value) || scalar.value == 0x2028
                || scalar.value == 0x2029
            {
                line.append(" ")
            } else {
                line.append(scalar.isASCII || allowsUTF8 ? scalar : "?")
            }
        }
        return String(line)
    }

    /// A header field, folded before words so that lines stay below 78 bytes where words allow, and below 900 always.
    static func field(_ name: String, _ value: String, allowsUTF8: Bool) -> String {
        wrapped("\(name): " + line(value, allowsUTF8: allowsUTF8), indent: " ")
    }

    /// A paragraph with its line end, broken between words; further lines begin with `indent`.
    static func wrapped(_ text: String, indent: String, width: Int = 76) -> String {
        var lines = ""
        var current = ""
        var size = 0
        for word in text.split(separator: " ").flatMap(pieces) {
            let length = word.utf8.count
            if size > 0, size + 1 + length > width {
                lines += current + "\n"
                current = indent
                size = indent.utf8.count
            } else if size > 0 {
                current += " "
                size += 1
            }
            current += word
            size += length
        }
        return lines + current + "\n"
    }

    /// A word in pieces short enough for a line of RFC 5322 (998 bytes).
    private static func pieces(_ word: Substring) -> [Substring] {
        guard word.utf8.count > 900 else { return [word] }
        var pieces: [Substring] = []
        var rest = word.unicodeScalars[...]
        while !rest.isEmpty {
            let piece = rest.prefix(220)
            pieces.append(Substring(piece))
            rest = rest.dropFirst(220)
        }
        return pieces
    }

    // Final-Recipient value = address-type ";" generic-address (RFC 3464 section 2.3.2)
    /// An address with its type; RFC 6533 section 3 tells how one with UTF-8 is written.
    static func typed(_ address: String, allowsUTF8: Bool) -> String {
        if address.utf8.allSatisfy({ $0 < 128 }) { return "rfc822; \(address)" }
        guard !allowsUTF8 else { return "utf-8; \(address)" }
        // utf-8-addr-xtext
        var escaped = ""
        for scalar in address.unicodeScalars {
            let isPlain = (33...126).contains(scalar.value) && !["\\", "+", "="].contains(scalar)
            escaped += isPlain ? String(scalar) : "\\x{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
        return "utf-8; \(escaped)"
    }

    /// The Original-Recipient value of an ORCPT parameter: the xtext (RFC 3461 section 4) is decoded.
    static func original(ofParameter parameter: String) -> String? {
        let parts = parameter.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        guard
            parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty,
            parts[0].utf8.allSatisfy({ (33...126).contains($0) })
        else { return nil }
        let bytes = Array(parts[1].utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "+"), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                decoded.append(value)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return "\(parts[0]); " + String(decoding: decoded, as: UTF8.self)
    }
}
