// SPDX-License-Identifier: Apache-2.0

/// Another process that looks keys up in tables which this one cannot ask in place: `ldap:`, `pgsql:` and their like
/// (``TableType/remote``).
///
/// A daemon hands its client of proxymap(8) to its ``TablePool``; who asks a table does not learn how it is reached.
package protocol RemoteTables: Sendable {
    /// Whether tables of a type, without `proxy:`, can be asked for.
    func serves(_ type: String) -> Bool

    /// Returns the text for `key`, or nil where the table has none.
    ///
    /// - Parameters:
    ///   - type: The table's type, without `proxy:`.
    ///   - path: What follows the type's colon.
    ///   - key: The key, which holds neither NUL nor a line end.
    ///   - deadline: How long the answer may take.
    /// - Returns: The text.
    /// - Throws: ``LookupError`` where the table has not answered in time or cannot answer at the moment.
    func lookup(type: String, path: String, key: String, deadline: Duration) async throws(LookupError) -> String?
}
