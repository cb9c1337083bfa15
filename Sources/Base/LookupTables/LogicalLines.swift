// SPDX-License-Identifier: Apache-2.0

/// The logical lines of a table's source, as postmap(1) and the table manuals define them.
///
/// Empty lines and lines whose first visible character is `#` are skipped; a line that begins with white space
/// continues the logical line before it, also across skipped lines.
struct LogicalLines: Sequence, IteratorProtocol {
    struct Line: Equatable {
        /// The number of the first physical line, from 1.
        var number: Int
        /// The joined text, without line ends, trimmed of white space.
        var text: [UInt8]
    }

    private let source: [UInt8]
    private var position = 0
    private var number = 0
    private var pending: (number: Int, text: ArraySlice<UInt8>)?

    init(_ source: [UInt8]) {
        self.source = source
    }

    mutating func next() -> Line? {
        nextPart().map { Line(number: $0.number, text: Array($0.text)) }
    }

    /// As `next()`; the text is a part of the source where no lines had to be joined.
    mutating func nextPart() -> (number: Int, text: ArraySlice<UInt8>)? {
        while let (lineNumber, line) = nextPhysicalLine() {
            guard let first = line.first(where: { !isSpace($0) }), first != UInt8(ascii: "#") else { continue }
            if let begun = pending, let head = line.first, isSpace(head) {
                // Given up before it grows, so that a line of many parts is not copied for each.
                pending = nil
                var text = begun.text
                text.append(contentsOf: line)
                pending = (begun.number, text)
                continue
            }
            let complete = pending
            pending = (lineNumber, line)
            if let complete { return (complete.number, trimmingSpace(complete.text)) }
        }
        defer { pending = nil }
        return pending.map { ($0.number, trimmingSpace($0.text)) }
    }

    private mutating func nextPhysicalLine() -> (Int, ArraySlice<UInt8>)? {
        guard position < source.count else { return nil }
        let end = source[position...].firstIndex(of: 10) ?? source.endIndex
        defer { position = end + 1 }
        number += 1
        return (number, source[position..<end])
    }
}

/// Tells whether `byte` is ASCII white space.
func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
}

/// Returns `bytes` without white space at either end.
func trimmingSpace(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var slice = bytes.drop(while: isSpace)
    while let last = slice.last, isSpace(last) { slice.removeLast() }
    return slice
}
