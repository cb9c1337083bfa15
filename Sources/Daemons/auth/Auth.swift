// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import POSIX
internal import Service

/// auth(8): says who is who, on Dovecot's auth sockets, to smtpd, the log-in daemons, deliverers and any Postfix.
///
/// Its own user and no other identity, no capability, no program. Files that its user cannot read are read once, at the
/// start. It sees the folders of the password files, read-only, and with `userdb { driver = passwd }` what the name
/// service reads.
@main
struct Auth: Daemon {
    static let name = "auth"
    static let rights = Rights(
        user: .mailOwner,
        reads: [.configuration],
        sockets: [.unix],
        callers: [
            "*": [.network, .login, .configured], "-master": [.mailOwner, .root],
            "-userdb": [.mailOwner, .root, .configured],
        ]
    )

    let settings: AuthSettings
    let files: PasswdFiles.Content

    static func prepare(_ start: StartUp) throws -> Auth {
        do {
            let settings = try AuthSettings(try start.loadDovecot())
            for warning in settings.warnings { start.log.warning("\(warning)") }
            let files = PasswdFiles.Content(reading: settings.passwdFiles)
            for warning in files.warnings(for: start.mailOwner) { start.log.warning("\(warning)") }
            // The name service loads its modules when first asked, which the sandbox would not let it do.
            if settings.usesNameService { _ = try? Identity.named("relais-loads-the-name-service") }
            return Auth(settings: settings, files: files)
        } catch let error as AuthSettingsError {
            for line in error.errors { start.log.error("\(line)") }
            throw StartUpError("the configuration of passdb and userdb has errors")
        }
    }

    /// The folders of the password files, and what the name service needs; without it no socket.
    func refine(_ sandbox: inout Sandbox) {
        sandbox.reads += settings.passwdFolders
        if settings.usesNameService {
            // It may live behind a socket, and in libraries that are loaded late.
            sandbox.reads += ["/etc", "/lib", "/usr/lib", "/lib64", "/run/systemd/userdb", "/var/lib/sss"]
        } else {
            sandbox.calls.sockets = []
        }
    }

    func serve(_ worker: Worker) {
        let service = AuthService(
            settings,
            files,
            log: worker.start.log,
            sharedUser: worker.start.isRoot ? nil : Identity.effectiveUser
        )
        // One process knows the tickets; more would not know each other's.
        worker.clientLimit = 10_000
        worker.retiring = { service.leave() }
        let trusted: Set<UInt32> = [0, worker.start.mailOwner.uid, Identity.effectiveUser]
        worker.serveSessions { connection, _, listener in
            let side = AuthService.Side(listener: listener.name)
            // On sockets that dovecot.conf names, the mode of the socket says who may ask.
            if side == .master, listener.name.hasPrefix("private/") {
                guard let uid = try? connection.peerCredentials().uid, trusted.contains(uid) else { return }
            }
            await service.serve(connection, side)
        }
    }
}
