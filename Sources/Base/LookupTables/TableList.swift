// SPDX-License-Identifier: Apache-2.0

/// An ordered list of tables: the first one that knows a key answers.
package struct TableList: Sendable {
    /// The tables in their order.
    package let tables: [any LookupTable]

    /// Creates a list of tables that are open already.
    package init(_ tables: [any LookupTable] = []) {
        self.tables = tables
    }

    /// Opens the tables of a list, separated by white space or commas; one that opens nowhere fails the list.
    ///
    /// A bare text without a type is an error; an empty list is an empty list.
    package init(_ specifications: String, opener: TableOpener = TableOpener()) throws(TableOpenError) {
        try self.init(specifications: SpecificationSyntax.items(of: specifications), opener: opener)
    }

    /// Opens each of the specifications.
    package init(specifications: [String], opener: TableOpener = TableOpener()) throws(TableOpenError) {
        var tables: [any LookupTable] = []
        for specification in specifications { tables.append(try opener.open(specification)) }
        self.tables = tables
    }

    package var isEmpty: Bool { tables.isEmpty }

    /// The remarks on all tables.
    package var notices: [TableNotice] { tables.flatMap(\.notices) }

    /// Returns the text of the first table that knows `key`, with the table, or nil.
    ///
    /// A table that fails ends the search: what it would have said is unknown, and a later table must not answer
    /// in its place.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - isPart: Whether the key is a part of an address or name only; tables of patterns are passed over then.
    /// - Returns: The text and the table that holds it.
    /// - Throws: What the failing table throws.
    package func find(
        _ key: String,
        isPart: Bool = false
    ) throws(LookupError) -> (text: String, table: any LookupTable)? {
        for table in tables where !(isPart && table.matchesPatterns) {
            if let text = try table.lookup(key) { return (text, table) }
        }
        return nil
    }

    /// Returns the text of the first table that knows `key`, or nil; see ``find(_:isPart:)``.
    package func lookup(_ key: String, isPart: Bool = false) throws(LookupError) -> String? {
        try find(key, isPart: isPart)?.text
    }

    /// Tells whether the files behind any table are no longer the ones that were opened.
    package func hasChanged() -> Bool { tables.contains { $0.hasChanged() } }
}
