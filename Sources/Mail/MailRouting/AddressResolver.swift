// SPDX-License-Identifier: Apache-2.0
package import LookupTables
package import MailAddress

/// Finds class, transport and next hop of a recipient, as the resolver of trivial-rewrite(8) does.
package struct AddressResolver: Sendable {
    /// The lists of domains.
    package let classes: DomainClasses
    private let transports: TransportMap
    private let relocated: TableList
    private let keys: AddressKeys
    private let settings: RoutingSettings

    /// Opens the tables and reads the lists.
    package init(
        _ settings: RoutingSettings,
        classes: DomainClasses,
        pool: inout TablePool
    ) throws(RoutingConfigurationError) {
        self.classes = classes
        self.settings = settings
        transports = try TransportMap(settings, pool: &pool)
        relocated = try pool.list(settings.relocatedMaps, for: .relocatedMaps)
        keys = AddressKeys(settings)
    }

    /// Resolves an address that an ``AddressRewriter`` has completed.
    package func resolve(_ address: EmailAddress) async throws(LookupError) -> Resolution {
        var address = address
        var domainClass = try await classes.classify(address.domainKey)
        var wasRouted = false
        if settings.allowPercentHack {
            // Each turn shortens the local part, which bounds the loop.
            while domainClass == .local, let inner = AddressRewriter.resolvingPercent(address) {
                address = inner
                wasRouted = true
                domainClass = try await classes.classify(address.domainKey)
            }
        }
        var route = defaultRoute(of: domainClass, domain: address.domainKey)
        if let change = try await transports.lookup(address) {
            // transport(5), "RESULT FORMAT": what an empty half means depends on the other half.
            if !change.transport.isEmpty {
                route = (change.transport, change.nextHop.isEmpty ? address.domainKey : change.nextHop)
            } else if !change.nextHop.isEmpty {
                route.nextHop = change.nextHop
            }
        }
        if let moved = try await newLocation(of: address) { route = ("error", "5.1.6 User has moved to \(moved)") }
        return Resolution(
            recipient: address,
            domainClass: domainClass,
            transport: route.transport,
            nextHop: route.nextHop,
            hasSenderRoute: wasRouted
                || address.localPart.utf8.contains {
                    $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "!")
                }
        )
    }

    private func defaultRoute(of domainClass: DomainClass, domain: String) -> (transport: String, nextHop: String) {
        switch domainClass {
        case .local:
            return Self.route(settings.localTransport, settings.myhostname)
        case .virtualAlias:
            return ("error", "5.1.1 \(RecipientVerdict.UnknownIn.virtualAlias.text)")
        case .virtualMailbox:
            return Self.route(settings.virtualTransport, domain)
        case .relay:
            return Self.route(settings.relayTransport, settings.relayhost.isEmpty ? domain : settings.relayhost)
        case .other:
            return Self.route(settings.defaultTransport, settings.relayhost.isEmpty ? domain : settings.relayhost)
        }
    }

    private static func route(_ specification: String, _ nextHop: String) -> (transport: String, nextHop: String) {
        let given = TransportSpecification(specification)
        return (given.transport, given.nextHop.isEmpty ? nextHop : given.nextHop)
    }

    private func newLocation(of address: EmailAddress) async throws(LookupError) -> String? {
        guard !relocated.isEmpty else { return nil }
        let isOwn = try await classes.own.contains(address.domainKey)
        return try await relocated.first(of: keys.all(address, isOwnDomain: isOwn))?.text
    }
}
