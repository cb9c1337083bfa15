// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import POSIX
internal import Service

/// auth(8): says who is who, on Dovecot's auth sockets, to smtpd, the log-in daemons, deliverers and any Postfix.
///
/// Its own user and no other identity, no program. It reads password files that belong to root or to another mail
/// system's group, hence the one capability; once it knows where they are, it shuts itself in their folders, read-only.
@main
struct Auth: Daemon {
    static let name = "auth"
    static let rights = Rights(
        user: .mailOwner,
        capabilities: [.readAnything],
        reads: [.everything],
        refuses: [.spawn, .identity]
    )

    let settings: AuthSettings

    static func prepare(_ start: StartUp) throws -> Auth {
        do {
            let settings = try AuthSettings(try start.loadDovecot())
            for warning in settings.warnings { start.log.warning("\(warning)") }
            return Auth(settings: settings)
        } catch let error as AuthSettingsError {
            for line in error.errors { start.log.error("\(line)") }
            throw StartUpError("the configuration of passdb and userdb has errors")
        }
    }

    func serve(_ worker: Worker) throws {
        _ = try Self.enclosure(settings).apply()
        let service = AuthService(
            settings,
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

    /// The folders of the password files, and what the C library reads late.
    static func enclosure(_ settings: AuthSettings) -> Sandbox {
        let library = ["/etc/localtime", "/usr/share/zoneinfo", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group"]
        // A name service may live behind a socket, and in libraries that are loaded late.
        let nameService =
            settings.usesNameService
            ? ["/etc", "/lib", "/usr/lib", "/lib64", "/run/systemd/userdb", "/var/lib/sss"] : []
        return Sandbox(
            reads: library + nameService + settings.passwdFolders,
            refuses: settings.usesNameService ? [.spawn, .identity] : [.spawn, .identity, .network]
        )
    }
}
