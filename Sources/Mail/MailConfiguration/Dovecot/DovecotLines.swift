// SPDX-License-Identifier: Apache-2.0

/// The lines of dovecot.conf: comments taken out, continuations joined.
enum DovecotLines {
    /// Splits a file; a `#` after white space begins a comment, except in quotes.
    static func split(_ content: [UInt8]) -> [(text: [UInt8], number: Int)] {
        var lines: [(text: [UInt8], number: Int)] = []
        var pending: (text: [UInt8], number: Int)?
        for (index, physical) in content.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            var text = trimmed(withoutComment(trimmed(physical)))
            let goesOn = text.last == UInt8(ascii: "\\")
            if goesOn { text = trimmed(text.dropLast()) }
            if pending != nil {
                pending?.text += [0x20] + text
            } else if goesOn || !text.isEmpty {
                pending = (Array(text), index + 1)
            }
            if !goesOn, let line = pending {
                lines.append(line)
                pending = nil
            }
        }
        if let pending { lines.append(pending) }
        return lines
    }

    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let byte = bytes.first, ListSyntax.isBlank(byte) { bytes.removeFirst() }
        while let byte = bytes.last, ListSyntax.isBlank(byte) { bytes.removeLast() }
        return bytes
    }

    /// The folder of a path with its slash; empty for a bare name.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[...slash])
    }

    /// Whether a path has wildcards.
    static func isPattern(_ path: String) -> Bool { path.utf8.contains { "*?[".utf8.contains($0) } }

    private static func withoutComment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard line.first != UInt8(ascii: "#") else { return [] }
        var quote: UInt8?
        var previous: UInt8 = 0x20
        var index = line.startIndex
        while index < line.endIndex {
            let byte = line[index]
            if let open = quote {
                if byte == UInt8(ascii: "\\") {
                    index += 1
                } else if byte == open {
                    quote = nil
                }
            } else if byte == UInt8(ascii: "#"), ListSyntax.isBlank(previous) {
                return line[..<index]
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'"), startsWord(previous) {
                quote = closes(byte, line[(index + 1)...]) ? byte : nil
            }
            previous = byte
            index += 1
        }
        return line
    }

    /// An apostrophe inside a word, as in `j'ecoute`, opens no quotes.
    private static func startsWord(_ previous: UInt8) -> Bool {
        ListSyntax.isBlank(previous) || previous == UInt8(ascii: "=") || previous == UInt8(ascii: "{")
    }

    private static func closes(_ quote: UInt8, _ rest: ArraySlice<UInt8>) -> Bool { rest.contains(quote) }
}
