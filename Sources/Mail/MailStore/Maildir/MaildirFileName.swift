// SPDX-License-Identifier: Apache-2.0

/// What the name of a file in a Maildir says: `base:2,FLAGS`.
struct MaildirFileName: Equatable {
    /// Flags by letter (the Maildir specification), in the order of the alphabet.
    private static let letters: [(letter: UInt8, flag: MessageFlags)] = [
        (UInt8(ascii: "D"), .draft), (UInt8(ascii: "F"), .flagged), (UInt8(ascii: "R"), .answered),
        (UInt8(ascii: "S"), .seen), (UInt8(ascii: "T"), .deleted),
    ]

    /// How long the part before `:` is: what identifies the message.
    var baseLength: Int
    var flags: MessageFlags = []
    /// A bit for each letter a to z.
    var keywords: UInt32 = 0

    /// Reads a name; nil for what is no message: hidden files and names longer than a directory allows.
    init?(_ name: borrowing Span<UInt8>) {
        guard name.count > 0, name.count <= 255, name[0] != UInt8(ascii: ".") else { return nil }
        var index = 0
        while index < name.count, name[index] != UInt8(ascii: ":") { index += 1 }
        baseLength = index
        guard index > 0 else { return nil }
        guard index + 2 < name.count, name[index + 1] == UInt8(ascii: "2"), name[index + 2] == UInt8(ascii: ",")
        else { return }
        index += 3
        while index < name.count, name[index] != UInt8(ascii: ",") {
            let letter = name[index]
            if let known = Self.letters.first(where: { $0.letter == letter }) {
                flags.insert(known.flag)
            } else if UInt8(ascii: "a")...UInt8(ascii: "z") ~= letter {
                keywords |= 1 << UInt32(letter - UInt8(ascii: "a"))
            }
            index += 1
        }
    }

    /// The name with other flags; letters we do not know, and what stands after a second comma, are kept.
    static func name(
        _ old: ArraySlice<UInt8>,
        baseLength: Int,
        flags: MessageFlags,
        keywords: UInt32
    ) -> [UInt8] {
        let base = old.prefix(baseLength)
        var info = old.dropFirst(baseLength)
        var kept: [UInt8] = []
        if info.starts(with: Array(":2,".utf8)) {
            info = info.dropFirst(3)
            let end = info.firstIndex(of: UInt8(ascii: ",")) ?? info.endIndex
            kept = info[..<end].filter { letter in
                !letters.contains { $0.letter == letter } && !(UInt8(ascii: "a")...UInt8(ascii: "z") ~= letter)
            }
            info = info[end...]
        } else {
            info = []
        }
        kept += letters.filter { flags.contains($0.flag) }.map(\.letter)
        for bit in 0..<UInt8(26) where keywords >> UInt32(bit) & 1 == 1 { kept.append(UInt8(ascii: "a") + bit) }
        // Letters are in the order of ASCII; the bytes of another program's characters stay together.
        let sorted = kept.filter { $0 < 0x80 }.sorted() + kept.filter { $0 >= 0x80 }
        return Array(base) + Array(":2,".utf8) + sorted + info
    }

    /// The number in a size field, `,S=` or `,W=`, of a base name; nil when it has none or nonsense.
    static func size(_ letter: UInt8, in base: ArraySlice<UInt8>) -> Int? {
        var index = base.startIndex
        while index + 3 < base.endIndex {
            if base[index] == UInt8(ascii: ","), base[index + 1] == letter, base[index + 2] == UInt8(ascii: "=") {
                return decimal(base[(index + 3)...].prefix { $0 != UInt8(ascii: ",") }, below: 1 << 50)
            }
            index += 1
        }
        return nil
    }

    /// The time of delivery, as far as a base name tells.
    struct Arrival: Comparable {
        private let seconds: Int
        private let microseconds: Int

        init(_ base: ArraySlice<UInt8>) {
            let digits = base.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            seconds = decimal(digits, below: 1 << 50) ?? 0
            let rest = base.dropFirst(digits.count)
            guard rest.starts(with: Array(".M".utf8)) else {
                microseconds = 0
                return
            }
            let fraction = rest.dropFirst(2).prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            microseconds = decimal(fraction, below: 1_000_000) ?? 0
        }

        static func < (a: Arrival, b: Arrival) -> Bool {
            a.seconds != b.seconds ? a.seconds < b.seconds : a.microseconds < b.microseconds
        }
    }
}

/// A decimal number of digits alone, below a bound.
func decimal(_ digits: some Collection<UInt8>, below limit: Int) -> Int? {
    guard !digits.isEmpty else { return nil }
    var value = 0
    for digit in digits {
        guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
        value = value &* 10 &+ Int(digit - UInt8(ascii: "0"))
        guard value < limit else { return nil }
    }
    return value
}
