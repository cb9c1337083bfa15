// SPDX-License-Identifier: Apache-2.0

/// Why a text is no address.
package enum AddressSyntaxError: Error, Equatable, Sendable {
    /// The grammar of RFC 5321 section 4.1.2 does not hold.
    case malformed
    /// A control character, NUL, CR or LF, which no address may carry in any form.
    case controlCharacter
    /// Octets over 127 that are no UTF-8 (RFC 6531).
    case invalidUTF8
    /// A limit of `AddressLimits` is exceeded.
    case tooLong
    /// A local part alone where a domain is required.
    case missingDomain
}

/// How long the parts of an address may be, in octets.
package struct AddressLimits: Equatable, Sendable {
    /// Longest local part in its unquoted form; RFC 5321 promises 64, but VERP and SRS addresses in use are longer.
    package var localPart: Int
    /// Longest domain (RFC 5321 section 4.5.3.1.2).
    package var domain: Int
    /// Longest path with brackets and source route; RFC 5321 promises 256, quoting may double a long local part.
    package var path: Int

    /// Makes limits; the defaults are what the rest of the system expects.
    package init(localPart: Int = 256, domain: Int = 255, path: Int = 1024) {
        self.localPart = localPart
        self.domain = domain
        self.path = path
    }
}

/// The character classes and the domain rules of RFC 5321 and RFC 6531.
enum AddressSyntax {
    /// Whether the octet may stand unquoted in a local part: atext of RFC 5322, or a part of a UTF-8 character.
    static func isAtomText(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...0xFF:
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
            true
        default:
            false
        }
    }

    /// Whether the octet is an ASCII control character.
    static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x7F
    }

    /// Whether the text holds a control character: of ASCII, or of the second set that UTF-8 can spell (C2 80 to C2 9F).
    static func holdsControl(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
    }

    /// Decodes octets strictly, without repair.
    static func text(_ bytes: [UInt8]) -> String? {
        String(validating: bytes, as: UTF8.self)
    }

    /// Whether a local part can be written without quotes: `Dot-string = Atom *("." Atom)`.
    static func isDotString(_ localPart: String) -> Bool {
        var atDot = true
        for byte in localPart.utf8 {
            if byte == UInt8(ascii: ".") {
                if atDot { return false }
                atDot = true
            } else {
                guard isAtomText(byte) else { return false }
                atDot = false
            }
        }
        return !atDot
    }

    /// Whether the text is a domain name or an address literal.
    ///
    /// A label holds letters, digits, hyphens not at its ends, and (as in use) underscores; 63 octets at most.
    static func isDomain(_ domain: String) -> Bool {
        let bytes = domain.utf8
        if bytes.first == UInt8(ascii: "[") { return isLiteral(bytes) }
        guard !bytes.isEmpty else { return false }
        for label in bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard let first = label.first, let last = label.last, label.count <= 63,
                first != UInt8(ascii: "-"), last != UInt8(ascii: "-"),
                label.allSatisfy(isDomainText)
            else { return false }
        }
        return true
    }

    private static func isDomainText(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), 0x80...0xFF:
            true
        default:
            false
        }
    }

    // address-literal = "[" ( IPv4-address-literal / IPv6-address-literal ) "]"
    private static func isLiteral(_ bytes: String.UTF8View) -> Bool {
        guard bytes.count >= 3, bytes.last == UInt8(ascii: "]") else { return false }
        let content = bytes.dropFirst().dropLast()
        let tag = "ipv6:".utf8
        let head = content.prefix(tag.count)
        guard head.count == tag.count, zip(head, tag).allSatisfy({ $0.0 | 0x20 == $0.1 || $0.0 == $0.1 }) else {
            return isIPv4(content)
        }
        return isIPv6(content.dropFirst(tag.count))
    }

    private static func isIPv4(_ text: Substring.UTF8View) -> Bool {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                    && UInt8(Substring(part)) != nil
            }
    }

    private static func isIPv6(_ text: Substring.UTF8View) -> Bool {
        let groups = text.split(separator: UInt8(ascii: ":"), maxSplits: 9, omittingEmptySubsequences: false)
        guard (3...9).contains(groups.count) else { return false }
        var empty = 0
        var units = 0
        for (index, group) in groups.enumerated() {
            if group.isEmpty {
                // An empty group at either end belongs to a "::" there, and does not count twice.
                let isEdge = index == 0 || index == groups.count - 1
                if isEdge {
                    let neighbour = index == 0 ? groups[1] : groups[groups.count - 2]
                    guard neighbour.isEmpty else { return false }
                } else {
                    empty += 1
                }
            } else if group.contains(UInt8(ascii: ".")) {
                guard index == groups.count - 1, isIPv4(group) else { return false }
                units += 2
            } else {
                guard group.count <= 4, group.allSatisfy(isHexadecimal) else { return false }
                units += 1
            }
        }
        return empty == 0 ? units == 8 : empty == 1 && units <= 7
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default:
            false
        }
    }
}
