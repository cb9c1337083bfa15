// SPDX-License-Identifier: Apache-2.0
package import MailAddress
package import LookupTables
package import MailConfiguration
internal import MailRouting

/// Who may do what: the restriction lists of one smtpd service, made once, and the moments at which they count.
package struct AccessPolicy: Sendable {
    package let settings: AccessSettings
    package let routing: AccessRouting
    /// What is to be logged at the start: restrictions that are passed over.
    package let warnings: [String]
    private let lists: [String: [RestrictionStep]]
    private let order: [String]
    private let localClients: [RestrictionStep]

    /// Makes the lists and opens their tables.
    ///
    /// - Throws: The first restriction that cannot be used.
    package init(
        _ main: MainConfiguration,
        routing: AccessRouting,
        pool: inout TablePool
    ) throws(RestrictionError) {
        settings = AccessSettings(main)
        self.routing = routing
        var compiler = RestrictionCompiler(main, settings, routing, pool)
        lists = try compiler.lists()
        localClients = try compiler.localClients()
        warnings = compiler.warnings
        pool = compiler.pool
        let relay = SMTPServerParameters.relayRestrictions.name
        let recipient = SMTPServerParameters.recipientRestrictions.name
        order = settings.relaysFirst ? [relay, recipient] : [recipient, relay]
        if let problem = RestrictionCheck.relayProblem(main) { throw RestrictionError(problem.message) }
    }

    /// Makes the context of a session.
    package func context(client: IPAddress?, clientName: String? = nil, clientLabel: String) -> AccessContext {
        AccessContext(client: client, clientName: clientName, clientLabel: clientLabel, routing: routing)
    }

    /// Whether the header of the client's messages is completed (`local_header_rewrite_clients`).
    package func isLocal(_ context: AccessContext) async -> Bool {
        if context.client == nil { return true }
        for step in localClients {
            if case .ok = await step.restriction.judge(context) { return true }
        }
        return false
    }

    // MARK: The stages

    /// A client has connected; nil accepts.
    package func connect(_ context: AccessContext) async -> AccessReply? {
        context.stage = .connect
        return settings.delaysReject ? nil : await client(context)
    }

    /// The client names itself.
    package func helo(_ name: String, _ context: AccessContext) async -> AccessReply? {
        context.stage = .helo
        let before = context.helo
        context.helo = name
        guard !settings.delaysReject, let reply = await helo(context) else { return nil }
        context.helo = before
        return reply
    }

    /// A transaction begins.
    package func mail(_ sender: EmailAddress, _ context: AccessContext) async -> AccessReply? {
        context.stage = .mail
        context.begin(sender: sender)
        guard !settings.delaysReject, let reply = await mail(context) else { return nil }
        context.endTransaction()
        return reply
    }

    /// A recipient; with `smtpd_delay_reject` all that was put off until now counts first.
    package func recipient(_ recipient: EmailAddress, _ context: AccessContext) async -> AccessReply? {
        context.stage = .rcpt
        return await judge(recipient, context)
    }

    /// Whether RCPT would take an address (VRFY).
    package func verify(_ address: EmailAddress, _ context: AccessContext) async -> AccessReply? {
        context.stage = .vrfy
        let kept = context.transactionActions
        defer { context.transactionActions = kept }
        return await judge(address, context)
    }

    /// The content is about to come; `only` is the recipient where there is one alone.
    package func data(only: EmailAddress?, _ context: AccessContext) async -> AccessReply? {
        context.stage = .data
        context.setRecipient(only)
        return await content(SMTPServerParameters.dataRestrictions.name, .data, context)
    }

    /// The content is whole.
    package func endOfData(only: EmailAddress?, _ context: AccessContext) async -> AccessReply? {
        context.stage = .endOfData
        context.setRecipient(only)
        return await content(SMTPServerParameters.endOfDataRestrictions.name, .endOfData, context)
    }

    /// The queue of a domain is to be flushed.
    package func etrn(_ domain: String, _ context: AccessContext) async -> AccessReply? {
        context.stage = .etrn
        context.etrnDomain = domain
        if settings.delaysReject {
            if let reply = await client(context) { return reply }
            if let reply = await helo(context) { return reply }
        }
        context.memory.deferIfPermit = context.memory.afterHelo
        context.memory.deferIfReject = nil
        return await run(SMTPServerParameters.etrnRestrictions.name, .etrn, context) ?? context.memory.deferIfPermit
    }

    // MARK: One after another

    private func client(_ context: AccessContext) async -> AccessReply? {
        context.memory.deferIfPermit = nil
        context.memory.deferIfReject = nil
        let reply = await run(SMTPServerParameters.clientRestrictions.name, .client, context)
        context.memory.afterClient = context.memory.deferIfPermit
        return reply
    }

    private func helo(_ context: AccessContext) async -> AccessReply? {
        context.memory.deferIfPermit = context.memory.afterClient
        context.memory.deferIfReject = nil
        defer { context.memory.afterHelo = context.memory.deferIfPermit }
        guard context.helo != nil else { return nil }
        return await run(SMTPServerParameters.heloRestrictions.name, .helo, context)
    }

    private func mail(_ context: AccessContext) async -> AccessReply? {
        context.memory.deferIfPermit = context.memory.afterHelo
        context.memory.deferIfReject = nil
        defer { context.memory.afterSender = context.memory.deferIfPermit }
        guard let sender = context.sender else { return nil }
        if let reply = await run(SMTPServerParameters.senderRestrictions.name, .sender, context) { return reply }
        guard settings.rejectsUnlistedSender, !sender.isNull, !context.memory.isSenderValidated,
            !context.actions.discards
        else { return nil }
        let unlisted = RejectUnlisted(about: .sender, settings: settings)
        if case .reject(let reply) = await unlisted.judge(context) {
            return AccessEvaluator(context: context).final(reply)
        }
        return nil
    }

    private func judge(_ recipient: EmailAddress, _ context: AccessContext) async -> AccessReply? {
        context.setRecipient(recipient)
        if settings.delaysReject {
            if let reply = await client(context) { return reply }
            if let reply = await helo(context) { return reply }
            if let reply = await mail(context) { return reply }
        }
        context.memory.deferIfPermit = context.memory.afterSender
        context.memory.deferIfReject = nil
        for name in order {
            if let reply = await run(name, .recipient, context) { return reply }
        }
        if context.actions.discards { return nil }
        // A temporary error may have kept a restriction from refusing it.
        if let deferral = context.memory.deferIfPermit { return deferral }
        guard settings.rejectsUnlistedRecipient, !context.memory.isRecipientValidated else { return nil }
        let unlisted = RejectUnlisted(about: .recipient, settings: settings)
        if case .reject(let reply) = await unlisted.judge(context) {
            return AccessEvaluator(context: context).final(reply)
        }
        return nil
    }

    private func content(_ name: String, _ subject: AccessSubject, _ context: AccessContext) async -> AccessReply? {
        context.memory.deferIfPermit = nil
        context.memory.deferIfReject = nil
        return await run(name, subject, context) ?? context.memory.deferIfPermit
    }

    private func run(_ name: String, _ subject: AccessSubject, _ context: AccessContext) async -> AccessReply? {
        guard let list = lists[name], !list.isEmpty, !context.actions.discards else { return nil }
        guard case .reject(let reply) = await AccessEvaluator(context: context).run(list, about: subject) else {
            return nil
        }
        return reply
    }
}
