// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import Logging
internal import LookupTables
internal import MailAddress
internal import MailEnvelope
internal import MailRouting
internal import MailStatus
internal import SMTPProtocol

/// The questions of the engine that policy answers.
extension Session {
    func decide(_ decision: SMTPDecision) async -> SMTPServerAction {
        switch decision {
        case .helo: return engine.accept()
        case .mail(let command):
            sender = command.sender
            recipients = []
            return engine.accept()
        case .rcpt(let command): return await decide(command)
        case .data: return await decideData()
        case .vrfy(let address): return await verify(address)
        case .etrn: return engine.reject(SMTPReply(458, EnhancedStatus(4, 0, 0), "Unable to queue messages"))
        }
    }

    private func decide(_ command: RcptCommand) async -> SMTPServerAction {
        let request = await request(for: command.recipient)
        switch await shared.server.policy.judge(request) {
        case .undecided, .permit:
            recipients.append(recipient(command))
            return engine.accept()
        case .reject(let reply):
            log.info(
                "NOQUEUE: reject: RCPT from \(clientLabel): \(reply); from=<\(sender.internalForm)> to=<\(command.recipient.internalForm)> proto=\(protocolName) helo=<\(engine.helo?.name ?? "")>"
            )
            return engine.reject(reply)
        }
    }

    private func decideData() async -> SMTPServerAction {
        let request = await request(for: sender)
        if case .reject(let reply) = await ServerPolicy.evaluate(shared.server.policy.dataRestrictions, request) {
            log.info("NOQUEUE: reject: DATA from \(clientLabel): \(reply); from=<\(sender.internalForm)>")
            return engine.reject(reply)
        }
        return engine.accept()
    }

    /// VRFY (RFC 5321 section 3.5.3): 252 for what RCPT would take, the same refusal otherwise.
    private func verify(_ text: String) async -> SMTPServerAction {
        guard let address = EmailAddress(text) else {
            return engine.reject(SMTPReply(501, EnhancedStatus(5, 1, 3), "Bad recipient address syntax"))
        }
        let verdict = await shared.server.policy.judge(request(for: address))
        if case .reject(let reply) = verdict { return engine.reject(reply) }
        return engine.accept()
    }

    private func request(for recipient: EmailAddress) async -> RestrictionRequest {
        let policy = shared.server.policy
        var resolution: Resolution?
        do throws(LookupError) {
            resolution = try await policy.resolver.resolve(policy.rewriter.rewrite(recipient))
        } catch {
            log.warning("\(error)")
        }
        return RestrictionRequest(
            client: client,
            helo: engine.helo?.name ?? "",
            user: engine.authenticatedUser,
            isTLS: connection.isSecure,
            sender: sender,
            recipient: recipient,
            resolution: resolution
        )
    }

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

    /// The envelope that cleanup gets before the content.
    func envelope() -> Envelope {
        var envelope = Envelope(
            origin: completesHeader ? .local : .remote,
            sender: sender.internalForm,
            recipients: recipients
        )
        let mail = engine.mail
        envelope.encoding = mail?.body == .eightBitMIME ? .eightBit : .sevenBit
        envelope.needsUTF8 = mail?.isSMTPUTF8 ?? false
        envelope.dsn.envelopeID = mail?.envelopeID ?? ""
        envelope.dsn.returned = mail?.returned.map { $0 == .full ? .full : .headers }
        envelope.client.name = "unknown"
        envelope.client.address = clientAddress
        envelope.client.helo = engine.helo?.name ?? ""
        envelope.client.protocolName = protocolName
        envelope.client.tls = tlsDescription
        envelope.sasl.method = engine.authenticatedUser == nil ? "" : saslMethod
        envelope.sasl.user = engine.authenticatedUser ?? ""
        return envelope
    }

    /// Whether this client's headers are completed (`local_header_rewrite_clients`).
    private var completesHeader: Bool {
        shared.server.settings.localHeaderClients.contains { word in
            switch word.lowercased() {
            case "permit_mynetworks": return isTrusted
            case "permit_sasl_authenticated": return engine.authenticatedUser != nil
            case "permit_inet_interfaces": return client?.isLoopback ?? true
            default: return false
            }
        }
    }
}
