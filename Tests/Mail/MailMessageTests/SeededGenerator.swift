// SPDX-License-Identifier: Apache-2.0

/// A small generator with a fixed seed, so that a failing round can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    // SplitMix64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// The text with one to four octets changed, inserted, removed or repeated.
    mutating func mutation(of text: [UInt8]) -> [UInt8] {
        var text = text
        for _ in 0..<Int.random(in: 1...4, using: &self) where !text.isEmpty {
            let index = Int.random(in: 0..<text.count, using: &self)
            switch Int.random(in: 0..<4, using: &self) {
            case 0: text[index] = UInt8.random(in: 0...255, using: &self)
            case 1: text.insert(Array("\r\n:;=?-\" \t/(".utf8).randomElement(using: &self) ?? 0, at: index)
            case 2: text.remove(at: index)
            default: text.insert(contentsOf: text[index..<min(text.count, index + 8)], at: index)
            }
        }
        return text
    }
}
