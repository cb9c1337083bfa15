// SPDX-License-Identifier: Apache-2.0
internal import LookupTables
internal import MailAddress

/// Tells whether a recipient exists, by the tables of its domain's class.
package struct RecipientValidator: Sendable {
    private let classes: DomainClasses
    private let aliases: TableList
    private let relocated: TableList
    private let local: TableList
    private let mailboxes: TableList
    private let relay: TableList
    private let keys: AddressKeys

    /// Opens the tables.
    package init(
        _ settings: RoutingSettings,
        classes: DomainClasses,
        pool: inout TablePool
    ) throws(RoutingConfigurationError) {
        self.classes = classes
        aliases = try pool.list(settings.virtualAliasMaps, for: "virtual_alias_maps")
        relocated = try pool.list(settings.relocatedMaps, for: "relocated_maps")
        local = try pool.list(settings.localRecipientMaps, for: "local_recipient_maps")
        mailboxes = try pool.list(settings.virtualMailboxMaps, for: "virtual_mailbox_maps")
        relay = try pool.list(settings.relayRecipientMaps, for: "relay_recipient_maps")
        keys = AddressKeys(settings)
    }

    /// Judges a recipient that an ``AddressResolver`` has resolved.
    ///
    /// A class without tables has no unknown recipients, but for virtual aliases.
    package func validate(_ resolution: Resolution) -> RecipientVerdict {
        do throws(LookupError) {
            return try judge(resolution)
        } catch {
            return .temporaryFailure(error)
        }
    }

    private func judge(_ resolution: Resolution) throws(LookupError) -> RecipientVerdict {
        let address = resolution.recipient
        let isOwn = try classes.isOwn(address.domainKey)
        let keys = keys.all(address, isOwnDomain: isOwn)
        if try aliases.first(of: keys) != nil { return .exists }
        // A user who moved is told so when the message is delivered, with the new address.
        if try relocated.first(of: keys) != nil { return .exists }
        if resolution.domainClass == .virtualAlias { return .unknown(.virtualAlias) }
        if case .reject(let text) = resolution.action { return .refused(text) }
        let (tables, place): (TableList, RecipientVerdict.UnknownIn)
        switch resolution.domainClass {
        case .local: (tables, place) = (local, .local)
        case .virtualMailbox: (tables, place) = (mailboxes, .virtualMailbox)
        case .relay: (tables, place) = (relay, .relay)
        case .virtualAlias, .other: return .exists
        }
        guard !tables.isEmpty, try tables.first(of: keys) == nil else { return .exists }
        return .unknown(place)
    }
}
