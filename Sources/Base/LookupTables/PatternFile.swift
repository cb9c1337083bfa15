// SPDX-License-Identifier: Apache-2.0
internal import SystemPackage

/// A file that a match list names (`mynetworks = /etc/relais/networks`): patterns in lines, with comments.
package enum PatternFile {
    /// Reads the patterns of the file, in their order.
    package static func read(_ path: String) throws(TableOpenError) -> [String] {
        let file: TableFile
        do throws(Errno) {
            file = try TableFile(reading: path)
        } catch {
            throw TableOpenError(specification: path, reason: "cannot read the file: \(error)")
        }
        var patterns: [String] = []
        for line in LogicalLines(file.contents) {
            guard !line.text.contains(0), let text = String(validating: line.text, as: UTF8.self) else {
                throw TableOpenError(specification: path, reason: "line \(line.number) is not UTF-8 text")
            }
            patterns += SpecificationSyntax.items(of: text)
        }
        return patterns
    }
}
