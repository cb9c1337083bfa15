// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import LookupTables
internal import MailConfiguration
internal import MailRouting
internal import SMTPProtocol
internal import Service

/// Who may send what to whom: the restriction lists of main.cf, made once.
struct ServerPolicy: Sendable {
    let rewriter: AddressRewriter
    let resolver: AddressResolver
    let validator: RecipientValidator
    /// Every table behind these.
    let tables: TableList
    let networks: NetworkList
    let relayRestrictions: [any Restriction]
    let recipientRestrictions: [any Restriction]
    let clientRestrictions: [any Restriction]
    let heloRestrictions: [any Restriction]
    let senderRestrictions: [any Restriction]
    let dataRestrictions: [any Restriction]
    let rejectsUnlisted: Bool
    let replies: UnlistedReplies

    init(_ start: StartUp) throws {
        let main = start.main
        let routing = RoutingSettings(main)
        var pool = TablePool { [log = start.log] notice in log.warning("\(notice)") }
        let classes = try DomainClasses(routing, pool: &pool)
        let networks = try NetworkList(main[GeneralParameters.mynetworks], parameter: "mynetworks", pool: &pool)
        rewriter = AddressRewriter(routing)
        resolver = try AddressResolver(routing, classes: classes, pool: &pool)
        validator = try RecipientValidator(routing, classes: classes, pool: &pool)
        tables = pool.all
        self.networks = networks
        for notice in pool.notices { start.log.notice("\(notice)") }
        let table = RestrictionTable(networks: networks, log: start.log)
        clientRestrictions = try table.list(main, SMTPServerParameters.clientRestrictions)
        heloRestrictions = try table.list(main, SMTPServerParameters.heloRestrictions)
        senderRestrictions = try table.list(main, SMTPServerParameters.senderRestrictions)
        relayRestrictions = try table.list(main, SMTPServerParameters.relayRestrictions)
        recipientRestrictions = try table.list(main, SMTPServerParameters.recipientRestrictions)
        dataRestrictions = try table.list(main, SMTPServerParameters.dataRestrictions)
        rejectsUnlisted = main[SMTPServerParameters.rejectUnlistedRecipient]
        replies = UnlistedReplies(main)
        let decides = (relayRestrictions + recipientRestrictions).contains { $0.decidesRelaying }
        // Without one of them anybody could send anything anywhere.
        guard decides else {
            throw StartUpError(
                "smtpd_relay_restrictions or smtpd_recipient_restrictions must contain reject_unauth_destination, defer_unauth_destination, reject or defer"
            )
        }
    }

    /// Decides about a recipient: the lists one after another, then whether it exists.
    func judge(_ request: RestrictionRequest) async -> Verdict {
        for list in [
            clientRestrictions, heloRestrictions, senderRestrictions, relayRestrictions, recipientRestrictions,
        ] {
            let verdict = await Self.evaluate(list, request)
            if case .reject = verdict { return verdict }
        }
        guard rejectsUnlisted else { return .permit }
        return await RejectUnlistedRecipient(validator: validator, replies: replies).judge(request)
    }

    /// A permit ends its own list only; a reject ends all.
    static func evaluate(_ list: [any Restriction], _ request: RestrictionRequest) async -> Verdict {
        for restriction in list {
            let verdict = await restriction.judge(request)
            if verdict != .undecided { return verdict }
        }
        return .undecided
    }
}

/// The reply codes for recipients that do not exist.
struct UnlistedReplies: Sendable {
    let local: Int
    let virtualAlias: Int
    let virtualMailbox: Int
    let relay: Int
    let showsTable: Bool

    init(_ main: MainConfiguration) {
        local = main[SMTPServerParameters.unknownLocalRecipientRejectCode]
        virtualAlias = main[SMTPServerParameters.unknownVirtualAliasRejectCode]
        virtualMailbox = main[SMTPServerParameters.unknownVirtualMailboxRejectCode]
        relay = main[SMTPServerParameters.unknownRelayRecipientRejectCode]
        showsTable = main[SMTPServerParameters.showUserUnknownTableName]
    }
}
