// SPDX-License-Identifier: Apache-2.0
package import LookupTables

/// Opens each table once, also where several parameters name it, and keeps the remarks on all of them.
package struct TablePool {
    /// What becomes of a table whose source cannot be read.
    package enum Unavailable: Sendable {
        /// Its lookups fail, and a notice says so: for daemons, which have other mail to care for.
        case fails
        /// It is an error: for a check of the configuration.
        case isAnError
    }

    private let opener: TableOpener
    private let unavailable: Unavailable
    private var tables: [String: any LookupTable] = [:]

    /// What is noteworthy about the tables opened so far, in the order of their opening.
    package private(set) var notices: [TableNotice] = []

    /// Creates an empty pool.
    package init(opener: TableOpener = TableOpener(), unavailable: Unavailable = .fails) {
        self.opener = opener
        self.unavailable = unavailable
    }

    /// Opens the table, or returns the one that is open already.
    package mutating func open(
        _ specification: String,
        for parameter: String
    ) throws(RoutingConfigurationError) -> any LookupTable {
        if let table = tables[specification] { return table }
        let table: any LookupTable
        do throws(TableOpenError) {
            table = try opener.open(specification)
        } catch {
            guard error.isSourceUnavailable, unavailable == .fails else {
                throw RoutingConfigurationError(parameter: parameter, reason: error.description)
            }
            table = UnavailableTable(error, opener: opener)
        }
        notices += table.notices
        tables[specification] = table
        return table
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
