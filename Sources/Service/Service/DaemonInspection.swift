// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Logging
internal import MailConfiguration
internal import POSIX

/// What an executable does instead of serving, `--check` and `--rights`, without changing anything.
struct DaemonInspection<D: Daemon> {
    private let arguments: DaemonArguments

    /// A look at a table that does not answer must end.
    private static var patience: UInt32 { 60 }

    init(_ arguments: DaemonArguments) {
        self.arguments = arguments
    }

    /// Prints every problem that a start would have; the exit status is 1 where one keeps it from serving.
    func check() -> Never {
        setWatchdog(seconds: Self.patience)
        do {
            let (start, diagnostics) = try StartUp.read(arguments, daemon: D.name) { main in
                let dovecot = try? Self.dovecot(arguments)
                LoggingSystem.bootstrap { _ in CheckLog(main, dovecot) }
            }
            for diagnostic in diagnostics where diagnostic.severity != .info {
                writeStandardOutput("\(diagnostic)\n")
            }
            do {
                try D.check(start)
                _ = try D.rights.first.sandbox(start)
                if D.rights.first.user == .login { _ = try start.identity(named: start.loadDovecot().loginUser) }
            } catch {
                start.log.error("\(error)")
                exit(1)
            }
            exit(diagnostics.containsErrors ? 1 : 0)
        } catch {
            writeStandardOutput("error: \(error)\n")
            exit(1)
        }
    }

    /// Prints what the daemon declares, and the sandboxes that follow from the configuration.
    func printRights() -> Never {
        setWatchdog(seconds: Self.patience)
        var sandboxes: [Sandbox]?
        var problem: String?
        do {
            let (start, _) = try StartUp.read(arguments, daemon: D.name) { _ in
                LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
            }
            var all = try ([D.rights.first] + D.rights.later).map { stage throws(StartUpError) in
                try stage.sandbox(start)
            }
            if D.rights.jail != nil, start.isRoot { all[0] = Sandbox(calls: all[0].calls) }
            try D.prepare(start).refine(&all[0])
            sandboxes = all
        } catch {
            problem = "\(error)"
        }
        let report = RightsReport(name: D.name, rights: D.rights, sandboxes: sandboxes, problem: problem)
        writeStandardOutput("\(report.line)\n")
        exit(0)
    }

    private static func dovecot(_ arguments: DaemonArguments) throws -> DovecotConfiguration {
        DovecotConfiguration.load(file: "\(arguments.configDirectory)/dovecot.conf", source: .init(.system)).0
    }
}
