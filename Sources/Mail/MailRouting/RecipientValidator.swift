// SPDX-License-Identifier: Apache-2.0
package import LookupTables
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
    private let aliasLimit: Int

    /// Opens the tables.
    package init(
        _ settings: RoutingSettings,
        classes: DomainClasses,
        pool: inout TablePool
    ) throws(RoutingConfigurationError) {
        self.classes = classes
        aliases = try pool.list(settings.virtualAliasMaps, for: .virtualAliasMaps)
        relocated = try pool.list(settings.relocatedMaps, for: .relocatedMaps)
        local = try pool.list(settings.localRecipientMaps, for: .localRecipientMaps)
        mailboxes = try pool.list(settings.virtualMailboxMaps, for: .virtualMailboxMaps)
        relay = try pool.list(settings.relayRecipientMaps, for: .relayRecipientMaps)
        keys = AddressKeys(settings)
        aliasLimit = settings.virtualAliasExpansionLimit
    }

    /// Judges a recipient that an ``AddressResolver`` has resolved.
    ///
    /// A class without tables has no unknown recipients, but for virtual aliases.
    package func validate(_ resolution: Resolution) async -> RecipientVerdict {
        do throws(LookupError) {
            return try await judge(resolution)
        } catch {
            return .temporaryFailure(error)
        }
    }

    private func judge(_ resolution: Resolution) async throws(LookupError) -> RecipientVerdict {
        let address = resolution.recipient
        let isOwn = try await classes.own.contains(address.domainKey)
        let keys = keys.all(address, isOwnDomain: isOwn)
        if let alias = try await aliases.first(of: keys) {
            // Said here it delays one recipient; cleanup could only refuse the whole message.
            guard AliasResult.parse(alias.text, limit: aliasLimit) != nil else {
                throw LookupError(
                    table: aliases.use.parameter,
                    reason: "the result for \"\(alias.key.text)\" is no list of addresses"
                )
            }
            return .exists
        }
        // A user who moved is told so when the message is delivered, with the new address.
        if try await relocated.first(of: keys) != nil { return .exists }
        if resolution.domainClass == .virtualAlias { return .unknown(.virtualAlias) }
        if case .reject(let text) = resolution.action { return .refused(text) }
        let (tables, place): (TableList, RecipientVerdict.UnknownIn)
        switch resolution.domainClass {
        case .local: (tables, place) = (local, .local)
        case .virtualMailbox: (tables, place) = (mailboxes, .virtualMailbox)
        case .relay: (tables, place) = (relay, .relay)
        case .virtualAlias, .other: return .exists
        }
        guard !tables.isEmpty, try await tables.first(of: keys) == nil else { return .exists }
        return .unknown(place)
    }
}
