// SPDX-License-Identifier: Apache-2.0

/// The name of a message in the queue and in the log: one of Postfix's long ids (`enable_long_queue_ids`).
///
/// Six or more characters are the seconds of the arrival, four its microseconds (base 52: digits and letters without
/// vowels), a `z`, and the rest is a number in the first 51 characters. Ids sort as the messages arrived.
package struct QueueID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The id as people and logs write it; safe as a file's name.
    package let text: String
    /// The moment of arrival in microseconds since the epoch.
    package let arrival: Int64

    /// The base 52 digits in order; without vowels no id spells a word.
    static let alphabet = Array("0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz".utf8)
    /// Longer texts are no ids; Postfix's longest is 6 + 4 + 1 + 12.
    package static let longest = 24

    /// Makes an id from a moment in microseconds since the epoch (from 1970 to 2596) and a number.
    package init(arrival: Int64, number: UInt32) {
        self.arrival = max(0, arrival)
        let (seconds, microseconds) = self.arrival.quotientAndRemainder(dividingBy: 1_000_000)
        var bytes = Self.digits(UInt64(seconds), base: 52, atLeast: 6)
        bytes += Self.digits(UInt64(microseconds), base: 52, atLeast: 4)
        bytes.append(UInt8(ascii: "z"))
        bytes += Self.digits(UInt64(number), base: 51, atLeast: 1)
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// Reads an id, of ours or of Postfix; nil for anything else, so that the text may be used as a file's name.
    package init?(_ text: String) {
        let bytes = Array(text.utf8.prefix(Self.longest + 1))
        // The rest after the separator has no `z`, so the last one is the separator.
        guard bytes.count <= Self.longest, let separator = bytes.lastIndex(of: UInt8(ascii: "z")) else { return nil }
        guard separator >= 10, separator <= 12, separator + 1 < bytes.count else { return nil }
        guard
            let seconds = Self.number(bytes[..<(separator - 4)], base: 52),
            let microseconds = Self.number(bytes[(separator - 4)..<separator], base: 52),
            Self.number(bytes[(separator + 1)...], base: 51) != nil,
            microseconds < 1_000_000, seconds < 1 << 42
        else { return nil }
        arrival = Int64(seconds) &* 1_000_000 &+ Int64(microseconds)
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    /// The character that tells the subfolder: the one before the `z`, the fastest digit of the microseconds.
    package var bucket: String {
        let bytes = Array(text.utf8)
        guard let separator = bytes.lastIndex(of: UInt8(ascii: "z")), separator > 0 else { return "0" }
        return String(decoding: [bytes[separator - 1]], as: UTF8.self)
    }

    /// All subfolders' names.
    package static let buckets = alphabet.map { String(decoding: [$0], as: UTF8.self) }

    package var description: String { text }

    package static func == (left: QueueID, right: QueueID) -> Bool { left.text == right.text }

    package static func < (left: QueueID, right: QueueID) -> Bool {
        (left.arrival, left.text) < (right.arrival, right.text)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    private static func digits(_ value: UInt64, base: UInt64, atLeast width: Int) -> [UInt8] {
        var value = value
        var reversed: [UInt8] = []
        while value > 0 || reversed.count < width {
            reversed.append(alphabet[Int(value % base)])
            value /= base
        }
        return reversed.reversed()
    }

    private static func number(_ digits: ArraySlice<UInt8>, base: UInt64) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            guard let index = alphabet.firstIndex(of: digit), UInt64(index) < base else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: base)
            let (sum, over) = product.addingReportingOverflow(UInt64(index))
            guard !tooLarge, !over else { return nil }
            value = sum
        }
        return value
    }
}
