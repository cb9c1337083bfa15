// SPDX-License-Identifier: Apache-2.0
internal import MailRouting
internal import POSIX
internal import Service

/// smtpd(8): receives mail by SMTP, decides about each recipient, and hands the message to cleanup.
///
/// Its own user; it reads tables, holds the TLS key in memory, and can neither write a file nor start a program.
@main
struct SMTPServer: Daemon {
    static let name = "smtpd"
    static let rights = Rights(
        user: .mailOwner,
        reads: [.configuration, .accounts, .tables("alias_maps")],
        sockets: [.unix],
        callers: ["*": [.everybody]]
    )

    let settings: ServerSettings
    let policy: ServerPolicy

    static func prepare(_ start: StartUp) throws -> SMTPServer {
        let settings = try ServerSettings(start)
        return SMTPServer(settings: settings, policy: try ServerPolicy(start))
    }

    func serve(_ worker: Worker) {
        let sessions = ServerSessions(self, worker.start)
        worker.stopping = { sessions.stop() }
        worker.leave(onChangeOf: policy.tables)
        worker.serveSessions { connection, peer, listener in
            await Session(sessions, connection, peer, listener).run()
        }
    }
}
