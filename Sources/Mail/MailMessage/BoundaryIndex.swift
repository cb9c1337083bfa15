// SPDX-License-Identifier: Apache-2.0

/// The boundaries of the open multiparts, found by the hash of a line's begin.
///
/// One look at a line costs time linear to its length, however many multiparts are open: a hash runs along the line and is
/// looked up only at lengths that some open boundary has.
struct BoundaryIndex {
    /// What a line was found to be.
    struct Match: Equatable {
        /// The level of the multipart whose boundary it is.
        let level: Int
        /// Whether it is the one that closes the multipart.
        let isClosing: Bool
    }

    private struct Entry {
        let level: Int
        let boundary: [UInt8]
        let key: UInt64
        /// The entry of an outer multipart with the same boundary, which this one hides.
        let hidden: Int?
        let longestBefore: Int
    }

    private var stack: [Entry] = []
    private var byKey: [UInt64: Int] = [:]
    private var countByLength: [Int]
    private var longest = 0

    /// Makes an empty index for boundaries up to a length.
    init(maximumLength: Int) {
        countByLength = Array(repeating: 0, count: max(0, maximumLength) + 1)
    }

    /// Whether a boundary can be kept.
    func accepts(_ boundary: [UInt8]) -> Bool {
        !boundary.isEmpty && boundary.count < countByLength.count
    }

    mutating func push(_ boundary: [UInt8], level: Int) {
        guard accepts(boundary) else { return }
        var hash = Self.seed
        for byte in boundary { hash = Self.step(hash, byte) }
        let key = Self.key(hash, boundary.count)
        stack.append(
            Entry(level: level, boundary: boundary, key: key, hidden: byKey[key], longestBefore: longest)
        )
        byKey[key] = stack.count - 1
        countByLength[boundary.count] += 1
        longest = max(longest, boundary.count)
    }

    /// Removes the boundaries of this level and of those inside it.
    mutating func pop(downTo level: Int) {
        while let last = stack.last, last.level >= level {
            stack.removeLast()
            byKey[last.key] = last.hidden
            countByLength[last.boundary.count] -= 1
            longest = last.longestBefore
        }
    }

    mutating func removeAll() {
        pop(downTo: .min)
    }

    /// Finds the boundary that the line begins with after its two hyphens.
    ///
    /// No more than the begin has to be the boundary (RFC 2046 section 5.1.1); the longest that fits wins, so that "a" does
    /// not swallow the lines of "ab".
    func match(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Match? {
        guard longest > 0, line.count > 2, bytes[line.lowerBound] == UInt8(ascii: "-"),
            bytes[line.lowerBound + 1] == UInt8(ascii: "-")
        else { return nil }
        let start = line.lowerBound + 2
        let end = min(line.upperBound, start + longest)
        var hash = Self.seed
        var found: Int?
        var index = start
        while index < end {
            hash = Self.step(hash, bytes[index])
            index += 1
            let length = index - start
            if countByLength[length] > 0, let entry = byKey[Self.key(hash, length)] { found = entry }
        }
        guard let found else { return nil }
        let entry = stack[found]
        let stop = start + entry.boundary.count
        // The hash is only a hint; this comparison happens once a line.
        guard stop <= line.upperBound else { return nil }
        for (offset, byte) in entry.boundary.enumerated() where bytes[start + offset] != byte { return nil }
        let isClosing =
            stop + 1 < line.upperBound && bytes[stop] == UInt8(ascii: "-") && bytes[stop + 1] == UInt8(ascii: "-")
        return Match(level: entry.level, isClosing: isClosing)
    }

    // FNV-1a; the dictionary's own hashing is seeded, so chosen boundaries do not make it slow.
    private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325

    private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    private static func key(_ hash: UInt64, _ length: Int) -> UInt64 {
        hash &+ UInt64(truncatingIfNeeded: length) &* 0x9E37_79B9_7F4A_7C15
    }
}
