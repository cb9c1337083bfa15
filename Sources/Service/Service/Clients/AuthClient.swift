// SPDX-License-Identifier: Apache-2.0
package import AuthProtocol
package import EventLoop
package import POSIX
package import SASL

/// Authenticates users through an auth service, ours or Dovecot's, over one kept connection to its client socket.
///
/// The connection is made when first needed and made anew when it was lost; many exchanges run on it at once.
@Loop
package final class AuthClient {
    private let path: String
    private let service: String
    private let limits: AuthProtocolLimits
    private let policy = RetryPolicy(absence: 0, crowd: .seconds(5))
    private var link: AuthLink?

    /// A client of the service behind the socket at `path`; `service` is `smtp`, `imap`, `pop3`.
    package init(path: String, service: String, limits: AuthProtocolLimits = AuthProtocolLimits()) {
        self.path = path
        self.service = service
        self.limits = limits
    }

    isolated deinit {
        link?.close()
    }

    /// The mechanisms that the service offers; none when it cannot be reached.
    package func mechanisms() async -> [AuthMechanism] {
        guard let link = await reach() else { return [] }
        return link.identity?.mechanisms ?? []
    }

    /// Describes the user's connection; Unix sockets have no addresses to tell.
    package func connectionInfo(
        local: SocketAddress?,
        remote: SocketAddress?,
        security: AuthConnectionInfo.Security,
        session: String? = nil
    ) -> AuthConnectionInfo {
        var info = AuthConnectionInfo(service: service, session: session, security: security)
        if let local, local.ipBytes != nil {
            info.localAddress = local.host
            info.localPort = local.port
        }
        if let remote, remote.ipBytes != nil {
            info.remoteAddress = remote.host
            info.remotePort = remote.port
        }
        return info
    }

    /// A fresh exchange for one attempt of one user; nothing is sent before `begin`.
    package func exchange(_ mechanism: String, _ connection: AuthConnectionInfo) -> AuthExchange {
        AuthExchange(self, mechanism, connection)
    }

    /// Closes the connection; exchanges that run fail for the moment.
    package func close() {
        link?.close()
        link = nil
    }

    /// The connection, with its handshake complete; nil when the service cannot be reached.
    func reach() async -> AuthLink? {
        if let link, !link.isBroken { return await link.isReady() ? link : nil }
        guard let connection = try? await policy.connect(to: .unix(path)) else { return nil }
        // Another exchange may have been faster.
        if let link, !link.isBroken {
            connection.close()
            return await link.isReady() ? link : nil
        }
        let fresh = AuthLink(connection, limits: limits)
        link = fresh
        Loop.spawn { await fresh.run() }
        return await fresh.isReady() ? fresh : nil
    }
}

/// One attempt of one user to log in.
@Loop
package final class AuthExchange {
    private let client: AuthClient
    private let mechanism: String
    private let connection: AuthConnectionInfo
    private var open: (link: AuthLink, id: UInt32)?

    init(_ client: AuthClient, _ mechanism: String, _ connection: AuthConnectionInfo) {
        self.client = client
        self.mechanism = mechanism
        self.connection = connection
    }

    isolated deinit {
        cancel()
    }

    /// Starts; the initial response is in base64, nil where there was none, empty where it was empty.
    package func begin(_ initialResponse: SASLSecret?) async -> AuthStep {
        let request = AuthRequest(mechanism: mechanism, connection: connection, initialResponse: initialResponse)
        // A kept connection may have been closed by a service that restarts: a second attempt goes to its successor.
        for _ in 0..<2 {
            guard let link = await client.reach(), let id = link.authenticate(request) else { return .unavailable }
            open = (link, id)
            if let step = await link.answer(to: id) { return ended(step) }
            open = nil
            if !link.isBroken { break }
        }
        return .unavailable
    }

    /// Answers a challenge; the response is in base64.
    package func respond(_ response: SASLSecret) async -> AuthStep {
        guard let open else { return .unavailable }
        open.link.respond(open.id, response)
        return ended(await open.link.answer(to: open.id) ?? .unavailable)
    }

    /// Gives up: the user has, or is gone.
    package func cancel() {
        guard let open else { return }
        self.open = nil
        open.link.cancel(open.id)
    }

    private func ended(_ step: AuthStep) -> AuthStep {
        if case .challenge = step { return step }
        open = nil
        return step
    }
}
