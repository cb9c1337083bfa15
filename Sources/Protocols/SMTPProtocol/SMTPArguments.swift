// SPDX-License-Identifier: Apache-2.0

/// What stands after the verb, with a position in it.
struct SMTPArguments {
    private let line: ArraySlice<UInt8>
    private var index: Int

    init(_ line: ArraySlice<UInt8>) {
        self.line = line
        index = line.startIndex
        skipSpace()
    }

    var isAtEnd: Bool { index == line.endIndex }

    /// All that is left.
    var rest: ArraySlice<UInt8> { line[index...] }

    /// All that is left, as text; the parser has proven before that it is UTF-8 without control characters.
    var restText: String { String(decoding: rest, as: UTF8.self) }

    mutating func skipSpace() {
        while index < line.endIndex, line[index] == 0x20 || line[index] == 0x09 { index += 1 }
    }

    /// Steps over `word` if it comes next, without regard to case.
    mutating func take(_ word: StaticString) -> Bool {
        let end = word.utf8CodeUnitCount
        guard line.endIndex - index >= end else { return false }
        let matches = word.withUTF8Buffer { buffer in
            unsafe zip(buffer, line[index...]).allSatisfy { ASCII.lowered($0) == ASCII.lowered($1) }
        }
        if matches { index += end }
        return matches
    }

    /// Steps over `count` bytes.
    mutating func advance(by count: Int) {
        index = min(line.endIndex, index + max(0, count))
    }

    /// The next word up to white space, or nil at the end.
    mutating func word() -> ArraySlice<UInt8>? {
        skipSpace()
        guard !isAtEnd else { return nil }
        let word = rest.prefix { $0 != 0x20 && $0 != 0x09 }
        index = word.endIndex
        skipSpace()
        return word
    }
}

/// Letters without regard to case.
enum ASCII {
    static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    static func uppercased(_ bytes: some Sequence<UInt8>) -> String {
        String(
            decoding: bytes.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 & 0xDF : $0 },
            as: UTF8.self
        )
    }

    /// Reads decimal digits, at most 20; nil where anything else is among them, `Int.max` where the number is too great.
    static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...20).contains(digits.count) else { return nil }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (product, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = product.addingReportingOverflow(Int(digit &- UInt8(ascii: "0")))
            value = isOver || isOverToo ? Int.max : sum
            if value == Int.max { break }
        }
        return digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? value : nil
    }
}
