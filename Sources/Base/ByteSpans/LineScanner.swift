// SPDX-License-Identifier: Apache-2.0

/// Finds line ends eight bytes a step: this is where the time of a large message goes.
package enum LineScanner {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// The offset of the first LF at or after `start`, or the end.
    package static func firstLineFeed(in bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        let count = bytes.count
        guard start >= 0, start < count else { return count }
        return unsafe bytes.withUnsafeBytes { raw in
            var index = start
            while index &+ 8 <= count {
                let word = unsafe UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let hits = zeroes(word ^ (ones &* 0x0A))
                if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
                index &+= 8
            }
            while index < count {
                if unsafe raw[index] == 0x0A { return index }
                index &+= 1
            }
            return count
        }
    }

    /// The offset of the first CR or LF at or after `start`, or the end.
    package static func firstBreak(in bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        let count = bytes.count
        guard start >= 0, start < count else { return count }
        return unsafe bytes.withUnsafeBytes { raw in
            var index = start
            while index &+ 8 <= count {
                let word = unsafe UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let hits = zeroes(word ^ (ones &* 0x0D)) | zeroes(word ^ (ones &* 0x0A))
                if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
                index &+= 8
            }
            while index < count {
                let byte = unsafe raw[index]
                if byte == 0x0D || byte == 0x0A { return index }
                index &+= 1
            }
            return count
        }
    }

    /// Whether the byte occurs.
    package static func contains(_ byte: UInt8, in bytes: borrowing Span<UInt8>) -> Bool {
        let count = bytes.count
        let wanted = ones &* UInt64(byte)
        return unsafe bytes.withUnsafeBytes { raw in
            var index = 0
            while index &+ 8 <= count {
                let word = unsafe raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if zeroes(word ^ wanted) != 0 { return true }
                index &+= 8
            }
            while index < count {
                if unsafe raw[index] == byte { return true }
                index &+= 1
            }
            return false
        }
    }

    /// Marks the bytes of a word that are zero; the lowest mark is exact.
    private static func zeroes(_ word: UInt64) -> UInt64 {
        (word &- ones) & ~word & tops
    }
}
