// SPDX-License-Identifier: Apache-2.0

/// The line syntax that main.cf, master.cf and text tables share.
///
/// A line that starts with white space continues the one before; lines that are empty or whose first visible character
/// is `#` are skipped, even between a line and its continuation.
package enum LogicalLines {
    /// One logical line.
    package struct Line: Equatable, Sendable {
        /// The text with its continuations, line ends removed.
        package var text: String
        /// The physical line that it starts on, from 1.
        package let number: Int
        /// The physical lines that it consists of.
        package var numbers: [Int]
    }

    /// Splits a file; bytes that are no UTF-8 become U+FFFD.
    ///
    /// - Returns: The logical lines, and the numbers of lines that continue nothing.
    package static func split(_ content: [UInt8]) -> (lines: [Line], orphans: [Int]) {
        var lines: [Line] = []
        var orphans: [Int] = []
        for (index, bytes) in content.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard let visible = bytes.first(where: { !ListSyntax.isBlank($0) }), visible != UInt8(ascii: "#") else {
                continue
            }
            let continues = bytes.first.map(ListSyntax.isBlank) ?? false
            guard continues else {
                lines.append(Line(text: text(bytes), number: index + 1, numbers: [index + 1]))
                continue
            }
            guard let last = lines.indices.last else {
                orphans.append(index + 1)
                continue
            }
            lines[last].text += text(bytes)
            lines[last].numbers.append(index + 1)
        }
        return (lines, orphans)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        var bytes = bytes
        while let last = bytes.last, ListSyntax.isBlank(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
