// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
internal import MailSession
internal import POSIX
internal import Service

/// pop3d: lets clients that have logged in fetch and delete the mail of their INBOX.
///
/// Fresh, it is `mail_owner` and may become another user: it waits for one session on `login/pop3`, redeems its ticket at
/// `private/auth-master`, and passes it to the process of that user where there is one. Otherwise it becomes the user
/// for good, before it opens any mail: no capability, no new socket, no program, no other identity, and of all files only
/// those below the user's own root folder (and the spool folder where INBOX lies there).
@main
struct POP3Server: Daemon {
    static let name = "pop3d"
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

    let places: MailPlaces
    let loginUser: UInt32?

    static func prepare(_ start: StartUp) throws -> POP3Server {
        let configuration = try start.loadDovecot().forProtocol("pop3")
        return POP3Server(
            places: try MailPlaces(configuration, service: "pop3"),
            loginUser: try start.isRoot ? Identity.named(configuration.loginUser)?.uid : nil
        )
    }

    func serve(_ worker: Worker) {
        let service = POP3Service(worker.start.log)
        let mail = MailService(worker, name: "pop3", places: places) { await service.serve($0) }
        mail.stopping = { service.shutDown() }
        mail.begin(loginUser: loginUser)
    }
}
