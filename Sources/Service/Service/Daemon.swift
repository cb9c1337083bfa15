// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Glibc
internal import Logging
internal import Logs
internal import MailConfiguration
package import POSIX

/// A daemon as a declared value that the skeleton runs: `@main struct SMTPServer: Daemon { … }`.
package protocol Daemon: Sendable {
    /// The executable's name, as in log lines.
    static var name: String { get }
    /// What it may do.
    static var rights: Rights { get }
    /// Reads its parameters and opens what needs the rights of the start: keys, tables, folders.
    static func prepare(_ start: StartUp) throws -> Self
    /// Does what `prepare` does as far as it needs nothing that only a start makes, such as the folders of the queue.
    static func check(_ start: StartUp) throws
    /// Adapts the sandbox of the first stage to what the configuration asks for.
    func refine(_ sandbox: inout Sandbox)
    /// Serves; called with the final rights, on the loop. It returns at once after it told `worker` how.
    @Loop func serve(_ worker: Worker) throws
}

extension Daemon {
    package static func check(_ start: StartUp) throws { _ = try prepare(start) }

    package func refine(_ sandbox: inout Sandbox) {}

    /// Serves, or does what `--check` or `--rights` asks for.
    package static func main() {
        do throws(StartUpError) {
            let arguments = try DaemonArguments(CommandLine.arguments)
            switch arguments.task {
            case .serve: serve(arguments)
            case .check: DaemonInspection<Self>(arguments).check()
            case .rights: DaemonInspection<Self>(arguments).printRights()
            }
        } catch {
            fail(Logger(label: name), error)
        }
    }

    /// The order of a start, the same for all: inherit, read, open, drop rights, enter the sandbox, serve.
    private static func serve(_ arguments: DaemonArguments) {
        // OpenSSL writes with write(2): a client that is gone must end its session, not the process.
        _ = signal(SIGPIPE, SIG_IGN)
        Resources.returnLargePieces()
        do {
            let start = try inherit(arguments)
            let daemon = try prepare(start)
            try dropRights(start, daemon)
            if let trial = Trial.run() { start.log.notice("trial first: \(trial)") }
            let worker = try Loop.run { try Worker(start, reread: Self.reread) }
            Loop.spawn {
                do {
                    try daemon.serve(worker)
                    worker.begin()
                } catch {
                    Self.fail(start.log, error)
                }
            }
            EventLoop.shared.run()
        } catch {
            Self.fail(Logger(label: name), error)
        }
    }

    private static func fail(_ log: Logger, _ error: any Error) -> Never {
        log.critical("\(error)")
        exit(1)
    }

    private static func inherit(_ arguments: DaemonArguments) throws -> StartUp {
        let (start, diagnostics) = try StartUp.read(arguments, daemon: name, rights: rights) { main in
            // Services of master.cf that share an executable share its name in the log, as with Postfix.
            let sink = try LogSink(Self.destination(main))
            MailLogHandler.install(sink: sink, program: "\(main[GeneralParameters.syslogName])/\(Self.name)")
        }
        for diagnostic in diagnostics where diagnostic.severity == .error { start.log.error("\(diagnostic)") }
        guard !diagnostics.containsErrors else { throw StartUpError("main.cf has errors") }
        return start
    }

    private static func destination(_ main: MainConfiguration) -> LogSink.Destination {
        let file = main[GeneralParameters.maillogFile]
        if file == "/dev/stdout" || file == "/dev/stderr" { return .standardError }
        return file.isEmpty ? .syslog(facility: main[GeneralParameters.syslogFacility]) : .file(file)
    }

    private static func dropRights(_ start: StartUp, _ daemon: Self) throws {
        Privileges.forbidDumping()
        guard rights.confinement == .full else {
            let role = rights.first.user.role ?? .mailOwner
            try Privileges.drop(to: start.account(role), keeping: rights.first.capabilities)
            return Privileges.forbidDumping()
        }
        var sandbox = try rights.first.sandbox(start)
        if let jail = rights.jail, start.isRoot {
            try enterJail("\(start.queueDirectory)/\(jail)")
            // In a jail all paths mean something else, and there is nothing to reach.
            sandbox = Sandbox(calls: sandbox.calls)
        }
        daemon.refine(&sandbox)
        if let role = rights.first.user.role {
            try Privileges.drop(to: start.account(role), keeping: rights.first.capabilities)
        }
        // The change of identity has allowed dumps again, as would one that failed to forbid them.
        Privileges.forbidDumping()
        try start.enter(sandbox)
    }
}
