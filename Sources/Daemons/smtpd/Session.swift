// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import LookupTables
internal import MailStatus
internal import POSIX
internal import SASL
internal import SMTPAccess
internal import SMTPProtocol
internal import Service
internal import TLS

/// One SMTP session: carries out what the engine says.
@Loop
final class Session {
    let shared: ServerSessions
    let connection: Connection
    let log: Logger
    let clientAddress: String
    let clientPort: UInt16
    var engine: SMTPServerSession
    /// What the restrictions know of the session and of its transaction.
    let access: AccessContext
    private var isStopping = false
    /// The content that comes in or is being queued; with BDAT also between two chunks.
    var content: IncomingContent?
    var authExchange: AuthExchange?
    /// The mechanism of the last AUTH.
    var saslMethod = ""
    private var reader = SMTPLineReader()
    private var counts = CommandCounts()

    init(_ shared: ServerSessions, _ connection: Connection, _ peer: SocketAddress, _ listener: StartUp.ListenerName) {
        self.shared = shared
        self.connection = connection
        log = shared.log
        clientAddress = peer.host
        clientPort = peer.port
        access = shared.server.policy.access.context(
            client: peer.ipBytes.flatMap { IPAddress(bytes: $0) },
            clientLabel: "unknown[\(peer.host)]"
        )
        engine = SMTPServerSession(shared.server.settings.engine, isTLS: shared.server.settings.isTLSFirst)
    }

    /// `unknown[192.0.2.1]`: no name, since nobody has looked it up.
    var clientLabel: String { access.clientLabel }

    var policy: AccessPolicy { shared.server.policy.access }

    func run() async {
        log.info("connect from \(clientLabel)")
        let isWelcome = shared.enter(self, clientAddress, isExempt: await isTrusted())
        connection.timeout = shared.server.settings.timeout
        do throws(ConnectionError) {
            try await converse(isWelcome)
        } catch {
            await lost(error)
        }
        shared.leave(self, clientAddress)
        content = nil
        authExchange = nil
        log.info("disconnect from \(clientLabel)\(counts.summary)")
    }

    /// Whether `smtpd_client_event_limit_exceptions` would spare the client, which by default is `mynetworks`.
    private func isTrusted() async -> Bool {
        guard access.client != nil else { return true }
        return (try? await access.isInNetworks()) ?? false
    }

    private func converse(_ isWelcome: Bool) async throws(ConnectionError) {
        if shared.server.settings.isTLSFirst { try await makeTLS() }
        guard isWelcome else {
            let reply = SMTPReply(
                421,
                EnhancedStatus(4, 7, 0),
                "\(engine.configuration.hostname) Error: too many connections from \(clientAddress)"
            )
            log.warning("too many connections from \(clientLabel)")
            await close([reply])
            return
        }
        if let auth = shared.auth { await offer(auth) }
        var action = engine.greet()
        while let next = try await carryOut(action) { action = next }
    }

    /// The service stops: the client is told so, at once or after the message that it is sending.
    func stop() {
        isStopping = true
        guard content == nil else { return }
        postFarewell()
        connection.flush()
        connection.abort()
    }

    private func postFarewell() {
        let reply = SMTPReply(
            421,
            EnhancedStatus(4, 3, 2),
            "\(engine.configuration.hostname) Service shutting down and closing transmission channel"
        )
        connection.post { reply.append(to: &$0) }
    }

    // MARK: Actions

    /// Carries an action out; the next one, or nil at the end of the session.
    private func carryOut(_ action: SMTPServerAction) async throws(ConnectionError) -> SMTPServerAction? {
        switch action {
        case .reply(let reply):
            await send(reply)
            return try await nextCommand()
        case .close(let replies):
            await close(replies)
            return nil
        case .decide(let decision):
            return await decide(decision)
        case .startTLS(let reply):
            return try await startTLS(reply)
        case .authenticate(let command):
            return await authenticate(command)
        case .authenticationResponse(let response):
            return await respond(response)
        case .cancelAuthentication(let replies, let closes):
            authExchange?.cancel()
            authExchange = nil
            if closes { return await close(replies) }
            for reply in replies { await send(reply) }
            return try await nextCommand()
        case .receiveData(let reply):
            await send(reply)
            return try await receiveData()
        case .commit:
            return engine.committed(await commit())
        case .receiveChunk(let size, let isLast, let isDiscarded):
            return try await receiveChunk(size, isLast: isLast, isDiscarded: isDiscarded)
        }
    }

    @discardableResult
    private func close(_ replies: [SMTPReply]) async -> SMTPServerAction? {
        for reply in replies { connection.post { reply.append(to: &$0) } }
        await connection.finish()
        return nil
    }

    private func send(_ reply: SMTPReply) async {
        if reply.isError && engine.isSlowedDown {
            await Loop.sleep(nanoseconds: shared.server.settings.errorSleep)
        }
        connection.post { reply.append(to: &$0) }
    }

    private func nextCommand() async throws(ConnectionError) -> SMTPServerAction? {
        // RSET, HELO or STARTTLS between two chunks: what has come must not become a part of the next message.
        if engine.transaction == nil, content != nil { abandonContent() }
        if isStopping {
            postFarewell()
            await connection.finish()
            return nil
        }
        while true {
            var found: SMTPInputLine?
            let limit = engine.lineLimit
            connection.consume { input in
                let (consumed, line) = reader.next(input, limit: limit)
                found = line
                return consumed
            }
            if let found {
                count(found)
                return engine.receive(found, isInputPending: connection.buffered > 0)
            }
            if connection.pending > Connection.highWater { try await connection.drained() }
            guard try await connection.fill() else {
                log.info("lost connection after \(phase) from \(clientLabel)")
                return nil
            }
        }
    }

    private func lost(_ error: ConnectionError) async {
        switch error {
        case .timedOut:
            log.info("timeout after \(phase) from \(clientLabel)")
            connection.forgiveTimeout()
            let text = "\(engine.configuration.hostname) Error: timeout exceeded"
            if case .close(let replies) = engine.shutDown(SMTPReply(421, EnhancedStatus(4, 4, 2), text)) {
                await close(replies)
            }
        case .tls(let error): log.info("TLS failed from \(clientLabel): \(error)")
        case .closed, .cancelled:
            // The service stops or reloads.
            break
        case .system, .tooLong, .unexpectedEnd: log.info("lost connection after \(phase) from \(clientLabel)")
        }
    }

    // MARK: TLS

    private func startTLS(_ reply: SMTPReply) async throws(ConnectionError) -> SMTPServerAction? {
        guard shared.server.settings.tls != nil else { return engine.tlsUnavailable() }
        connection.post { reply.append(to: &$0) }
        try await makeTLS()
        engine.tlsStarted()
        reader = SMTPLineReader()
        return try await nextCommand()
    }

    private func makeTLS() async throws(ConnectionError) {
        guard let context = shared.server.settings.tls else { throw .closed }
        connection.timeout = shared.server.settings.startTLSTimeout
        try await connection.startTLS(context, isServer: true)
        connection.timeout = shared.server.settings.timeout
    }

    /// For the Received field and the log; empty without TLS.
    var tlsDescription: String {
        guard let security = connection.security else { return "" }
        return "\(security.version) with cipher \(security.cipher) (\(security.bits)/\(security.bits) bits)"
    }

    // MARK: Words for the log

    /// The last command, for "lost connection after …".
    var phase: String { counts.last }

    private func count(_ line: SMTPInputLine) {
        guard case .line(let bytes) = line else { return }
        counts.count(bytes)
    }
}
