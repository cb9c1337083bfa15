// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import LoginService
internal import Service

/// imap-login(8): greets IMAP clients, makes TLS, has auth say who they are, and hands them to their imapd.
///
/// Its own user in a jail of sockets: no file, no program, no other identity; of a password it learns yes or no.
@main
struct IMAPLoginServer: Daemon {
    static let name = "imap-login"
    static let rights = LoginSettings.rights

    let settings: LoginSettings

    static func prepare(_ start: StartUp) throws -> IMAPLoginServer {
        IMAPLoginServer(settings: try LoginSettings(start, protocol: "imap"))
    }

    func serve(_ worker: Worker) {
        let service = LoginService(settings, log: worker.start.log, inactive: IMAPDialogue.inactive) { client in
            await IMAPDialogue(client).run()
        }
        service.serve(worker)
    }
}
