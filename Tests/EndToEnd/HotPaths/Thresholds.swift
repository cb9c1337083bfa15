// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The rows of Benchmarks/thresholds.tsv.
struct Threshold: Sendable {
    let path: String
    let program: String
    let counts: String
    let most: Double

    /// All rows.
    ///
    /// - Throws: When the file is not there or a row is not understood.
    static func all() throws -> [Threshold] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        let file = root.appendingPathComponent("Benchmarks/thresholds.tsv").standardizedFileURL
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        return try lines.filter { !$0.hasPrefix("#") }.map { line in
            let fields = line.split(separator: "\t")
            guard fields.count == 4, let most = Double(fields[3]) else { throw Unreadable(line: String(line)) }
            return Threshold(
                path: String(fields[0]),
                program: String(fields[1]),
                counts: String(fields[2]),
                most: most
            )
        }
    }

    /// A row that is not understood.
    struct Unreadable: Error {
        let line: String
    }
}
