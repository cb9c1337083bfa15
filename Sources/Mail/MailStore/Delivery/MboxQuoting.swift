// SPDX-License-Identifier: Apache-2.0

/// Puts `>` before lines that begin with `From `, so that no line of a message looks like the start of the next.
///
/// Takes text with LF line ends in chunks of any size.
struct MboxQuoting {
    private static let mark = Array("From ".utf8)
    /// How much of the mark the current line began with; nil once it cannot be one.
    private var matched: Int? = 0

    /// Appends the quoted chunk to `output`.
    mutating func quote(_ chunk: [UInt8], into output: inout [UInt8]) {
        var matched = self.matched
        output.reserveCapacity(output.count + chunk.count + 8)
        for byte in chunk {
            if let held = matched {
                if byte == Self.mark[held] {
                    if held + 1 == Self.mark.count {
                        output.append(UInt8(ascii: ">"))
                        output.append(contentsOf: Self.mark)
                        matched = nil
                    } else {
                        matched = held + 1
                    }
                    continue
                }
                output.append(contentsOf: Self.mark.prefix(held))
                matched = nil
            }
            output.append(byte)
            if byte == UInt8(ascii: "\n") { matched = 0 }
        }
        self.matched = matched
    }

    /// Appends what was held back at the end.
    mutating func finish(into output: inout [UInt8]) {
        if let matched { output.append(contentsOf: Self.mark.prefix(matched)) }
        matched = nil
    }
}
