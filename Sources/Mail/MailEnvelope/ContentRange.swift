// SPDX-License-Identifier: Apache-2.0

/// Where a message's content lies in its queue file; the sum of offset and length never overflows.
package struct ContentRange: Sendable, Hashable {
    /// Offsets and lengths reach this far: more than any file system holds in one file.
    package static let largest = 1 << 50

    package let offset: Int
    package let length: Int

    /// Nil for negative numbers and for a range that ends beyond `largest`.
    package init?(offset: Int, length: Int) {
        guard
            (0...Self.largest).contains(offset), (0...Self.largest).contains(length),
            offset + length <= Self.largest
        else { return nil }
        self.offset = offset
        self.length = length
    }
}
