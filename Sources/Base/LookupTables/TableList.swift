// SPDX-License-Identifier: Apache-2.0

/// The tables of a parameter in their order, as daemons ask them: the first one that knows a key answers.
///
/// A lookup that all its tables answer in place does not suspend. One that waits goes on where its caller runs.
package struct TableList: Sendable {
    let sources: [TableSource]
    /// What the tables are used for.
    package let use: TableUse
    private let checksResults: Bool

    init(_ sources: [TableSource], for use: TableUse) {
        self.sources = sources
        self.use = use
        checksResults = use.result == .number || use.result == .path
    }

    /// Makes a list of tables that answer in place and never change.
    package init(_ tables: [any LookupTable] = [], for use: TableUse = TableUse("")) {
        self.init(tables.map(TableSource.inPlace), for: use)
    }

    /// Opens the tables of a list, separated by white space or commas; one that opens nowhere fails the list.
    ///
    /// A bare text without a type is an error; an empty list is an empty list.
    package init(
        _ specifications: String,
        opener: TableOpener = TableOpener(),
        for use: TableUse = TableUse("")
    ) throws(TableConfigurationError) {
        var pool = TablePool(opener: opener, unavailable: .isAnError)
        self = try pool.list(SpecificationSyntax.items(of: specifications), for: use)
    }

    package var isEmpty: Bool { sources.isEmpty }

    /// Whether another process is asked for any of the tables (``RemoteTables``).
    package var asksOthers: Bool { sources.contains(where: \.asksOthers) }

    /// The number of tables.
    package var count: Int { sources.count }

    /// The `type:name` of each table.
    package var specifications: [String] { sources.map(\.specification) }

    /// Returns the text of the first table that knows `key`, or nil.
    ///
    /// A table that fails ends the search: what it would have said is unknown, and a later table must not answer
    /// in its place.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - isPart: Whether the key is not the whole address or name as its sender wrote it; tables of patterns are
    ///     passed over then, and all tables where the use does not ask for parts.
    /// - Returns: The text.
    /// - Throws: What the failing table throws, and ``LookupError`` for a text that the use cannot take.
    package func lookup(_ key: String, isPart: Bool = false) async throws(LookupError) -> String? {
        if isPart, !use.asksForParts { return nil }
        for source in sources where !(isPart && source.matchesPatterns) {
            // The usual ways without the detour through the source's own function.
            let found: String?
            switch source {
            case .inPlace(let table): found = try table.lookup(key)
            case .files(let table): found = try await table.lookup(key)
            default: found = try await source.lookup(key)
            }
            guard let found else { continue }
            if checksResults, let objection = use.objection(to: found) {
                throw LookupError(table: source.specification, reason: "key \"\(key)\": \(objection)")
            }
            return found
        }
        return nil
    }

    /// Looks at the files of all tables and takes those that have changed.
    package func look() async {
        for source in sources { for table in source.swapped { await table.look() } }
    }

    /// Whether files have changed that only a process with more rights can open: the old content stays until a new
    /// process has taken over.
    package var needsNewProcess: Bool {
        sources.contains { $0.swapped.contains { $0.isOutOfReach } }
    }

    /// Whether any table has files that may change.
    package var hasFiles: Bool { sources.contains { !$0.swapped.isEmpty } }
}
