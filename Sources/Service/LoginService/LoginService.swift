// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import Logging
package import POSIX
package import Service

/// What imap-login and pop3-login share: connections before log-in, TLS, auth, and the way to the mail processes.
@Loop
package final class LoginService {
    /// How long a client may take to log in, in nanoseconds (Dovecot's three minutes).
    package static let patience = Int64.seconds(180)
    /// A client whose TLS is carried has its own and the one to its mail process; a third while it is handed over.
    private static let descriptorsEach = 3

    package let settings: LoginSettings
    let auth: AuthClient
    let log: Logger
    /// How long this service's clients may take to log in.
    let patience: Int64
    private let inactive: [UInt8]
    private let session: @Loop @Sendable (LoginConnection) async -> LoginEnd
    private var waiting: [ObjectIdentifier: LoginConnection] = [:]

    /// Makes a service; `session` talks with each client until it is logged in or gone.
    ///
    /// `inactive` is the farewell of a client that takes too long or has to go.
    package init(
        _ settings: LoginSettings,
        log: Logger,
        inactive: [UInt8],
        patience: Int64 = LoginService.patience,
        _ session: @escaping @Loop @Sendable (LoginConnection) async -> LoginEnd
    ) {
        self.patience = patience
        self.settings = settings
        self.log = log
        self.inactive = inactive
        self.session = session
        auth = AuthClient(path: settings.authSocket, service: settings.protocolName)
    }

    /// Serves the clients of a worker.
    package func serve(_ worker: Worker) {
        worker.clientLimit = SessionBounds.affordable(settings.clientLimit, descriptorsEach: Self.descriptorsEach)
        if worker.clientLimit < settings.clientLimit {
            log.warning(
                "client_limit \(settings.clientLimit): the limit of open files allows \(worker.clientLimit) sessions a process"
            )
        }
        worker.stopping = { [weak self] in self?.dismiss() }
        worker.serveSessions { connection, peer, listener in
            await self.serve(connection, peer, isTLS: listener.isTLS)
        }
    }

    /// Serves one client to the end of its session here.
    package func serve(_ connection: Connection, _ peer: SocketAddress, isTLS: Bool) async {
        let client = LoginConnection(self, connection, peer, inactive: inactive)
        waiting[ObjectIdentifier(client)] = client
        if isTLS {
            if let end = await client.startTLS() {
                forget(client)
                return client.ended(end)
            }
        }
        let end = await session(client)
        forget(client)
        client.ended(end)
        client.connection.timeout = .seconds(10)
        await client.connection.finish()
    }

    /// The client is logged in or gone: its time does not count any longer.
    func forget(_ client: LoginConnection) {
        client.stopWaiting()
        waiting[ObjectIdentifier(client)] = nil
    }

    /// Sends those away who are not logged in.
    private func dismiss() {
        for client in waiting.values { client.dismiss(.dismissed) }
    }
}

/// How a client's time before log-in ended.
package enum LoginEnd: Equatable, Sendable {
    /// A mail process has it.
    case handedOver
    /// The client has said goodbye.
    case quit
    /// The client is gone.
    case disconnected
    /// It took too long.
    case inactive
    /// The service stops.
    case dismissed
    /// This side has had enough; the reason is for the log.
    case failed(String)
}
