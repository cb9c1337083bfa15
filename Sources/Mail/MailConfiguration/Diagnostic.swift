// SPDX-License-Identifier: Apache-2.0

/// What is wrong, or worth knowing, about one place of a configuration file.
///
/// A reader collects all of them and goes on: the administrator sees every problem of a file at once.
package struct Diagnostic: Error, Hashable, Sendable, CustomStringConvertible {
    /// How much a diagnostic matters.
    package enum Severity: String, Hashable, Sendable, Comparable, CaseIterable {
        /// Nothing is wrong, but something has no effect.
        case info
        /// Probably not what was meant.
        case warning
        /// The configuration cannot be used as it is.
        case error

        package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .info: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    /// How much it matters.
    package let severity: Severity
    /// The file as it was named when it was opened.
    package let file: String
    /// The line, counted from 1; 0 where no line can be named.
    package let line: Int
    /// One sentence without a full stop.
    package let message: String
    /// What was probably meant, to be written in place of what stands there.
    package let suggestion: String?

    package init(_ severity: Severity, file: String, line: Int, _ message: String, suggestion: String? = nil) {
        self.severity = severity
        self.file = file
        self.line = line
        self.message = message
        self.suggestion = suggestion
    }

    /// The printable form: `file:line: warning: message; did you mean "suggestion"?`.
    package var description: String {
        let place = line > 0 ? "\(file):\(line)" : file
        let hint = suggestion.map { "; did you mean \"\($0)\"?" } ?? ""
        return "\(place): \(severity.rawValue): \(message)\(hint)"
    }
}

extension Sequence where Element == Diagnostic {
    /// Whether anything here forbids to use the configuration.
    package var containsErrors: Bool { contains { $0.severity == .error } }

    /// By file and line, the files in the order in which they are named first.
    package var inOrder: [Diagnostic] {
        var rank: [String: Int] = [:]
        for diagnostic in self where rank[diagnostic.file] == nil { rank[diagnostic.file] = rank.count }
        return enumerated().sorted {
            (rank[$0.element.file] ?? 0, $0.element.line, $0.offset)
                < (rank[$1.element.file] ?? 0, $1.element.line, $1.offset)
        }.map(\.element)
    }
}
