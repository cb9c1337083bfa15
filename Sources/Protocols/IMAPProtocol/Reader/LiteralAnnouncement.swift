// SPDX-License-Identifier: Apache-2.0

/// The end of a line that says how many octets follow: `{42}`, or `{42+}` when they follow at once (RFC 7888).
struct LiteralAnnouncement: Equatable {
    /// Where the brace stands.
    var start: Int
    /// How many octets follow; numbers beyond `UInt64` become its largest.
    var size: UInt64
    /// Whether the client waits for a continuation.
    var isSynchronising: Bool

    /// Finds the announcement at the end of a line, or nil.
    ///
    /// What stands before the brace does not matter: were `BODY~{5+}` no literal here, its octets would be read as
    /// commands. The parser refuses the command later.
    init?(_ input: [UInt8], line: Range<Int>) {
        guard var index = line.last, input[index] == UInt8(ascii: "}") else {
            return nil
        }
        index -= 1
        var isSynchronising = true
        if index >= line.lowerBound, input[index] == UInt8(ascii: "+") {
            isSynchronising = false
            index -= 1
        }
        let digitsEnd = index + 1
        while index >= line.lowerBound, input[index].isDigit {
            index -= 1
        }
        guard index >= line.lowerBound, input[index] == UInt8(ascii: "{"), index + 1 < digitsEnd else {
            return nil
        }
        start = index
        size = decimalNumber(input[index + 1..<digitsEnd]) ?? .max
        self.isSynchronising = isSynchronising
    }
}
