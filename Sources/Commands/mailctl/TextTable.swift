// SPDX-License-Identifier: Apache-2.0

/// Rows with aligned columns; where they are wider than the terminal, the last column is cut.
struct TextTable {
    /// Where a column's text stands.
    enum Alignment { case left, right }

    /// A cell: its text, and the style of it.
    struct Cell: ExpressibleByStringInterpolation {
        var text: String
        var style: Output.Style?

        init(_ text: String, _ style: Output.Style? = nil) {
            self.text = text
            self.style = style
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    private let headings: [String]
    private let alignments: [Alignment]
    private var rows: [[Cell]] = []

    init(_ columns: [(String, Alignment)]) {
        headings = columns.map(\.0)
        alignments = columns.map(\.1)
    }

    /// Adds a row; missing cells are empty.
    mutating func add(_ cells: [Cell]) {
        rows.append(cells + Array(repeating: Cell(""), count: max(0, headings.count - cells.count)))
    }

    /// The lines, headings first.
    func lines(width: Int?) -> [String] {
        let all = [headings.map { Cell($0, .bold) }] + rows
        let widths = headings.indices.map { column in all.map { $0[column].text.count }.max() ?? 0 }
        return all.map { line($0, widths, width) }
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ width: Int?) -> String {
        var line = ""
        var used = 0
        for (column, cell) in cells.enumerated() {
            let isLast = column == cells.count - 1
            var text = cell.text
            if isLast, let width, used + text.count > width, width - used > 1 {
                text = String(text.prefix(width - used - 1)) + "…"
            }
            let padding = String(repeating: " ", count: max(0, widths[column] - text.count))
            let styled = cell.style.map { Output.styled(text, $0) } ?? text
            switch alignments[column] {
            case .left: line += isLast ? styled : styled + padding
            case .right: line += padding + styled
            }
            if !isLast { line += "  " }
            used += widths[column] + 2
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }
}
