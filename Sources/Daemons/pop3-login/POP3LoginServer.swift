// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import LoginService
internal import Service

/// pop3-login(8): greets POP3 clients, makes TLS, has auth say who they are, and hands them to their pop3d.
///
/// Its own user in a jail of sockets: no file, no program, no other identity; of a password it learns yes or no.
@main
struct POP3LoginServer: Daemon {
    static let name = "pop3-login"
    static let rights = LoginSettings.rights

    let settings: LoginSettings

    static func prepare(_ start: StartUp) throws -> POP3LoginServer {
        POP3LoginServer(settings: try LoginSettings(start, protocol: "pop3"))
    }

    func serve(_ worker: Worker) {
        let service = LoginService(settings, log: worker.start.log, inactive: POP3Dialogue.inactive) { client in
            await POP3Dialogue(client).run()
        }
        service.serve(worker)
    }
}
