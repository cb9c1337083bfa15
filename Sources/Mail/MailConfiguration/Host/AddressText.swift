// SPDX-License-Identifier: Apache-2.0

/// Network addresses as text.
enum AddressText {
    /// Returns `a.b.c.d`, or the shortest IPv6 form (RFC 5952 section 4).
    static func format(_ address: [UInt8]) -> String {
        guard address.count == 16 else { return address.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { Int(address[$0]) << 8 | Int(address[$0 + 1]) }
        let gap = longestZeroRun(groups)
        guard gap.count > 1 else { return groups.map(hex).joined(separator: ":") }
        let before = groups[..<gap.lowerBound].map(hex).joined(separator: ":")
        let after = groups[gap.upperBound...].map(hex).joined(separator: ":")
        return "\(before)::\(after)"
    }

    /// Returns `network/length`, IPv6 in brackets, the host's bits cleared.
    static func network(_ address: [UInt8], length: Int) -> String {
        let masked = address.enumerated().map { index, byte in
            let kept = min(max(length - index * 8, 0), 8)
            return byte & UInt8(truncatingIfNeeded: 0xFF00 >> kept)
        }
        return address.count == 16 ? "[\(format(masked))]/\(length)" : "\(format(masked))/\(length)"
    }

    /// Whether the address is 127.0.0.0/8 or ::1.
    static func isLoopback(_ address: [UInt8]) -> Bool {
        address.count == 4
            ? address.first == 127 : address.dropLast().allSatisfy { $0 == 0 } && address.last == 1
    }

    private static func hex(_ group: Int) -> String { String(group, radix: 16) }

    private static func longestZeroRun(_ groups: [Int]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > best.count { best = start..<index }
            start = index + 1
        }
        return best
    }
}
