// SPDX-License-Identifier: Apache-2.0

/// Opens each table once, also where several parameters name it, and keeps the remarks on all of them.
package struct TablePool {
    /// What becomes of a table whose source cannot be read.
    package enum Unavailable: Sendable {
        /// Its lookups fail until it can be read, and a notice says so: for daemons, which have other mail to care for.
        case fails
        /// It is an error: for a check of the configuration.
        case isAnError
    }

    private struct Key: Hashable {
        let specification: String
        let substitution: TableUse.Substitution
        let foldsKeys: Bool
    }

    private let opener: TableOpener
    private let unavailable: Unavailable
    private let remote: (any RemoteTables)?
    private let report: @Sendable (TableNotice) -> Void
    private var sources: [Key: TableSource] = [:]

    /// What is noteworthy about the tables opened so far, in the order of their opening.
    package private(set) var notices: [TableNotice] = []

    /// Creates an empty pool.
    ///
    /// - Parameters:
    ///   - opener: Where names of files are relative to, and how sources are written.
    ///   - unavailable: What becomes of a table whose source cannot be read.
    ///   - remote: Who asks the tables that cannot be asked in place; nil makes such a table an error.
    ///   - report: Gets the remarks on tables that are taken anew later, for the log.
    package init(
        opener: TableOpener = TableOpener(),
        unavailable: Unavailable = .fails,
        remote: (any RemoteTables)? = nil,
        report: @escaping @Sendable (TableNotice) -> Void = { _ in }
    ) {
        self.opener = opener
        self.unavailable = unavailable
        self.remote = remote
        self.report = report
    }

    /// Opens a list of tables for a use.
    ///
    /// - Throws: The first table that cannot be opened, or that the use does not permit.
    package mutating func list(
        _ specifications: [String],
        for use: TableUse
    ) throws(TableConfigurationError) -> TableList {
        var list: [TableSource] = []
        for specification in specifications {
            do throws(TableOpenError) {
                list.append(try source(specification, use, depth: 0))
            } catch {
                throw TableConfigurationError(parameter: use.parameter, reason: error.description)
            }
        }
        return TableList(list, for: use)
    }

    /// Opens one table for a use.
    package mutating func open(
        _ specification: String,
        for use: TableUse
    ) throws(TableConfigurationError) -> TableList {
        try list([specification], for: use)
    }

    /// Every table that is open, once, to be watched.
    package var all: TableList {
        TableList(
            sources.sorted { $0.key.specification < $1.key.specification }.map(\.value),
            for: TableUse("")
        )
    }

    private mutating func source(
        _ specification: String,
        _ use: TableUse,
        depth: Int
    ) throws(TableOpenError) -> TableSource {
        let key = Key(
            specification: specification,
            // Nothing else substitutes.
            substitution: specification.contains("regexp:") ? use.substitution : .permitted,
            foldsKeys: use.foldsKeys
        )
        if let source = sources[key] { return source }
        let source = try opened(specification, use, depth)
        if case .inPlace(let table) = source, let constant = table as? StaticTable,
            let objection = use.objection(to: constant.text)
        {
            throw TableOpenError(specification: specification, reason: objection)
        }
        sources[key] = source
        return source
    }

    private mutating func opened(
        _ specification: String,
        _ use: TableUse,
        _ depth: Int
    ) throws(TableOpenError) -> TableSource {
        var opener = opener
        opener.substitution = use.substitution
        opener.foldsKeys = use.foldsKeys
        let (type, name) = try opener.split(specification)
        if let remote, remote.serves(type) {
            return .remote(remote, type: type, path: name, specification: specification)
        }
        switch TableType(rawValue: type) {
        case .unix:
            return .blocking(try opener.open(specification), AccountTable.threads)
        case .unionmap, .pipemap:
            var inner: [TableSource] = []
            for item in try opener.inner(specification, name, depth) {
                inner.append(try source(item, use, depth: depth + 1))
            }
            return type == "unionmap"
                ? .union(inner, specification: specification) : .pipe(inner, specification: specification)
        default: break
        }
        guard !opener.files(of: specification).isEmpty else {
            let table = try opener.open(specification)
            notices += table.notices
            return .inPlace(table)
        }
        let table = try SwappedTable(
            specification,
            opener: opener,
            standsInWhenUnavailable: unavailable == .fails,
            report: report
        )
        notices += table.table.notices
        return .files(table)
    }
}
