// SPDX-License-Identifier: Apache-2.0

/// Finds the ends of lines in a growing buffer, looking at each byte once.
struct LineScanner: Sendable {
    enum Outcome: Equatable {
        case needMore
        case tooLong
        /// The line without its end.
        case line(Range<Int>)
    }

    /// The first byte that was not looked at.
    private(set) var position = 0
    private(set) var lineStart = 0
    private var isInQuotes = false
    private var isEscaped = false

    /// Whether the line that was found last ended inside a quoted string, where `{5}` is no literal.
    private(set) var wasInQuotes = false

    /// Begins a line at the given position.
    mutating func beginLine(at position: Int) {
        self.position = position
        lineStart = position
        isInQuotes = false
        isEscaped = false
    }

    /// Looks for the end of the line: CRLF, or LF alone as other servers bear it.
    ///
    /// - Parameters:
    ///   - input: the buffer.
    ///   - limit: the longest line in bytes without its end.
    /// - Returns: the line, or why there is none.
    mutating func scan(_ input: [UInt8], limit: Int) -> Outcome {
        while position < input.count {
            let byte = input[position]
            position += 1
            if byte == 0x0A {
                let end = position - 1
                let hasReturn = end > lineStart && input[end - 1] == 0x0D
                let line = lineStart..<(hasReturn ? end - 1 : end)
                wasInQuotes = isInQuotes
                beginLine(at: position)
                return line.count > limit ? .tooLong : .line(line)
            }
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                isInQuotes.toggle()
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = isInQuotes
            }
        }
        // One byte more may be the CR.
        return position - lineStart > limit + 1 ? .tooLong : .needMore
    }
}
