// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import LoginService
internal import POP3Protocol
internal import Service

/// The talk with a client in the AUTHORIZATION state (RFC 1939 section 4): the engine decides, this carries out.
@Loop
final class POP3Dialogue {
    /// What a client is told who takes too long.
    nonisolated static let inactive = POP3Reply.inactive.bytes

    private let client: LoginConnection
    private var session: POP3LoginSession

    init(_ client: LoginConnection) {
        self.client = client
        var configuration = POP3LoginSession.Configuration()
        configuration.greeting = client.settings.greeting
        configuration.mechanisms = client.settings.mechanisms
        configuration.offersTLS = client.settings.tls != nil
        configuration.isTLSRequiredForPasswords = !client.settings.allowsCleartext
        session = POP3LoginSession(configuration, isTLS: client.isTLS, isSecure: client.isSecured)
    }

    /// Talks until the client is handed over or gone.
    func run() async -> LoginEnd {
        client.connection.post(session.greeting)
        do throws(ConnectionError) {
            var next = try await read()
            while let action = next {
                switch action {
                case .send(let bytes):
                    client.connection.post(bytes)
                    next = try await read()
                case .close(let bytes):
                    client.connection.post(bytes)
                    return .quit
                case .startTLS(let bytes):
                    client.connection.post(bytes)
                    if let end = await client.startTLS() { return end }
                    session.tlsStarted()
                    next = try await read()
                case .cancelAuthentication(let bytes):
                    client.cancelAuthentication()
                    client.connection.post(bytes)
                    next = try await read()
                case .authenticate(let mechanism, let initial):
                    switch await take(client.authenticate(mechanism, initial)) {
                    case .next(let action): next = action
                    case .over(let end): return end
                    }
                case .authenticationResponse(let response):
                    switch await take(client.respond(response)) {
                    case .next(let action): next = action
                    case .over(let end): return end
                    }
                }
            }
            return .disconnected
        } catch {
            if error == .tooLong { client.connection.post(POP3Reply.error("Line too long.").bytes) }
            return error == .tooLong ? .failed("Too long line") : .disconnected
        }
    }

    /// What an answer of auth leads to.
    private enum Consequence {
        case next(POP3LoginAction)
        case over(LoginEnd)
    }

    private func read() async throws(ConnectionError) -> POP3LoginAction? {
        try await client.connection.drained()
        guard let line = try await client.connection.readLine(limit: session.lineLimit) else { return nil }
        noteCleartext(line)
        return session.receive(line[...], isInputPending: client.connection.buffered > 0)
    }

    /// Remembers for the log that a password was sent, or about to be, where anybody can listen.
    private func noteCleartext(_ line: [UInt8]) {
        guard !client.arePasswordsTaken, case .command(let command) = POP3CommandParser.parse(line[...]) else { return }
        switch command {
        case .user, .pass, .auth: client.triedCleartext = true
        default: break
        }
    }

    private func take(_ step: AuthStep) async -> Consequence {
        switch step {
        case .challenge(let data): return .next(session.challenge(data))
        case .failure(let failure):
            let action = session.authenticationFailed(Self.reply(failure))
            guard client.hasFailedTooOften, case .send(let bytes) = action else { return .next(action) }
            return .next(.close(bytes + POP3Reply.error("Too many failed log-ins.").bytes))
        case .success(let success):
            let input = client.connection.take()
            guard let error = await client.handOver(success, tag: "", input: input) else { return .over(.handedOver) }
            client.connection.post(POP3Reply.error(.temporary, error).bytes)
            return .over(.failed("the mail process has not taken the session"))
        }
    }

    private static func reply(_ failure: AuthFailure) -> POP3Reply {
        switch failure.code {
        case .temporary: .authenticationUnavailable
        case .loginDisabled: .error(.authentication, failure.reason ?? "Login is disabled for this user.")
        case .authorization: .error(.authentication, failure.reason ?? "Authorization failed.")
        case .userDisabled: .error(.authentication, failure.reason ?? "Account is disabled.")
        case .passwordExpired: .error(.authentication, failure.reason ?? "Password expired.")
        case .credentials, .other: .error(.authentication, failure.reason ?? "Authentication failed.")
        }
    }
}
