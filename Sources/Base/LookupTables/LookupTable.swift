// SPDX-License-Identifier: Apache-2.0
internal import SystemPackage

/// A table that maps a key to a text, asked on the caller's thread.
///
/// All types but `unix:` answer in place, from memory; ``AccountTable`` asks the name service, which may wait for a
/// server, so daemons ask it through a ``TableList`` and its threads. Tables are immutable once opened and may be asked
/// from any thread.
package protocol LookupTable: Sendable {
    /// The `type:name` that the table was opened with.
    var specification: String { get }

    /// What was wrong or noteworthy in the table's source when it was opened, in the order of the source.
    var notices: [TableNotice] { get }

    /// Whether the table compares keys with patterns (`regexp:`, `cidr:`) instead of looking them up.
    ///
    /// Such a table is asked for whole addresses and names only, never for their parts.
    var matchesPatterns: Bool { get }

    /// Returns the text for `key`, or nil where the table has none.
    ///
    /// An empty, overlong or unprintable key (NUL; a line end, unless the table was opened for keys of several lines)
    /// is not found and never reaches the back-end.
    ///
    /// - Throws: ``LookupError`` when the table cannot tell at the moment; that is not the same as "not found".
    func lookup(_ key: String) throws(LookupError) -> String?

    /// A warning where the built form of the table is older than its text source, and nil otherwise.
    func staleness() -> TableNotice?
}

extension LookupTable {
    package var notices: [TableNotice] { [] }
    package var matchesPatterns: Bool { false }
    package func staleness() -> TableNotice? { nil }
}

/// A table could not answer: a temporary failure, to be answered with a 4xx reply or a deferral.
package struct LookupError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The `type:name` of the table.
    package let table: String
    /// What went wrong, for the log.
    package let reason: String

    package init(table: String, reason: String) {
        self.table = table
        self.reason = reason
    }

    package var description: String { "table \(table): \(reason)" }
}

/// A table could not be opened or built: an error of the configuration.
package struct TableOpenError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The specification as it was given.
    package let specification: String
    /// What went wrong, for people.
    package let reason: String
    /// Why the table could not be opened.
    package let cause: Cause

    /// The kinds of reasons.
    package enum Cause: Equatable, Sendable {
        /// The specification or the source is wrong.
        case configuration
        /// The source cannot be read now, which may change without a change of the configuration.
        case unavailable
        /// This process may not read the source.
        case forbidden
    }

    package init(specification: String, reason: String, cause: Cause = .configuration) {
        self.specification = specification
        self.reason = reason
        self.cause = cause
    }

    init(specification: String, reason: String, _ error: Errno) {
        let isForbidden = error == .permissionDenied || error == .notPermitted
        self.init(specification: specification, reason: reason, cause: isForbidden ? .forbidden : .unavailable)
    }

    /// Whether the specification is sound and its source cannot be read now.
    package var isSourceUnavailable: Bool { cause != .configuration }

    package var description: String { "table \(specification): \(reason)" }
}

/// A remark on the source of a table: a rule that is skipped, a key given twice, a built form that is stale.
package struct TableNotice: Equatable, Sendable, CustomStringConvertible {
    /// The file, or the specification where the rules stand in the configuration itself.
    package let source: String
    /// The first line of the entry, from 1, where the remark is about one.
    package let line: Int?
    /// The remark.
    package let text: String

    package init(source: String, line: Int? = nil, text: String) {
        self.source = source
        self.line = line
        self.text = text
    }

    package var description: String {
        guard let line else { return "\(source): \(text)" }
        return "\(source), line \(line): \(text)"
    }
}
