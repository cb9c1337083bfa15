// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
package import EventLoop
internal import Logging
internal import POSIX
package import SASL
package import Service
internal import TLS

/// A connection whose user is not known yet.
@Loop
package final class LoginConnection {
    /// Failed log-ins of one connection.
    package static let attemptLimit = 10

    /// The client's connection; after a hand-over that failed, another object for the same client.
    package internal(set) var connection: Connection
    let service: LoginService
    let remote: SocketAddress
    let local: SocketAddress?
    /// Names the session in the logs of all processes.
    let session: String
    private let startTime: Int64
    private let inactive: [UInt8]
    private var timer: Timer?
    private var early: LoginEnd?

    package private(set) var isTLS = false
    private(set) var attempts = 0
    private(set) var method = ""
    private(set) var user = ""
    private var wasTemporary = false
    /// Whether the client has sent a password where nobody may.
    package var triedCleartext = false
    private var exchange: AuthExchange?

    init(_ service: LoginService, _ connection: Connection, _ remote: SocketAddress, inactive: [UInt8]) {
        self.service = service
        self.connection = connection
        self.remote = remote
        self.inactive = inactive
        local = try? connection.localAddress()
        session = String(decoding: Base64.encode(randomBytes(9)), as: UTF8.self)
        startTime = EventLoop.shared.now
        timer = Loop.after(service.patience) { [weak self] in self?.dismiss(.inactive) }
    }

    package var settings: LoginSettings { service.settings }

    /// Whether nobody can listen: TLS, or a client on this very host.
    package var isSecured: Bool {
        isTLS || (local?.ipBytes != nil && local?.ipBytes == remote.ipBytes)
    }

    /// Whether a password may be sent now.
    package var arePasswordsTaken: Bool { isSecured || settings.allowsCleartext }

    /// Whether STARTTLS, or STLS, can be given now.
    package var offersTLS: Bool { settings.tls != nil && !isTLS }

    /// Makes TLS; what the client has sent before is dropped.
    ///
    /// - Returns: Nil when it is there, otherwise the end of the client.
    package func startTLS() async -> LoginEnd? {
        guard let context = settings.tls else { return .disconnected }
        do throws(ConnectionError) {
            try await connection.startTLS(context, isServer: true)
        } catch {
            if case .tls(let reason) = error { return .failed("TLS handshaking failed: \(reason)") }
            return .disconnected
        }
        isTLS = true
        return nil
    }

    // MARK: Authentication

    /// Begins an attempt; the initial response is in base64.
    package func authenticate(_ mechanism: String, _ initialResponse: SASLSecret?) async -> AuthStep {
        attempts += 1
        method = mechanism
        let security: AuthConnectionInfo.Security = isTLS ? .tls : isSecured ? .secured : .none
        let info = service.auth.connectionInfo(local: local, remote: remote, security: security, session: session)
        let exchange = service.auth.exchange(mechanism, info)
        self.exchange = exchange
        return note(await exchange.begin(initialResponse))
    }

    /// Answers a challenge; the response is in base64.
    package func respond(_ response: SASLSecret) async -> AuthStep {
        guard let exchange else { return .failure(AuthFailure(.temporary)) }
        return note(await exchange.respond(response))
    }

    /// The client has given the attempt up.
    package func cancelAuthentication() {
        exchange?.cancel()
        exchange = nil
    }

    /// Whether it has failed so often that it should go.
    package var hasFailedTooOften: Bool { attempts >= Self.attemptLimit }

    private func note(_ step: AuthStep) -> AuthStep {
        switch step {
        case .challenge: return step
        case .success(let success): user = success.user
        case .failure(let failure):
            user = failure.user ?? user
            wasTemporary = failure.code == .temporary
        }
        exchange = nil
        return step
    }

    // MARK: The end

    /// Sends the client a farewell and ends its session.
    ///
    /// The session may be waiting for the client to read or to write, so nothing is waited for here: whoever does not
    /// take the farewell is cut off.
    func dismiss(_ end: LoginEnd) {
        guard early == nil else { return }
        early = end
        stopWaiting()
        connection.dismiss(inactive)
    }

    /// The client may take its time from now on.
    func stopWaiting() {
        timer?.cancel()
        timer = nil
    }

    /// Logs the end.
    func ended(_ end: LoginEnd) {
        cancelAuthentication()
        let reason: String
        switch early ?? end {
        case .handedOver: return
        case .quit: reason = "Aborted login"
        case .disconnected: reason = "Disconnected"
        case .inactive: reason = "Disconnected: Inactivity"
        case .dismissed: reason = "Disconnected: Shutting down"
        case .failed(let text): reason = "Disconnected: \(LoginLog.clean(text))"
        }
        service.log.info("\(reason) (\(tally)): \(facts)")
    }

    /// Logs the success.
    func loggedIn() {
        service.log.info("Login: \(facts)")
    }

    private var tally: String {
        if triedCleartext && attempts == 0 { return "tried to use disallowed plaintext auth" }
        let seconds = max(0, EventLoop.shared.now &- startTime) / 1_000_000_000
        if attempts == 0 { return "no auth attempts in \(seconds) secs" }
        if wasTemporary { return "auth service reported temporary failure" }
        return "auth failed, \(attempts) attempts in \(seconds) secs"
    }

    private var facts: String {
        LoginLog.facts(
            user: user,
            method: method,
            remote: remote.host,
            local: local?.host ?? "",
            isTLS: isTLS,
            isSecured: isSecured,
            session: session
        )
    }
}
