// SPDX-License-Identifier: Apache-2.0
package import LookupTables
package import MailAddress

/// A `transport:nexthop` of transport(5) or of a parameter such as `default_transport`; either half may be empty.
package struct TransportSpecification: Equatable, Sendable {
    /// A transport of master.cf.
    package var transport: String
    /// What the transport's agent takes for its destination: a domain, `[host]:port`, or a text for `error`.
    package var nextHop: String

    // specification = [transport] [":" [nexthop]]
    /// Splits at the first colon; without one, the text is a transport.
    package init(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else {
            transport = SpecificationSyntax.trimmed(text)
            nextHop = ""
            return
        }
        transport = SpecificationSyntax.trimmed(text[..<colon])
        nextHop = SpecificationSyntax.trimmed(text[text.index(after: colon)...])
    }
}

/// `transport_maps`, in the search order of transport(5).
package struct TransportMap: Sendable {
    private let tables: TableList
    private let keys: AddressKeys
    private let parentMatchesSubdomains: Bool

    init(_ settings: RoutingSettings, pool: inout TablePool) throws(RoutingConfigurationError) {
        tables = try pool.list(settings.transportMaps, for: .transportMaps)
        keys = AddressKeys(settings)
        parentMatchesSubdomains = settings.parentDomainMatchesSubdomains.contains("transport_maps")
    }

    /// Returns what the table says: user+ext@domain, user@domain, domain, .parent domains, `*`.
    package func lookup(_ address: EmailAddress) async throws(LookupError) -> TransportSpecification? {
        guard !tables.isEmpty else { return nil }
        if let found = try await tables.first(of: keys.whole(address)) { return TransportSpecification(found.text) }
        for key in DomainKeys.keys(of: address.domainKey, parentMatchesSubdomains: parentMatchesSubdomains) {
            if let text = try await tables.lookup(key, isPart: true) { return TransportSpecification(text) }
        }
        return try await tables.lookup("*", isPart: true).map(TransportSpecification.init)
    }
}
