// SPDX-License-Identifier: Apache-2.0

/// Names of octets that the parsers meet often.
enum Octet {
    static let tab: UInt8 = 0x09
    static let lf: UInt8 = 0x0A
    static let cr: UInt8 = 0x0D
    static let space: UInt8 = 0x20

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == space || byte == tab
    }

    /// Blank or a line end, as folded values contain them.
    static func isWhite(_ byte: UInt8) -> Bool {
        byte == space || byte == tab || byte == cr || byte == lf
    }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte &- UInt8(ascii: "0")) : nil
    }

    static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
        default: nil
        }
    }

    /// Whether the octets are the same as the ASCII text without regard to case.
    static func equal(_ bytes: [UInt8], _ text: String) -> Bool {
        bytes.count == text.utf8.count && zip(bytes, text.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }
}

extension Span<UInt8> {
    /// The range cut to what exists, so that a stale index never traps.
    func clamped(_ range: Range<Int>) -> Range<Int> {
        range.clamped(to: 0..<count)
    }

    /// The offset of the first line feed at or after `start` and before `end`.
    func lineFeed(from start: Int, to end: Int) -> Int? {
        var index = start
        while index < end {
            if self[index] == Octet.lf { return index }
            index += 1
        }
        return nil
    }

    /// The range without blanks and line ends at both sides.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high, Octet.isWhite(self[low]) { low += 1 }
        while high > low, Octet.isWhite(self[high - 1]) { high -= 1 }
        return low..<high
    }

    /// Whether the octets of the range are the ASCII text without regard to case.
    func equals(_ range: Range<Int>, _ text: String) -> Bool {
        guard range.count == text.utf8.count else { return false }
        var index = range.lowerBound
        for byte in text.utf8 {
            guard Octet.lowercased(self[index]) == Octet.lowercased(byte) else { return false }
            index += 1
        }
        return true
    }
}
