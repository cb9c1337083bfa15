// SPDX-License-Identifier: Apache-2.0

/// Finds line feeds and copies ranges, eight bytes a step, for whole messages pass through here.
enum LineFeedScanner {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// The offset of the first LF at or after `start`, or the end.
    static func first(in bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        let count = bytes.count
        guard start >= 0, start < count else { return count }
        return unsafe bytes.withUnsafeBytes { raw in
            var index = start
            while index &+ 8 <= count {
                let word = unsafe UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let difference = word ^ (ones &* 0x0A)
                let hits = (difference &- ones) & ~difference & tops
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

    /// Appends a range of bytes in one copy.
    static func append(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        guard !range.isEmpty else { return }
        let part = bytes.extracting(range)
        unsafe part.withUnsafeBufferPointer { buffer in unsafe output.append(contentsOf: buffer) }
    }
}
