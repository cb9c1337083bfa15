// SPDX-License-Identifier: Apache-2.0
package import LookupTables

/// A list of clients, as `mynetworks`: networks, addresses, host names, `!pattern`, `/file`, `type:table`.
package struct NetworkList: Sendable {
    private enum Pattern: Sendable {
        case network(IPNetwork)
        case host(String)
        case table(TableList)
    }

    private var entries: [(isNegated: Bool, pattern: Pattern)] = []

    /// Reads the list: `127.0.0.0/8`, `[::1]/128`, `192.0.2.1`, `host.example.org`.
    ///
    /// - Parameters:
    ///   - elements: The elements, expanded.
    ///   - parameter: The parameter, for errors.
    ///   - pool: Where tables are opened.
    /// - Throws: The first element that cannot be used: a network with bits behind its prefix is a mistake, which
    ///   would otherwise admit more or fewer clients than meant.
    package init(
        _ elements: [String],
        parameter: String = "mynetworks",
        pool: inout TablePool
    ) throws(RoutingConfigurationError) {
        let resolved = try MatchList.resolve(elements, for: parameter, pool: &pool) { text in
            text.hasPrefix("[") || (try? IPNetwork(parsing: text)) != nil
        }
        for (isNegated, element) in resolved {
            switch element {
            case .table(let table): entries.append((isNegated, .table(table)))
            case .pattern(let text): entries.append((isNegated, try Self.pattern(text, parameter)))
            }
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Tells whether a client is in the list.
    ///
    /// - Parameters:
    ///   - address: The client's address; an IPv4-mapped one counts as IPv4.
    ///   - hostName: The client's verified name in lower case, where it has one.
    /// - Returns: Whether the first element that speaks of the client includes it.
    /// - Throws: What a table in the list throws.
    package func contains(_ address: IPAddress, hostName: String? = nil) async throws(LookupError) -> Bool {
        let address = address.unmapped
        for (isNegated, pattern) in entries {
            let matches: Bool
            switch pattern {
            case .network(let network): matches = network.contains(address)
            case .host(let name): matches = hostName.map { Self.name($0, isIn: name) } ?? false
            case .table(let table): matches = try await Self.table(table, holds: address, hostName)
            }
            if matches { return !isNegated }
        }
        return false
    }

    private static func pattern(_ text: String, _ parameter: String) throws(RoutingConfigurationError) -> Pattern {
        do throws(IPNetwork.SyntaxError) {
            return .network(try IPNetwork(parsing: text))
        } catch {
            let isName = text.utf8.contains { $0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z") }
            guard isName, !text.contains("/"), !text.hasPrefix("["), case .badAddress = error else {
                throw RoutingConfigurationError(parameter: parameter, reason: error.description)
            }
            return .host(text.lowercased())
        }
    }

    private static func name(_ name: String, isIn pattern: String) -> Bool {
        name == pattern || (pattern.hasPrefix(".") ? name.hasSuffix(pattern) : name.hasSuffix(".\(pattern)"))
    }

    private static func table(
        _ table: TableList,
        holds address: IPAddress,
        _ hostName: String?
    ) async throws(LookupError) -> Bool {
        if let hostName, try await table.lookup(hostName) != nil { return true }
        return try await table.lookup(address.description) != nil
    }
}
