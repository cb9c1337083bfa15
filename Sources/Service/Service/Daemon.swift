// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Glibc
internal import Logging
internal import Logs
internal import MailConfiguration
internal import POSIX

/// A daemon as a declared value that the skeleton runs: `@main struct SMTPServer: Daemon { … }`.
package protocol Daemon: Sendable {
    /// The executable's name, as in log lines.
    static var name: String { get }
    /// What it may do.
    static var rights: Rights { get }
    /// Reads its parameters and opens what needs the rights of the start: keys, tables, folders.
    static func prepare(_ start: StartUp) throws -> Self
    /// Serves; called with the final rights, on the loop. It returns at once after it told `worker` how.
    @Loop func serve(_ worker: Worker) throws
}

extension Daemon {
    /// The order of a start, the same for all: inherit, read, open, drop rights, enter the sandbox, serve.
    package static func main() {
        // OpenSSL writes with write(2): a client that is gone must end its session, not the process.
        _ = signal(SIGPIPE, SIG_IGN)
        Resources.returnLargePieces()
        do {
            let start = try inherit()
            let daemon = try prepare(start)
            try dropRights(start)
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

    private static func inherit() throws -> StartUp {
        let arguments = try DaemonArguments(CommandLine.arguments)
        let source = try arguments.configuration.map { try configuration(at: $0) } ?? .system
        let (main, diagnostics) = MainConfiguration.load(
            directory: arguments.configDirectory,
            overrides: arguments.overrides,
            hostFacts: .current(),
            source: source
        )
        let service = arguments.serviceName.isEmpty ? name : arguments.serviceName
        let syslogName = main[GeneralParameters.syslogName]
        // master.cf's services that share an executable are told apart, as with Postfix' syslog_name=postfix/submission.
        let sink = try LogSink(destination(main))
        MailLogHandler.install(sink: sink, program: "\(syslogName)/\(name)")
        let log = Logger(label: name)
        for diagnostic in diagnostics where diagnostic.severity == .error { log.error("\(diagnostic)") }
        guard !diagnostics.containsErrors else { throw StartUpError("main.cf has errors") }
        return StartUp(
            daemon: name,
            serviceName: service,
            configDirectory: arguments.configDirectory,
            configurationSource: source,
            listeners: arguments.listeners,
            arguments: arguments.rest,
            main: main,
            isRoot: Privileges.isRoot,
            mailOwner: try identity(main[GeneralParameters.mailOwner]),
            log: log
        )
    }

    /// What master has handed down.
    private static func configuration(at number: Int32) throws -> ConfigurationSource {
        let file = Descriptor(owning: number)
        let bytes = try file.read(at: 0, count: file.status().size)
        guard let snapshot = ConfigurationSnapshot(encoded: bytes) else {
            throw StartUpError("master's configuration at descriptor \(number) is damaged")
        }
        return .snapshot(snapshot)
    }

    private static func destination(_ main: MainConfiguration) -> LogSink.Destination {
        let file = main[GeneralParameters.maillogFile]
        if file == "/dev/stdout" || file == "/dev/stderr" { return .standardError }
        return file.isEmpty ? .syslog(facility: main[GeneralParameters.syslogFacility]) : .file(file)
    }

    private static func identity(_ name: String) throws -> Identity {
        guard Privileges.isRoot else {
            let own = Identity.effectiveUser
            return try Identity.numbered(own) ?? Identity(name: "\(own)", uid: own, gid: Identity.effectiveGroup)
        }
        guard let identity = try Identity.named(name) else { throw StartUpError("user \(name) does not exist") }
        guard identity.uid != 0 else { throw StartUpError("user \(name) is root, which no daemon may be") }
        return identity
    }

    private static func dropRights(_ start: StartUp) throws {
        Privileges.forbidDumping()
        let sandbox = rights.sandbox(start)
        // Looked up before the jail, which has neither dovecot.conf nor the account database.
        let login = rights.user == .login ? try identity(start.loadDovecot().loginUser) : nil
        if let jail = rights.jail, start.isRoot {
            try enterJail("\(start.queueDirectory)/\(jail)")
        }
        switch rights.user {
        case .mailOwner: try Privileges.drop(to: start.mailOwner, keeping: rights.capabilities)
        case .login: if let login { try Privileges.drop(to: login, keeping: rights.capabilities) }
        case .root: break
        }
        // In a jail all paths mean something else, and there is nothing to reach.
        let inside = rights.jail != nil && start.isRoot ? Sandbox(refuses: rights.refuses) : sandbox
        guard try !inside.apply() else { return }
        start.log.debug("this kernel has no Landlock; user ids and seccomp hold alone")
    }
}
