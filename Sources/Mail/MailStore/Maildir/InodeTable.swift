// SPDX-License-Identifier: Apache-2.0

/// Indices of files found by inode: an open hash table.
///
/// Several files may have the same one, as links have.
struct InodeTable {
    /// How far a file may lie from its place: thousands of links would take quadratic time.
    private static let reach = 64

    private var slots: [(inode: UInt64, index: Int32)]
    private let shift: UInt64

    /// A table with room for `count` files.
    init(capacity count: Int) {
        var bits: UInt64 = 4
        while 1 << bits < count * 2 { bits += 1 }
        slots = Array(repeating: (0, -1), count: 1 << bits)
        shift = 64 - bits
    }

    /// Puts a file in, no more than there is room for.
    ///
    /// - Returns: false where too many others have its place.
    mutating func insert(_ inode: UInt64, index: Int) -> Bool {
        var slot = first(inode)
        for _ in 0..<Self.reach {
            if slots[slot].index < 0 {
                slots[slot] = (inode, Int32(truncatingIfNeeded: index))
                return true
            }
            slot = next(slot)
        }
        return false
    }

    /// The first file with that inode that fits.
    func find(_ inode: UInt64, where fits: (Int) -> Bool) -> Int? {
        var slot = first(inode)
        for _ in 0..<Self.reach {
            guard slots[slot].index >= 0 else { return nil }
            if slots[slot].inode == inode, fits(Int(slots[slot].index)) { return Int(slots[slot].index) }
            slot = next(slot)
        }
        return nil
    }

    /// The kernel gives inodes in a row: they are spread over the table.
    private func first(_ inode: UInt64) -> Int { Int((inode &* 0x9E37_79B9_7F4A_7C15) >> shift) }

    private func next(_ slot: Int) -> Int { (slot + 1) & (slots.count - 1) }
}
