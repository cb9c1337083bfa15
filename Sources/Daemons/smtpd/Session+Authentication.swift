// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import Logging
internal import POSIX
internal import SASL
internal import SMTPProtocol
internal import Service

/// AUTH (RFC 4954): the exchange is between the client and the auth service; smtpd only carries it.
extension Session {
    /// Offers the mechanisms of the auth service, as far as the security options allow them.
    func offer(_ auth: AuthClient) async {
        let settings = shared.server.settings
        let mechanisms = await auth.mechanisms().filter { !$0.properties.contains(.private) }
        let allowed = mechanisms.filter { Self.isAllowed($0, settings.tlsSecurityOptions) }
        engine.configuration.mechanisms = allowed.map(\.name)
        engine.configuration.mechanismsForTLSOnly = Set(
            allowed.filter { !Self.isAllowed($0, settings.securityOptions) }.map(\.name)
        )
        if mechanisms.isEmpty {
            log.warning("the auth service at \(settings.authPath) offers nothing: AUTH is not offered")
        }
    }

    /// `smtpd_sasl_security_options`: what a mechanism must not be.
    private static func isAllowed(_ mechanism: AuthMechanism, _ options: Set<String>) -> Bool {
        let has = mechanism.properties.contains
        if options.contains("noanonymous") && has(.anonymous) { return false }
        if options.contains("noplaintext") && has(.plaintext) { return false }
        if options.contains("nodictionary") && has(.dictionary) { return false }
        if options.contains("noactive") && has(.active) { return false }
        if options.contains("forward_secrecy") && !has(.forwardSecrecy) { return false }
        return !options.contains("mutual_auth") || has(.mutualAuth)
    }

    func authenticate(_ command: AuthCommand) async -> SMTPServerAction {
        guard let auth = shared.auth else { return engine.authenticationFailed(.authenticationUnavailable) }
        let info = auth.connectionInfo(
            local: try? connection.localAddress(),
            remote: try? connection.peerAddress(),
            security: connection.isSecure ? .tls : .none
        )
        let exchange = auth.exchange(command.mechanism, info)
        authExchange = exchange
        saslMethod = command.mechanism
        return conclude(await exchange.begin(command.initialResponse))
    }

    func respond(_ response: SASLSecret) async -> SMTPServerAction {
        guard let authExchange else { return engine.authenticationFailed(.authenticationUnavailable) }
        return conclude(await authExchange.respond(response))
    }

    private func conclude(_ step: AuthStep) -> SMTPServerAction {
        switch step {
        case .challenge(let data): return engine.challenge(data)
        case .success(let success):
            authExchange = nil
            return engine.authenticated(user: success.user)
        case .failure(let failure):
            authExchange = nil
            if failure.code == .temporary {
                log.warning(
                    "\(clientLabel): SASL \(saslMethod) authentication failed: the auth service is not available"
                )
                return engine.authenticationFailed(.authenticationUnavailable)
            }
            // The form that fail2ban's postfix filter looks for.
            log.warning("\(clientLabel): SASL \(saslMethod) authentication failed: authentication failure")
            return engine.authenticationFailed()
        }
    }
}
