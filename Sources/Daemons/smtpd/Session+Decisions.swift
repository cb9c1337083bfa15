// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import Logging
internal import MailAddress
internal import MailEnvelope
internal import MailStatus
internal import SMTPAccess
internal import SMTPProtocol

/// The questions of the engine, which the restrictions answer.
extension Session {
    func decide(_ decision: SMTPDecision) async -> SMTPServerAction {
        bringUpToDate()
        if case .vrfy(let text) = decision { return await verify(text) }
        let refusal = await refusal(decision)
        logNotes()
        if let refusal {
            log.info("NOQUEUE: reject: \(access.stage.logName) from \(clientLabel): \(refusal);\(circumstances)")
            if case .endOfData = decision { abandonContent() }
            return engine.reject(SMTPReply(refusal))
        }
        if case .etrn = decision {
            return engine.reject(SMTPReply(458, EnhancedStatus(4, 0, 0), "Unable to queue messages"))
        }
        return engine.accept()
    }

    /// Why the restrictions say no; nil where they do not.
    private func refusal(_ decision: SMTPDecision) async -> AccessReply? {
        switch decision {
        case .connect: await policy.connect(access)
        case .helo(let command): await policy.helo(command.name, access)
        case .mail(let command): await policy.mail(command.sender, access)
        case .rcpt(let command): await policy.recipient(command.recipient, access)
        case .data: await policy.data(only: onlyRecipient, access)
        case .endOfData: await policy.endOfData(only: onlyRecipient, access)
        case .etrn(let domain): await policy.etrn(domain, access)
        case .vrfy: nil
        }
    }

    /// VRFY (RFC 5321 section 3.5.3): 252 for what RCPT would take, the same refusal otherwise.
    private func verify(_ text: String) async -> SMTPServerAction {
        guard let address = EmailAddress(text) else {
            return engine.reject(SMTPReply(501, EnhancedStatus(5, 1, 3), "Bad recipient address syntax"))
        }
        let refusal = await policy.verify(address, access)
        logNotes()
        return refusal.map { engine.reject(SMTPReply($0)) } ?? engine.accept()
    }

    /// Tells the restrictions what the engine knows.
    private func bringUpToDate() {
        if engine.transaction == nil { access.endTransaction() }
        access.helo = engine.helo?.name
        access.user = engine.authenticatedUser
        access.isTLS = connection.isSecure
        access.spokeOutOfTurn = engine.spokeOutOfTurn
        access.recipientCount = engine.recipientCount
    }

    /// The recipient of the transaction where there is only one.
    private var onlyRecipient: EmailAddress? {
        guard let recipients = engine.transaction?.recipients, recipients.count == 1 else { return nil }
        return recipients.first?.recipient
    }

    // MARK: The log

    private func logNotes() {
        for note in access.takeNotes() {
            if note.kind == "warning" {
                log.warning("\(note.text)")
            } else {
                log.info(
                    "NOQUEUE: \(note.kind): \(note.stage.logName) from \(clientLabel): \(note.text);\(circumstances)"
                )
            }
        }
    }

    /// ` from=<…> to=<…> proto=ESMTP helo=<…>`, as far as it is known: what fail2ban and pflogsumm read.
    private var circumstances: String {
        var text = ""
        if let sender = access.sender { text += " from=<\(sender.internalForm)>" }
        if let recipient = access.recipient { text += " to=<\(recipient.internalForm)>" }
        text += " proto=\(protocolName)"
        if let helo = access.helo { text += " helo=<\(helo)>" }
        return text
    }

    // MARK: What cleanup gets

    private func recipient(_ command: RcptCommand) -> Recipient {
        var notify: Recipient.Notify = []
        if let wish = command.notify {
            // RFC 3461 section 4.1: an empty set is NEVER.
            if wish.isEmpty { notify.insert(.never) }
            if wish.contains(.success) { notify.insert(.success) }
            if wish.contains(.failure) { notify.insert(.failure) }
            if wish.contains(.delay) { notify.insert(.delay) }
        }
        return Recipient(
            address: command.recipient.internalForm,
            notify: notify,
            dsnOriginal: command.originalRecipient.map { "\($0.type);\($0.address)" } ?? ""
        )
    }

    /// `ESMTPSA` and its like (RFC 3848, RFC 6531 section 4.3).
    var protocolName: String {
        let isExtended = engine.helo?.isExtended ?? false
        let base = engine.mail?.isSMTPUTF8 == true ? "UTF8SMTP" : isExtended ? "ESMTP" : "SMTP"
        guard isExtended else { return base }
        return base + (connection.isSecure ? "S" : "") + (engine.authenticatedUser != nil ? "A" : "")
    }

    /// What cleanup gets before the content.
    func envelope() async -> MessageEnvelope {
        let mail = engine.mail
        var envelope = Envelope(
            // Whether this client's headers are completed (`local_header_rewrite_clients`).
            origin: await policy.isLocal(access) ? .local : .remote,
            sender: mail?.sender.internalForm ?? "",
            recipients: engine.transaction?.recipients.map(recipient) ?? []
        )
        envelope.encoding = mail?.body == .eightBitMIME ? .eightBit : .sevenBit
        envelope.needsUTF8 = mail?.isSMTPUTF8 ?? false
        envelope.dsn.envelopeID = mail?.envelopeID ?? ""
        envelope.dsn.returned = mail?.returned.map { $0 == .full ? .full : .headers }
        envelope.client.name = "unknown"
        envelope.client.address = clientAddress
        envelope.client.port = clientPort
        envelope.client.helo = engine.helo?.name ?? ""
        envelope.client.protocolName = protocolName
        envelope.client.tls = tlsDescription
        envelope.sasl.method = engine.authenticatedUser == nil ? "" : saslMethod
        envelope.sasl.user = engine.authenticatedUser ?? ""
        return MessageEnvelope(envelope, actions: MessageActions(access.actions))
    }
}

extension MessageActions {
    init(_ actions: AccessActions) {
        self.init()
        holds = actions.holds
        discards = actions.discards
        redirect = actions.redirect?.internalForm ?? ""
        prepended = actions.prepended
        bcc = actions.bcc.map(\.internalForm)
    }
}

extension SMTPReply {
    init(_ reply: AccessReply) {
        self.init(UInt16(clamping: reply.code), reply.status, reply.text)
    }
}
