// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans

/// Writes a message as a multi-line response (RFC 1939 section 3), in pieces of any size: CRLF line ends, dots stuffed.
///
/// For TOP it stops after so many lines of the body.
package struct POP3MessageEncoder: Equatable, Sendable {
    private var bodyLines: Int?
    private var isInHeader = true
    private var lineLength = 0
    private var lastByte: UInt8 = 0x0A

    /// Whether all that TOP wants has been written, so that no more has to be read.
    package private(set) var isComplete = false

    /// Makes an encoder for a message; `bodyLines` limits the body for TOP.
    package init(bodyLines: Int? = nil) {
        self.bodyLines = bodyLines
    }

    /// Encodes a piece of the message and appends to `output`.
    package mutating func encode(_ input: borrowing Span<UInt8>, into output: inout [UInt8]) {
        output.reserveCapacity(output.count + input.count + input.count / 32)
        var index = 0
        while index < input.count, !isComplete {
            if lineLength == 0, input[index] == UInt8(ascii: ".") { output.append(UInt8(ascii: ".")) }
            let end = LineScanner.firstLineFeed(in: input, from: index)
            output.append(input, index..<end)
            lineLength &+= end - index
            if end > index { lastByte = input[end - 1] }
            guard end < input.count else { return }
            let hasReturn = lineLength > 0 && lastByte == 0x0D
            if !hasReturn { output.append(0x0D) }
            output.append(0x0A)
            index = end + 1
            endLine(isEmpty: lineLength == (hasReturn ? 1 : 0))
        }
    }

    /// Ends the response: completes a last line without end, and appends the line with the dot.
    package mutating func finish(into output: inout [UInt8]) {
        if lineLength > 0 {
            if lastByte != 0x0D { output.append(0x0D) }
            output.append(0x0A)
        }
        lineLength = 0
        isComplete = true
        output.append(contentsOf: [UInt8(ascii: "."), 0x0D, 0x0A])
    }

    private mutating func endLine(isEmpty: Bool) {
        lineLength = 0
        guard let left = bodyLines else { return }
        if isInHeader {
            guard isEmpty else { return }
            isInHeader = false
            isComplete = left <= 0
        } else {
            bodyLines = left - 1
            isComplete = left <= 1
        }
    }
}
