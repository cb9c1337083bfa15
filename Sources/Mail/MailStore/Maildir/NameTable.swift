// SPDX-License-Identifier: Apache-2.0

/// Byte strings found by their content: an open hash table of indices, seeded for each process by the standard library.
///
/// It holds no copy of the names: `slice` hands them out by index.
struct NameTable {
    private var slots: [Int32]
    private let mask: Int

    /// A table with room for `count` names.
    init(capacity count: Int) {
        var size = 16
        while size < count * 2 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        mask = size - 1
    }

    /// Puts the name of an index in; an equal name that is there already is replaced.
    ///
    /// - Returns: the index that had the name before.
    @discardableResult
    mutating func insert(
        _ name: ArraySlice<UInt8>,
        index: Int,
        slice: (Int) -> ArraySlice<UInt8>
    ) -> Int? {
        var slot = Self.hash(name) & mask
        while slots[slot] >= 0 {
            let other = Int(slots[slot])
            if slice(other) == name {
                slots[slot] = Int32(truncatingIfNeeded: index)
                return other
            }
            slot = (slot + 1) & mask
        }
        slots[slot] = Int32(truncatingIfNeeded: index)
        return nil
    }

    /// The index with that name.
    func find(_ name: ArraySlice<UInt8>, slice: (Int) -> ArraySlice<UInt8>) -> Int? {
        var slot = Self.hash(name) & mask
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if slice(index) == name { return index }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private static func hash(_ name: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        unsafe name.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}
