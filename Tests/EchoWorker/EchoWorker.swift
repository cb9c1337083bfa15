// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Glibc
internal import MailConfiguration
internal import POSIX
internal import Service

/// A daemon for the tests of master: it answers lines, and misbehaves where it is told to.
///
/// Its arguments in master.cf: `die` ends it before it serves, `hang` keeps it from ever serving, `limit=N` sets its
/// client limit, `reload` has it take a new configuration in place, except where `mail_name` is `refused`.
@main
struct EchoWorker: Daemon {
    static let name = "echo-worker"
    static let rights = Rights(user: .mailOwner, reads: [.configuration], callers: ["*": [.everybody]])

    private let mailName: String

    static func prepare(_ start: StartUp) throws -> EchoWorker {
        if start.arguments.contains("die") { throw StartUpError("told to die") }
        if start.arguments.contains("hang") { while true { pause() } }
        return EchoWorker(mailName: start.main.value(named: "mail_name") ?? "")
    }

    // Its misbehaviour is for master to deal with, so nothing is wrong with the configuration.
    static func check(_ start: StartUp) {}

    @Loop func serve(_ worker: Worker) throws {
        var wakeUps = 0
        var mailName = mailName
        if worker.start.arguments.contains("reload") {
            worker.onReload = { start in
                let new = start.main.value(named: "mail_name") ?? ""
                guard new != "refused" else { throw StartUpError("told to refuse") }
                mailName = new
            }
        }
        worker.wokenUp = { wakeUps += 1 }
        for argument in worker.start.arguments where argument.hasPrefix("limit=") {
            worker.clientLimit = Int(argument.dropFirst(6)) ?? 1
        }
        worker.serveSessions { connection, _, listener in
            while let line = try? await connection.readLine(limit: 100) {
                switch String(decoding: line, as: UTF8.self) {
                case "pid": connection.post("\(processID)\n")
                case "name": connection.post("\(mailName)\n")
                case "listener": connection.post("\(listener.name)\(listener.isTLS ? "+ssl" : "")\n")
                case "woken": connection.post("\(wakeUps)\n")
                case "crash": abort()
                case "exit": exit(7)
                default: connection.post(line + [10])
                }
            }
        }
    }
}
