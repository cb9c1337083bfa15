// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans

/// Turns CRLF into LF chunk by chunk, as mailboxes on disk have it, and counts what it wrote.
///
/// A CR that no LF follows stays. Feed chunks of any size, then `finish`.
package struct LineEndings: Sendable {
    /// Bytes written so far.
    package private(set) var size = 0
    /// LF bytes written so far: `size + lines` is the size with CRLF line ends (RFC822.SIZE).
    package private(set) var lines = 0
    /// Whether the last byte written was LF.
    package private(set) var endsLine = true
    private var heldReturn = false

    package init() {}

    /// Appends the chunk with LF line ends to `output`.
    package mutating func convert(_ chunk: borrowing Span<UInt8>, into output: inout [UInt8]) {
        let before = output.count
        var held = heldReturn
        var newlines = 0
        output.reserveCapacity(before + chunk.count + 1)
        var start = 0
        let cr = UInt8(ascii: "\r")
        let lf = UInt8(ascii: "\n")
        for index in chunk.indices {
            let byte = chunk[index]
            if byte == lf { newlines &+= 1 }
            if held {
                if byte != lf { output.append(cr) }
                held = false
            }
            if byte == cr {
                output.append(chunk, start..<index)
                start = index + 1
                held = true
            }
        }
        output.append(chunk, start..<chunk.count)
        heldReturn = held
        lines += newlines
        size += output.count - before
        if let last = output.last, output.count > before { endsLine = last == lf }
    }

    /// Appends what was held back: a CR at the very end.
    package mutating func finish(into output: inout [UInt8]) {
        guard heldReturn else { return }
        heldReturn = false
        output.append(UInt8(ascii: "\r"))
        size += 1
        endsLine = false
    }
}
