// SPDX-License-Identifier: Apache-2.0
package import LookupTables

/// The class of a domain, which decides how its recipients are checked and delivered (ADDRESS_CLASS_README).
package enum DomainClass: String, Sendable, CaseIterable {
    /// `mydestination`, and the host's own addresses: users of the system and aliases.
    case local
    /// `virtual_alias_domains`: every address is an alias of another.
    case virtualAlias
    /// `virtual_mailbox_domains`: mailboxes of users that the system does not know.
    case virtualMailbox
    /// `relay_domains`: mail for other hosts that this one accepts for them.
    case relay
    /// All others: outgoing mail.
    case other
}

/// The domains of this host: `mydestination`, its own addresses, `myorigin`.
package struct OwnDomains: Sendable {
    private let destination: DomainList
    private let ownAddresses: Set<IPAddress>
    private let origin: String

    /// Reads the lists.
    package init(_ settings: RoutingSettings, pool: inout TablePool) throws(RoutingConfigurationError) {
        destination = try DomainList(settings.mydestination, parameter: "mydestination", pool: &pool)
        ownAddresses = Set(settings.ownAddresses)
        origin = settings.myorigin.lowercased()
    }

    /// Tells whether mail for the domain, in lower case, is for users of the system; a bare local part has none.
    package func isLocal(_ domain: String) async throws(LookupError) -> Bool {
        if domain.isEmpty { return true }
        if domain.hasPrefix("[") {
            guard let address = IPAddress(literal: domain.utf8) else { return false }
            return ownAddresses.contains(address)
        }
        return try await destination.contains(domain)
    }

    /// Tells whether tables may name users of the domain without it: `myorigin`, `mydestination`, own addresses.
    package func contains(_ domain: String) async throws(LookupError) -> Bool {
        if domain == origin { return true }
        return try await isLocal(domain)
    }
}

/// The lists that put domains into classes; a domain in several belongs to the first of them.
package struct DomainClasses: Sendable {
    /// The domains of this host.
    package let own: OwnDomains
    private let virtualAlias: DomainList
    private let virtualMailbox: DomainList
    private let relay: DomainList

    /// Reads the lists.
    package init(_ settings: RoutingSettings, pool: inout TablePool) throws(RoutingConfigurationError) {
        let parents = settings.parentDomainMatchesSubdomains
        own = try OwnDomains(settings, pool: &pool)
        virtualAlias = try DomainList(
            settings.virtualAliasDomains ?? settings.virtualAliasMaps,
            parameter: "virtual_alias_domains",
            pool: &pool
        )
        virtualMailbox = try DomainList(
            settings.virtualMailboxDomains ?? settings.virtualMailboxMaps,
            parameter: "virtual_mailbox_domains",
            pool: &pool
        )
        relay = try DomainList(
            settings.relayDomains,
            parameter: "relay_domains",
            parentMatchesSubdomains: parents.contains("relay_domains"),
            pool: &pool
        )
    }

    /// Returns the class of a domain in lower case; a bare local part, whose domain is empty, is local.
    package func classify(_ domain: String) async throws(LookupError) -> DomainClass {
        if try await own.isLocal(domain) { return .local }
        if try await virtualAlias.contains(domain) { return .virtualAlias }
        if try await virtualMailbox.contains(domain) { return .virtualMailbox }
        if try await relay.contains(domain) { return .relay }
        return .other
    }
}
