// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import MailConfiguration
internal import MailSession

/// What the sessions of the process share.
@Loop
final class IMAPService {
    let log: Logger
    let names: NamespaceNames
    let hub = MailboxHub()
    private var sessions: [ObjectIdentifier: IMAPSession] = [:]

    init(_ log: Logger, _ configuration: DovecotConfiguration) {
        self.log = log
        names = NamespaceNames(configuration.inboxNamespace)
    }

    /// What a client that has logged in may use.
    static let capabilities = [
        "IMAP4rev1", "SASL-IR", "LITERAL+", "ID", "ENABLE", "IDLE", "NAMESPACE", "UIDPLUS", "UNSELECT", "CHILDREN",
        "LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE", "MOVE",
    ]

    /// Runs a session until its end.
    func serve(_ client: MailClient) async {
        let session = IMAPSession(client, self)
        sessions[ObjectIdentifier(session)] = session
        await session.run()
        sessions[ObjectIdentifier(session)] = nil
    }

    /// Tells all clients goodbye.
    func shutDown() {
        for session in sessions.values { session.sayGoodbye("Server shutting down.", logged: "Server shutting down") }
    }
}
