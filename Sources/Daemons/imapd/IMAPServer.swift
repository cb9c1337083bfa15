// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
internal import MailSession
internal import POSIX
internal import Service

/// imapd: reads mail to clients that have logged in.
///
/// Fresh, it is `mail_owner` and may become another user: it waits for one session on `login/imap`, redeems its ticket at
/// `private/auth-master`, and passes it to the process of that user where there is one. Otherwise it becomes the user
/// for good, before it opens any mail: no capability, no new socket, no program, no other identity, and of all files only
/// those below the user's own root folder (and the spool folder where INBOX lies there).
@main
struct IMAPServer: Daemon {
    static let name = "imapd"
    static let rights = Rights(
        user: .mailOwner,
        capabilities: [.setUID, .setGID],
        reads: [.everything],
        writes: [.everything],
        calls: [.files, .listen, .confine],
        sockets: [.unix],
        identities: .readers,
        later: [MailService.rights],
        callers: ["*": [.login], "of a user": [.mailOwner]]
    )

    let configuration: DovecotConfiguration
    let places: MailPlaces
    let loginUser: UInt32?

    static func prepare(_ start: StartUp) throws -> IMAPServer {
        let configuration = try start.loadDovecot().forProtocol("imap")
        return IMAPServer(
            configuration: configuration,
            places: try MailPlaces(configuration, service: "imap"),
            loginUser: try start.isRoot ? Identity.named(configuration.loginUser)?.uid : nil
        )
    }

    func serve(_ worker: Worker) {
        let service = IMAPService(worker.start.log, configuration)
        let mail = MailService(worker, name: "imap", places: places) { await service.serve($0) }
        mail.stopping = { service.shutDown() }
        mail.begin(loginUser: loginUser)
    }
}
