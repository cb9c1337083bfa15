// SPDX-License-Identifier: Apache-2.0

/// `unionmap:{a, b}`: the texts of all tables that know the key, joined with commas.
package struct UnionTable: LookupTable {
    package let specification: String
    private let tables: [any LookupTable]

    init(specification: String, tables: [any LookupTable]) {
        self.specification = specification
        self.tables = tables
    }

    package var notices: [TableNotice] { tables.flatMap(\.notices) }
    package var matchesPatterns: Bool { tables.contains { $0.matchesPatterns } }

    package func lookup(_ key: String) throws(LookupError) -> String? {
        var joined: String?
        for table in tables {
            guard let text = try table.lookup(key), !text.isEmpty else { continue }
            joined = joined.map { "\($0),\(text)" } ?? text
        }
        return joined
    }

    package func staleness() -> TableNotice? { tables.lazy.compactMap { $0.staleness() }.first }
}

/// `pipemap:{a, b}`: the text of a table is the key for the next one; not found where any table has nothing.
package struct PipeTable: LookupTable {
    package let specification: String
    private let tables: [any LookupTable]

    init(specification: String, tables: [any LookupTable]) {
        self.specification = specification
        self.tables = tables
    }

    package var notices: [TableNotice] { tables.flatMap(\.notices) }
    package var matchesPatterns: Bool { tables.contains { $0.matchesPatterns } }

    package func lookup(_ key: String) throws(LookupError) -> String? {
        var text = key
        for table in tables {
            guard let next = try table.lookup(text) else { return nil }
            text = next
        }
        return text
    }

    package func staleness() -> TableNotice? { tables.lazy.compactMap { $0.staleness() }.first }
}
