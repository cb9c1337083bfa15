// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
package import LookupTables

/// The tables that proxymap(8) is asked for; the connection is made by the first look-up.
struct ProxiedTables: RemoteTables {
    /// The types that proxymap has a driver for.
    private static let types: Set<String> = ["ldap"]
    /// A client for each socket: one connection serves all tables of the process.
    @Loop private static var clients: [String: ProxymapClient] = [:]

    /// The socket of the service (`private/proxymap`).
    let path: String

    func serves(_ type: String) -> Bool { Self.types.contains(type) }

    func lookup(type: String, path: String, key: String, deadline: Duration) async throws(LookupError) -> String? {
        let (seconds, attoseconds) = deadline.components
        let limit = seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue &+ attoseconds / 1_000_000_000
        return try await Self.client(self.path).lookup(key, in: "\(type):\(path)", timeLimit: limit)
    }

    @Loop
    private static func client(_ path: String) -> ProxymapClient {
        if let client = clients[path] { return client }
        let client = ProxymapClient(path: path)
        clients[path] = client
        return client
    }
}

extension StartUp {
    /// An empty pool for the tables of a daemon: what cannot be asked in place is asked of proxymap, and remarks on tables
    /// that are taken anew later go to the log.
    package func tablePool() -> TablePool {
        TablePool(remote: ProxiedTables(path: privateSocket("proxymap"))) { [log] in log.warning("\($0)") }
    }
}
