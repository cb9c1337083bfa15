// SPDX-License-Identifier: Apache-2.0
import LDAPTables

extension FuzzTarget {
    /// The file of an `ldap:` table.
    static let ldapTables = FuzzTarget("ldap-tables", upTo: 4096) { bytes in
        let (settings, diagnostics) = LDAPTableReader.read(bytes, file: "table.cf")
        for diagnostic in diagnostics { _ = diagnostic.description }
        guard let settings else { return }
        try require(!settings.servers.isEmpty && !settings.resultAttributes.isEmpty, "a table can be asked")
        for server in settings.servers {
            let again = try? LDAPServer(server.url, defaultPort: 1)
            try require(again == server, "a server's URL means the same server")
        }
        for key in ["", "a", "a@b.example", "*@b.example"] {
            guard let query = LDAPQuery(key, settings) else { continue }
            var results = LDAPResults(query, settings)
            _ = try? results.add(Array("x@y.example".utf8))
        }
    }

    /// A key that goes into a filter, a name and a result: whatever it holds, the grammar around it stays.
    static let ldapKeys = FuzzTarget("ldap-keys", upTo: 1024) { bytes in
        let text = "search_base = uid=%u,dc=x\nquery_filter = (&(mail=%s)(uid=%u))\nresult_format = %s|%S\n"
        guard let settings = LDAPTableReader.read(Array(text.utf8), file: "table.cf").settings else {
            throw PropertyFailure("the table is sound")
        }
        guard let query = LDAPQuery(String(decoding: bytes, as: UTF8.self), settings) else { return }
        let filter = Array(query.filter.utf8)
        try requireEqual(filter.count(where: { $0 == 40 }), 3, "parentheses that open")
        try requireEqual(filter.count(where: { $0 == 41 }), 3, "parentheses that close")
        try require(!filter.contains(42) && !filter.contains(0), "a filter has no star and no NUL of the key")
        try requireEqual(unescaped(query.base), 2, "values of the name: \(query.base)")
        var results = LDAPResults(query, settings)
        _ = try? results.add(bytes)
    }

    /// How many values of a name commas part that are not escaped.
    private static func unescaped(_ name: String) -> Int {
        var count = 1
        var isEscaped = false
        for byte in name.utf8 {
            if isEscaped {
                isEscaped = false
            } else if byte == 92 {
                isEscaped = true
            } else if byte == 44 || byte == 43 || byte == 59 {
                count += 1
            }
        }
        return count
    }
}
