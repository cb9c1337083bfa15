// SPDX-License-Identifier: Apache-2.0

/// The keys and values of a text table: one behind the other in one buffer, found by a hash of the key.
///
/// Every daemon that looks an address up holds such a table, so it is made to be read quickly and to be small: two objects
/// for each of a hundred thousand lines would cost more than all the rest of the process.
struct TextEntries: Sendable {
    private struct Entry {
        let keyStart: UInt32
        let valueStart: UInt32
        let valueEnd: UInt32
        let line: UInt32
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    /// Positions in `entries` plus one, at the place that the key's hash says or behind it; 0 where there is none.
    ///
    /// At most half full, and their number is a power of two.
    private var slots: [UInt32] = []

    /// Makes room for about so many bytes of keys and values.
    init(reserving count: Int = 0) {
        bytes.reserveCapacity(count)
    }

    var count: Int { entries.count }

    /// Adds an entry; where the key is there already nothing changes, and the line of the earlier entry is returned.
    mutating func insert(key: some Collection<UInt8>, value: some Collection<UInt8>, line: Int) -> Int? {
        if slots.count < (entries.count + 1) * 2 { grow() }
        let start = bytes.count
        bytes.append(contentsOf: key)
        let end = bytes.count
        var slot = Self.hash(bytes[start..<end]) & (slots.count - 1)
        while slots[slot] != 0 {
            let entry = entries[Int(slots[slot]) - 1]
            if bytes[Int(entry.keyStart)..<Int(entry.valueStart)] == bytes[start..<end] {
                bytes.removeLast(end - start)
                return Int(entry.line)
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        bytes.append(contentsOf: value)
        entries.append(
            Entry(
                keyStart: UInt32(truncatingIfNeeded: start),
                valueStart: UInt32(truncatingIfNeeded: end),
                valueEnd: UInt32(truncatingIfNeeded: bytes.count),
                line: UInt32(truncatingIfNeeded: line)
            )
        )
        slots[slot] = UInt32(truncatingIfNeeded: entries.count)
        return nil
    }

    /// The value of a key.
    func value(of key: String) -> String? {
        guard !slots.isEmpty else { return nil }
        let wanted = key.utf8
        var slot = Self.hash(wanted) & (slots.count - 1)
        while slots[slot] != 0 {
            let entry = entries[Int(slots[slot]) - 1]
            if bytes[Int(entry.keyStart)..<Int(entry.valueStart)].elementsEqual(wanted) { return value(entry) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// All entries, in the order they were added.
    var pairs: [(key: String, value: String)] {
        entries.map { entry in
            let key = bytes[Int(entry.keyStart)..<Int(entry.valueStart)]
            return (String(decoding: key, as: UTF8.self), value(entry))
        }
    }

    private func value(_ entry: Entry) -> String {
        String(decoding: bytes[Int(entry.valueStart)..<Int(entry.valueEnd)], as: UTF8.self)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: max(16, slots.count * 2))
        for (index, entry) in entries.enumerated() {
            var slot = Self.hash(bytes[Int(entry.keyStart)..<Int(entry.valueStart)]) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(truncatingIfNeeded: index + 1)
        }
    }

    /// FNV-1a, then mixed.
    ///
    /// It needs no secret: keys are the administrator's, and who only asks cannot make them collide.
    private static func hash(_ key: some Sequence<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: hash ^ hash >> 32)
    }
}
