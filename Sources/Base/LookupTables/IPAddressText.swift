// SPDX-License-Identifier: Apache-2.0

extension IPAddress: CustomStringConvertible, LosslessStringConvertible {
    /// Parses the textual form of either family, without brackets, zone or prefix length.
    package init?(_ text: String) {
        self.init(text: text.utf8)
    }

    /// Parses the textual form of either family from its bytes.
    ///
    /// IPv4 is four decimal octets; a leading zero, which some read as octal, is refused. IPv6 is the grammar of RFC
    /// 4291 section 2.2, with an IPv4 tail.
    package init?(text: some Collection<UInt8>) {
        // The longest form: eight groups with an IPv4 tail, INET6_ADDRSTRLEN.
        guard text.count <= 45 else { return nil }
        if text.contains(UInt8(ascii: ":")) {
            guard let (high, low) = Self.parseIPv6(text) else { return nil }
            self.init(family: .v6, high: high, low: low)
        } else {
            guard let value = Self.parseIPv4(text) else { return nil }
            self.init(family: .v4, high: 0, low: UInt64(value))
        }
    }

    /// Parses an address in the brackets of a domain literal: `[192.0.2.1]`, `[IPv6:2001:db8::1]`, `[2001:db8::1]`.
    package init?(literal: some Collection<UInt8>) {
        guard literal.count > 2, literal.first == UInt8(ascii: "[") else { return nil }
        let inner = Array(literal.dropFirst())
        guard inner.last == UInt8(ascii: "]") else { return nil }
        let body = inner.dropLast()
        let tag = Array("ipv6:".utf8)
        guard body.count > tag.count, body.prefix(tag.count).map({ $0 | 0x20 }).elementsEqual(tag.map { $0 | 0x20 })
        else {
            self.init(text: body)
            return
        }
        self.init(text: body.dropFirst(tag.count))
        if family != .v6 { return nil }
    }

    /// The canonical form: dotted quad, or RFC 5952.
    package var description: String {
        guard family == .v6 else { return Self.dottedQuad(low) }
        if high == 0, low >> 32 == 0xFFFF { return "::ffff:\(Self.dottedQuad(low & 0xFFFF_FFFF))" }
        let groups = (0..<8).map { index in
            let half = index < 4 ? high : low
            return half >> (48 - 16 * UInt64(index % 4)) & 0xFFFF
        }
        guard let gap = Self.longestZeroRun(groups) else { return Self.joined(groups[...]) }
        return "\(Self.joined(groups[..<gap.lowerBound]))::\(Self.joined(groups[gap.upperBound...]))"
    }

    // ipv4 = octet "." octet "." octet "." octet
    private static func parseIPv4(_ text: some Collection<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in text {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                value = value << 8 | octet
                (octet, digits, dots) = (0, 0, dots + 1)
                continue
            }
            guard byte >= 0x30, byte <= 0x39, digits < 3, digits == 0 || octet > 0 else { return nil }
            octet = octet * 10 + UInt32(byte - 0x30)
            digits += 1
            guard octet <= 255 else { return nil }
        }
        guard dots == 3, digits > 0 else { return nil }
        return value << 8 | octet
    }

    // ipv6 = groups of 1*4HEXDIG separated by ":", one "::" for a run of zero groups, the last two as ipv4
    private static func parseIPv6(_ text: some Collection<UInt8>) -> (high: UInt64, low: UInt64)? {
        let bytes = Array(text)
        var groups: [UInt64] = []
        var gap: Int?
        var index = 0
        if bytes.starts(with: [0x3A, 0x3A]) {
            gap = 0
            index = 2
        }
        while index < bytes.count {
            guard groups.count < 8 else { return nil }
            let end = bytes[index...].firstIndex(of: 0x3A) ?? bytes.endIndex
            let piece = bytes[index..<end]
            if end == bytes.endIndex, piece.contains(UInt8(ascii: ".")) {
                guard groups.count <= 6, let tail = parseIPv4(piece) else { return nil }
                groups += [UInt64(tail >> 16), UInt64(tail & 0xFFFF)]
                break
            }
            guard let group = parseGroup(piece) else { return nil }
            groups.append(group)
            guard end < bytes.endIndex else { break }
            index = end + 1
            if index < bytes.count, bytes[index] == 0x3A {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            } else if index == bytes.count {
                return nil  // a single colon at the end
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        return (groups[..<4].reduce(0) { $0 << 16 | $1 }, groups[4...].reduce(0) { $0 << 16 | $1 })
    }

    private static func parseGroup(_ piece: ArraySlice<UInt8>) -> UInt64? {
        guard !piece.isEmpty, piece.count <= 4 else { return nil }
        var value: UInt64 = 0
        for byte in piece {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt64(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt64(byte - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt64(byte - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }

    private static func dottedQuad(_ value: UInt64) -> String {
        "\(value >> 24 & 255).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
    }

    private static func joined(_ groups: ArraySlice<UInt64>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// The first of the longest runs of two or more zero groups, RFC 5952 section 4.2.
    private static func longestZeroRun(_ groups: [UInt64]) -> Range<Int>? {
        var longest: Range<Int>?
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start >= 2, end - start > longest?.count ?? 0 { longest = start..<end }
            start = end + 1
        }
        return longest
    }
}
