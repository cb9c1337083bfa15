// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import POSIX
internal import SystemPackage

/// Opens tables from their specifications, `type:name`.
package struct TableOpener: Sendable {
    /// How deep `unionmap:` and `pipemap:` may hold each other.
    private static let depthLimit = 8
    /// Sources from this many bytes on leave enough free memory for it to be given back.
    private static let largeSource = 1 << 17

    /// The folder that relative names stand in; nil leaves them to the working directory.
    package var directory: String?
    /// Whether keys may hold line ends, as a folded header field does (`header_checks`); `regexp:` only.
    package var multilineKeys: Bool
    /// How the text sources of `hash:`, `btree:`, `lmdb:` and `texthash:` are written.
    package var sourceFormat: SourceFormat
    /// Whether `regexp:` rules may put parts of the key into their results.
    package var substitution = TableUse.Substitution.permitted
    /// Whether keys are compared in lower case.
    package var foldsKeys = true

    package init(directory: String? = nil, multilineKeys: Bool = false, sourceFormat: SourceFormat = .detected) {
        self.directory = directory
        self.multilineKeys = multilineKeys
        self.sourceFormat = sourceFormat
    }

    /// Opens a table that answers in place; a `proxy:` before the type is dropped.
    package func open(_ specification: String) throws(TableOpenError) -> any LookupTable {
        try open(specification, depth: 0)
    }

    private func open(_ specification: String, depth: Int) throws(TableOpenError) -> any LookupTable {
        let (typeName, name) = try split(specification)
        guard let type = TableType(rawValue: typeName) else {
            throw TableOpenError(specification: specification, reason: TableType.unknown(typeName))
        }
        switch type {
        case .static: return StaticTable(specification: specification, text: SpecificationSyntax.braced(name) ?? name)
        case .fail: return FailTable(specification: specification)
        case .inline: return try openInline(specification, name)
        case .environ: return TextTable(specification: specification, entries: Self.environment(), folds: false)
        case .texthash: return try openText(specification, path(name))
        case .hash, .btree, .lmdb: return try openBuilt(specification, path(name))
        case .cidr:
            let (lines, file) = try rules(specification, name)
            return CIDRTable(specification: specification, lines: lines, file: file)
        case .regexp:
            let (lines, file) = try rules(specification, name)
            return try RegexpTable(
                specification: specification,
                lines: lines,
                multiline: multilineKeys,
                substitution: substitution,
                file: file
            )
        case .randmap:
            return RandomTable(specification: specification, texts: try bracedItems(specification, name))
        case .unionmap:
            return UnionTable(specification: specification, tables: try innerTables(specification, name, depth))
        case .pipemap:
            return PipeTable(specification: specification, tables: try innerTables(specification, name, depth))
        case .unix:
            guard let source = AccountTable.Source(rawValue: name) else {
                let known = AccountTable.Source.allCases.map { "unix:\($0.rawValue)" }.joined(separator: " and ")
                throw TableOpenError(specification: specification, reason: "unknown name; there are \(known)")
            }
            return AccountTable(specification: specification, source: source)
        }
    }

    /// Splits a specification into type and name, without `proxy:`.
    func split(_ specification: String) throws(TableOpenError) -> (type: String, name: String) {
        var rest = SpecificationSyntax.trimmed(specification)[...]
        while rest.hasPrefix("proxy:") { rest = rest.dropFirst("proxy:".count) }
        guard let colon = rest.firstIndex(of: ":"), colon > rest.startIndex,
            rest.index(after: colon) < rest.endIndex
        else {
            throw TableOpenError(specification: specification, reason: "a table is given as \"type:name\"")
        }
        return (String(rest[..<colon]), String(rest[rest.index(after: colon)...]))
    }

    /// The path of a table's source.
    func path(_ name: String) -> String {
        guard let directory, !name.hasPrefix("/") else { return name }
        return directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    }

    private func openInline(_ specification: String, _ name: String) throws(TableOpenError) -> any LookupTable {
        var entries = TextEntries()
        var notices: [TableNotice] = []
        for item in try bracedItems(specification, name) {
            let pair = SpecificationSyntax.braced(item) ?? item
            guard let equals = pair.firstIndex(of: "=") else {
                throw TableOpenError(specification: specification, reason: "\"\(item)\" is no \"name = value\"")
            }
            let name = SpecificationSyntax.trimmed(pair[..<equals])
            let key = foldsKeys ? LookupKey.folded(name) : name
            let value = SpecificationSyntax.trimmed(pair[pair.index(after: equals)...])
            guard !key.isEmpty, !value.isEmpty else {
                throw TableOpenError(specification: specification, reason: "\"\(item)\" lacks a name or a value")
            }
            guard entries.insert(key: key.utf8, value: value.utf8, line: 1) == nil else {
                notices.append(TableNotice(source: specification, text: "duplicate entry \"\(key)\"; the first counts"))
                continue
            }
        }
        return TextTable(specification: specification, entries: entries, folds: foldsKeys, notices: notices)
    }

    private func openText(
        _ specification: String,
        _ path: String,
        notices: [TableNotice] = []
    ) throws(TableOpenError) -> any LookupTable {
        let (table, size) = try readText(specification, path, notices)
        // The source and what was built on the way are free by now, and would stay with the process as long as it lives.
        if size >= Self.largeSource { Resources.returnMemory() }
        return table
    }

    private func readText(
        _ specification: String,
        _ path: String,
        _ notices: [TableNotice]
    ) throws(TableOpenError) -> (table: TextTable, size: Int) {
        let file = try read(specification, path)
        let parser = TextTableParser(file.contents, source: path, format: sourceFormat, folds: foldsKeys)
        let table = TextTable(
            specification: specification,
            entries: parser.entries,
            folds: foldsKeys,
            notices: notices + parser.notices,
            file: file
        )
        return (table, file.contents.count)
    }

    private func openBuilt(_ specification: String, _ path: String) throws(TableOpenError) -> any LookupTable {
        let built = TableBuilder.builtPath(for: path)
        let identity: FileIdentity?
        do throws(Errno) {
            identity = try FileIdentity(path: built)
        } catch {
            guard error == .noSuchFileOrDirectory else {
                throw TableOpenError(specification: specification, reason: "cannot open \(built): \(error)", error)
            }
            identity = nil
        }
        if let identity {
            return try LMDBTable(
                specification: specification,
                sourcePath: path,
                identity: identity,
                folds: foldsKeys
            )
        }
        let notice = TableNotice(
            source: path,
            text: "\(built) does not exist; the text source is used (\"mailctl map \(specification)\" builds it)"
        )
        return try openText(specification, path, notices: [notice])
    }

    private func rules(
        _ specification: String,
        _ name: String
    ) throws(TableOpenError) -> (lines: [LogicalLines.Line], file: TableFile?) {
        guard name.hasPrefix("{") else {
            let file = try read(specification, path(name))
            return (Array(LogicalLines(file.contents)), file)
        }
        var lines: [LogicalLines.Line] = []
        for item in try bracedItems(specification, name) {
            guard let rule = SpecificationSyntax.braced(item) else {
                throw TableOpenError(
                    specification: specification,
                    reason: "each rule stands in braces: not \"\(item)\""
                )
            }
            lines.append(LogicalLines.Line(number: lines.count + 1, text: Array(rule.utf8)))
        }
        return (lines, nil)
    }

    /// The specifications of the tables that `unionmap:` or `pipemap:` holds.
    func inner(_ specification: String, _ name: String, _ depth: Int) throws(TableOpenError) -> [String] {
        guard depth < Self.depthLimit else {
            throw TableOpenError(specification: specification, reason: "tables hold each other too deeply")
        }
        return try bracedItems(specification, name).map { SpecificationSyntax.braced($0) ?? $0 }
    }

    private func innerTables(
        _ specification: String,
        _ name: String,
        _ depth: Int
    ) throws(TableOpenError) -> [any LookupTable] {
        var tables: [any LookupTable] = []
        for item in try inner(specification, name, depth) { tables.append(try open(item, depth: depth + 1)) }
        return tables
    }

    /// The files that a single table is read from, in any of its forms; empty where it has none.
    func files(of specification: String) -> [String] {
        guard let (typeName, name) = try? split(specification), let type = TableType(rawValue: typeName) else {
            return []
        }
        switch type {
        case .texthash: return [path(name)]
        case .hash, .btree, .lmdb: return [TableBuilder.builtPath(for: path(name)), path(name)]
        case .cidr, .regexp: return name.hasPrefix("{") ? [] : [path(name)]
        case .static, .fail, .inline, .environ, .randmap, .unionmap, .pipemap, .unix: return []
        }
    }

    private func bracedItems(_ specification: String, _ name: String) throws(TableOpenError) -> [String] {
        guard let body = SpecificationSyntax.braced(name) else {
            throw TableOpenError(specification: specification, reason: "what follows the colon stands in braces: {…}")
        }
        let items = SpecificationSyntax.items(of: body)
        guard !items.isEmpty else { throw TableOpenError(specification: specification, reason: "the braces are empty") }
        return items
    }

    private func read(_ specification: String, _ path: String) throws(TableOpenError) -> TableFile {
        do throws(Errno) {
            return try TableFile(reading: path)
        } catch {
            throw TableOpenError(specification: specification, reason: "cannot read \(path): \(error)", error)
        }
    }

    /// The environment as it is now; names keep their case.
    private static func environment() -> TextEntries {
        var variables = TextEntries()
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                let value = text[text.index(after: equals)...].utf8
                _ = variables.insert(key: text[..<equals].utf8, value: value, line: 1)
            }
            unsafe next = next.successor()
        }
        return variables
    }
}
