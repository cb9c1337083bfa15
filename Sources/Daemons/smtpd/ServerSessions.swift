// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import Service

/// The sessions of this process, and what they share.
@Loop
final class ServerSessions {
    let server: SMTPServer
    let log: Logger
    let cleanup: CleanupClient
    /// nil without `smtpd_sasl_auth_enable`.
    let auth: AuthClient?
    private var sessions: [ObjectIdentifier: Session] = [:]
    private var sessionsByClient: [String: Int] = [:]

    init(_ server: SMTPServer, _ start: StartUp) {
        self.server = server
        log = start.log
        cleanup = CleanupClient(path: start.publicSocket("cleanup"))
        auth =
            server.settings.offersAuthentication
            ? AuthClient(path: server.settings.authPath, service: server.settings.authService) : nil
    }

    /// The service stops: clients are told, at once or after the message that they are sending.
    func stop() {
        sessions.values.forEach { $0.stop() }
    }

    /// Counts a session of a client; false when it has too many (`smtpd_client_connection_count_limit`).
    func enter(_ session: Session, _ client: String, isExempt: Bool) -> Bool {
        sessions[ObjectIdentifier(session)] = session
        let count = sessionsByClient[client, default: 0] + 1
        sessionsByClient[client] = count
        let limit = server.settings.connectionLimit
        return isExempt || limit == 0 || count <= limit
    }

    /// A session of a client has ended.
    func leave(_ session: Session, _ client: String) {
        sessions[ObjectIdentifier(session)] = nil
        guard let count = sessionsByClient[client] else { return }
        sessionsByClient[client] = count > 1 ? count - 1 : nil
    }
}
