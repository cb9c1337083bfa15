// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans

/// A command line as it came.
package enum SMTPInputLine: Equatable, Sendable {
    /// A line that ended in CRLF, without it.
    case line([UInt8])

    /// A line that ended in LF alone, without it.
    case bareLineFeed([UInt8])

    /// A line over the limit; it was skipped to its end.
    case tooLong
}

/// Cuts the input into command lines (RFC 5321 section 2.3.8), with a bound on what has to be kept.
///
/// The caller keeps the bytes that were not consumed and gives them again, longer.
package struct SMTPLineReader: Equatable, Sendable {
    private var searched = 0
    private var isSkipping = false

    /// Makes a reader.
    package init() {}

    /// Reads at most one line.
    ///
    /// - Parameters:
    ///   - input: All bytes that are buffered.
    ///   - limit: Most bytes of a line without its end; 2048 (`line_length_limit`) where nothing else is agreed.
    /// - Returns: How many bytes to drop, and the line, or nil where more bytes are needed.
    package mutating func next(_ input: borrowing Span<UInt8>, limit: Int) -> (consumed: Int, line: SMTPInputLine?) {
        var index = min(searched, input.count)
        while index < input.count {
            index = LineScanner.firstBreak(in: input, from: index)
            guard index < input.count else { break }
            guard input[index] == 0x0A else {
                index += 1
                continue
            }
            let wasSkipping = isSkipping
            searched = 0
            isSkipping = false
            let hasReturn = index > 0 && input[index - 1] == 0x0D
            let length = hasReturn ? index - 1 : index
            guard !wasSkipping, length <= limit else { return (index + 1, .tooLong) }
            var bytes: [UInt8] = []
            bytes.append(input, 0..<length)
            return (index + 1, hasReturn ? .line(bytes) : .bareLineFeed(bytes))
        }
        // One byte more than the limit may be the CR of a line that just fits.
        guard input.count > limit + 1 || isSkipping else {
            searched = input.count
            return (0, nil)
        }
        isSkipping = true
        searched = 0
        return (input.count, nil)
    }
}
