// SPDX-License-Identifier: Apache-2.0
package import LookupTables

/// Opens each table once, also where several parameters name it, and keeps the remarks on all of them.
package struct TablePool {
    private let opener: TableOpener
    private var tables: [String: any LookupTable] = [:]

    /// What is noteworthy about the tables opened so far, in the order of their opening.
    package private(set) var notices: [TableNotice] = []

    /// Creates an empty pool.
    package init(opener: TableOpener = TableOpener()) {
        self.opener = opener
    }

    /// Opens the table, or returns the one that is open already.
    package mutating func open(
        _ specification: String,
        for parameter: String
    ) throws(RoutingConfigurationError) -> any LookupTable {
        if let table = tables[specification] { return table }
        do throws(TableOpenError) {
            let table = try opener.open(specification)
            notices += table.notices
            tables[specification] = table
            return table
        } catch {
            throw RoutingConfigurationError(parameter: parameter, reason: error.description)
        }
    }

    /// Opens a list of tables.
    package mutating func list(
        _ specifications: [String],
        for parameter: String
    ) throws(RoutingConfigurationError) -> TableList {
        var tables: [any LookupTable] = []
        for specification in specifications { tables.append(try open(specification, for: parameter)) }
        return TableList(tables)
    }

    /// Every table that is open, once.
    package var all: TableList { TableList(tables.keys.sorted().compactMap { tables[$0] }) }
}
