// SPDX-License-Identifier: Apache-2.0
package import LookupTables
package import MailAddress
package import MailConfiguration
package import MailRouting

/// `alias_maps`, and what is needed to tell whether a target is a name of this host.
package struct AliasMaps: Sendable {
    /// An entry, and the key it was found by.
    package struct Entry: Sendable, Equatable {
        package let key: String
        package let text: String
        /// The extension with its delimiter, where the key leaves it out.
        package let suffix: String
    }

    /// What there is to say about the tables: rules that are skipped, sources that are missing.
    package let notices: [TableNotice]
    package let tables: TableList
    /// These tables, and those behind `isLocal`.
    package let allTables: TableList
    private let delimiters: String
    private let ownerRequestSpecial: Bool
    private let resolver: AddressResolver
    private let transport: String
    package let rewriter: AddressRewriter
    /// `expand_owner_alias`.
    package let expandsOwner: Bool
    /// Whether the targets get the extension of the address (`propagate_unmatched_extensions` has `alias`).
    package let propagatesExtension: Bool

    /// Opens the tables in a pool; `transport` is the service's name, which the addresses of this host resolve to.
    package init(
        _ main: MainConfiguration,
        transport: String,
        pool: TablePool
    ) throws(RoutingConfigurationError) {
        self = try AliasMaps(
            specifications: main[LocalDeliveryParameters.aliasMaps],
            RoutingSettings(main),
            transport: transport,
            expandsOwner: main[LocalDeliveryParameters.expandOwnerAlias],
            pool: pool
        )
    }

    package init(
        specifications: [String],
        _ routing: RoutingSettings,
        transport: String,
        expandsOwner: Bool = false,
        pool: TablePool = TablePool()
    ) throws(RoutingConfigurationError) {
        var pool = pool
        tables = try pool.list(specifications, for: .aliasMaps)
        notices = pool.notices
        resolver = try AddressResolver(routing, classes: DomainClasses(routing, pool: &pool), pool: &pool)
        allTables = pool.all
        self.transport = transport
        rewriter = AddressRewriter(routing)
        delimiters = routing.recipientDelimiter
        ownerRequestSpecial = routing.ownerRequestSpecial
        self.expandsOwner = expandsOwner
        propagatesExtension = routing.propagateUnmatchedExtensions.contains { $0.lowercased() == "alias" }
    }

    /// Whether mail for the address is ours to deliver.
    package func isLocal(_ address: EmailAddress) async throws(LookupError) -> Bool {
        let resolution = try await resolver.resolve(address)
        return resolution.domainClass == .local && resolution.transport == transport
    }

    /// The names that a local part stands for, lower case: whole, then without its extension.
    package func names(_ address: EmailAddress) -> [(name: String, suffix: String)] {
        var names = [(address.localPartKey, "")]
        if let split = address.splittingDetail(delimiters: delimiters, ownerRequestSpecial: ownerRequestSpecial) {
            names.append((split.base.localPartKey, "\(split.delimiter)\(split.detail)"))
        }
        return names
    }

    /// The entry of an address of this host.
    package func entry(_ address: EmailAddress) async throws(LookupError) -> Entry? {
        for (name, suffix) in names(address) {
            if let text = try await entry(named: name) { return Entry(key: name, text: text, suffix: suffix) }
        }
        return nil
    }

    /// The companion `owner-name` of an entry, where there is one (`owner_request_special`).
    package func ownerEntry(of key: String) async throws(LookupError) -> Entry? {
        guard ownerRequestSpecial, !key.hasPrefix("owner-") else { return nil }
        let name = "owner-\(key)"
        guard let text = try await entry(named: name) else { return nil }
        return Entry(key: name, text: text, suffix: "")
    }

    private func entry(named name: String) async throws(LookupError) -> String? {
        // As in tables of cleanup: the quoted form first.
        if let quoted = EmailAddress(localPart: name, domain: "")?.externalForm, quoted != name {
            if let text = try await tables.lookup(quoted) { return text }
            return try await tables.lookup(name, isPart: true)
        }
        return try await tables.lookup(name)
    }
}
