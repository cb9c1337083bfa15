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
    private var pending: Line?

    init(_ source: [UInt8]) {
        self.source = source
    }

    mutating func next() -> Line? {
        while let (lineNumber, line) = nextPhysicalLine() {
            guard let first = line.first(where: { !isSpace($0) }), first != UInt8(ascii: "#") else { continue }
            if pending != nil, let head = line.first, isSpace(head) {
                pending?.text.append(contentsOf: line)
                continue
            }
            let complete = pending
            pending = Line(number: lineNumber, text: Array(line))
            if let complete { return trimmed(complete) }
        }
        defer { pending = nil }
        return pending.map(trimmed)
    }

    private mutating func nextPhysicalLine() -> (Int, ArraySlice<UInt8>)? {
        guard position < source.count else { return nil }
        let end = source[position...].firstIndex(of: 10) ?? source.endIndex
        defer { position = end + 1 }
        number += 1
        return (number, source[position..<end])
    }

    private func trimmed(_ line: Line) -> Line {
        Line(number: line.number, text: Array(trimmingSpace(line.text[...])))
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
