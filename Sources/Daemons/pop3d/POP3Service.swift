// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import MailSession

/// What the sessions of the process share.
@Loop
final class POP3Service {
    let log: Logger
    private var sessions: [ObjectIdentifier: POP3Session] = [:]

    init(_ log: Logger) {
        self.log = log
    }

    /// Runs a session until its end.
    func serve(_ client: MailClient) async {
        let session = POP3Session(client, log)
        sessions[ObjectIdentifier(session)] = session
        await session.run()
        sessions[ObjectIdentifier(session)] = nil
    }

    /// Ends all sessions.
    func shutDown() {
        for session in sessions.values { session.stop() }
    }
}
