// SPDX-License-Identifier: Apache-2.0

/// Where an input is cut into the pieces in which it comes; the same input is always cut in the same way.
struct Cuts {
    private var state: UInt64

    init(for bytes: [UInt8]) {
        // FNV-1a, so that each input has cuts of its own without spending bytes of the corpus on them.
        state = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// A number below `bound`, which is at least 1.
    mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(truncatingIfNeeded: state >> 33) % max(1, bound)
    }

    /// The pieces of `bytes`: many short ones and some long ones.
    mutating func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let length = next(4) == 0 ? 1 + next(bytes.count) : 1 + next(8)
            let end = min(bytes.count, start + length)
            pieces.append(bytes[start..<end])
            start = end
        }
        return pieces
    }
}
