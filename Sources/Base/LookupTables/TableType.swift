// SPDX-License-Identifier: Apache-2.0

/// The types of tables that are known.
package enum TableType: String, CaseIterable, Sendable {
    case `static`
    case inline
    case texthash
    case hash
    case btree
    case lmdb
    case cidr
    case regexp
    case fail
    case environ
    case unionmap
    case pipemap
    case randmap
    case unix

    /// Whether the table has a built form beside its text source.
    package var isBuilt: Bool { self == .hash || self == .btree || self == .lmdb }

    /// The types that another process is asked for (``RemoteTables``).
    package static let remote: Set<String> = ["ldap", "mysql", "pgsql", "sqlite", "socketmap", "tcp", "memcache"]

    /// Types of Postfix that are known but cannot be looked up in place, with the reason.
    static let elsewhere: [String: String] = [
        "pcre": "Perl-compatible expressions are not supported yet; regexp: takes POSIX ones",
        "ldap": "only daemons ask it, through proxymap; \"proxymap -q TABLE KEY\" does so by hand",
        "mysql": "needs a process that may wait for a server; not supported yet",
        "pgsql": "needs a process that may wait for a server; not supported yet",
        "sqlite": "needs a process that may wait; not supported yet",
        "socketmap": "needs a process that may wait for a server; not supported yet",
        "tcp": "needs a process that may wait for a server; not supported yet",
        "memcache": "needs a process that may wait for a server; not supported yet",
        "mongodb": "needs a process that may wait for a server; not supported yet",
        "nis": "not supported",
        "nisplus": "not supported",
        "netinfo": "not supported",
        "internal": "a table in memory only, not for the configuration",
        "cdb": "not supported; hash: takes the same source",
        "dbm": "not supported; hash: takes the same source",
        "sdbm": "not supported; hash: takes the same source",
    ]

    /// Why `name` is no type that can be opened, with the nearest known name.
    static func unknown(_ name: String) -> String {
        if let reason = elsewhere[name] { return "\(name): \(reason)" }
        let known = (allCases.map(\.rawValue) + ["proxy"]).sorted()
        let nearest = known.map { ($0, distance(name.lowercased(), $0)) }.min { $0.1 < $1.1 }
        let hint = nearest.flatMap { $0.1 <= 2 ? "; perhaps \"\($0.0)\" is meant" : nil } ?? ""
        return "unknown table type \"\(name)\"\(hint) (known: \(known.joined(separator: " ")))"
    }

    /// The number of insertions, deletions and replacements between two names, at most 32 bytes of each.
    private static func distance(_ one: String, _ other: String) -> Int {
        let one = Array(one.utf8.prefix(32))
        let other = Array(other.utf8.prefix(32))
        var previous = Array(0...other.count)
        for (row, byte) in one.enumerated() {
            var current = [row + 1]
            for (column, candidate) in other.enumerated() {
                let replaced = previous[column] + (byte == candidate ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[other.count]
    }
}
