// SPDX-License-Identifier: Apache-2.0

/// A table as a daemon asks it, by the way it is reached.
indirect enum TableSource: Sendable {
    /// Answers in place and never changes.
    case inPlace(any LookupTable)
    /// Answers in place from files that may change.
    case files(SwappedTable)
    /// Is asked on threads that may hang.
    case blocking(any LookupTable, DeadlineThreads)
    /// Is asked of another process.
    case remote(any RemoteTables, type: String, path: String, specification: String)
    /// `unionmap:`: the texts of all tables that know the key, joined with commas.
    case union([TableSource], specification: String)
    /// `pipemap:`: the text of a table is the key for the next one.
    case pipe([TableSource], specification: String)

    /// How long the answer of another process may take.
    static let remoteDeadline = Duration.seconds(60)

    /// The `type:name`.
    var specification: String {
        switch self {
        case .inPlace(let table), .blocking(let table, _): table.specification
        case .files(let table): table.specification
        case .remote(_, _, _, let specification), .union(_, let specification), .pipe(_, let specification):
            specification
        }
    }

    /// Whether another process is asked, by the table or by one within it.
    var asksOthers: Bool {
        switch self {
        case .inPlace, .files, .blocking: false
        case .remote: true
        case .union(let sources, _), .pipe(let sources, _): sources.contains(where: \.asksOthers)
        }
    }

    /// Whether the table compares keys with patterns and is asked for whole addresses and names only.
    var matchesPatterns: Bool {
        switch self {
        case .inPlace(let table), .blocking(let table, _): table.matchesPatterns
        case .files(let table): table.matchesPatterns
        case .remote: false
        case .union(let sources, _), .pipe(let sources, _): sources.contains { $0.matchesPatterns }
        }
    }

    /// Returns the text for `key`, or nil where the table has none.
    func lookup(_ key: String) async throws(LookupError) -> String? {
        switch self {
        case .inPlace(let table): return try table.lookup(key)
        case .files(let table): return try await table.lookup(key)
        case .blocking(let table, let threads):
            guard LookupKey.isAcceptable(key) else { return nil }
            let answer = await threads.run { Result { () throws(LookupError) in try table.lookup(key) } }
            guard let answer else {
                let seconds = Double(threads.patience) / 1e9
                throw LookupError(table: table.specification, reason: "no answer within \(seconds) seconds")
            }
            return try answer.get()
        case .remote(let tables, let type, let path, _):
            guard LookupKey.isAcceptable(key) else { return nil }
            return try await tables.lookup(type: type, path: path, key: key, deadline: Self.remoteDeadline)
        case .union(let sources, _):
            var joined: String?
            for source in sources {
                guard let text = try await source.lookup(key), !text.isEmpty else { continue }
                joined = joined.map { "\($0),\(text)" } ?? text
            }
            return joined
        case .pipe(let sources, _):
            var text = key
            for source in sources {
                guard let next = try await source.lookup(text) else { return nil }
                text = next
            }
            return text
        }
    }

    /// The tables whose files may change.
    var swapped: [SwappedTable] {
        switch self {
        case .files(let table): [table]
        case .union(let sources, _), .pipe(let sources, _): sources.flatMap(\.swapped)
        case .inPlace, .blocking, .remote: []
        }
    }
}
