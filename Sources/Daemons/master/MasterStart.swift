// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import EventLoop
internal import Glibc
internal import Instance
internal import Logging
internal import MailConfiguration
internal import POSIX
internal import Service

/// The order of master's start: read, check, log, folders, lock, listeners, loop.
enum MasterStart {
    /// Descriptors that master and its children may have open, as far as the hard limit lets them: 20,000 sessions of a
    /// log-in process that carries their TLS, or 10,000 of an imapd, each in a mailbox of its own.
    private static let openFiles: Int64 = 65_536

    /// Runs master until it is told to stop.
    static func run(_ commandLine: [String]) -> Never {
        _ = signal(SIGPIPE, SIG_IGN)
        _ = linux_file_limit(openFiles)
        let arguments: MasterArguments
        do throws(StartUpError) {
            arguments = try MasterArguments(commandLine)
        } catch {
            StartReport(toParent: false, toTerminal: true).fail(["master: \(error)"])
        }
        let report = StartReport(toParent: arguments.reportsReadiness, toTerminal: arguments.isForeground)
        let (configuration, diagnostics) = InstanceConfiguration.load(directory: arguments.configDirectory)
        guard !diagnostics.containsErrors else {
            report.fail(diagnostics.filter { $0.severity != .info }.map(\.description))
        }
        do {
            let logs = try MasterLog(configuration, isForeground: arguments.isForeground)
            let log = logs.logger
            for diagnostic in diagnostics where diagnostic.severity == .warning { log.warning("\(diagnostic.logText)") }
            if Sandbox.landlockVersion == 0 {
                log.warning("this kernel has no Landlock: user ids and seccomp alone hold what a daemon may reach")
            }
            try InstanceFolders.prepare(configuration)
            let lock = try InstanceLock.take(configuration.processIDFile)
            umask(0o077)
            let supervisor = try Loop.run {
                let listeners = try ListenerPool.binding(
                    configuration.services.flatMap(\.listeners),
                    patience: 20
                )
                let supervisor = Supervisor(configuration, listeners, log: log, standardError: logs.standardError)
                try supervisor.start()
                return supervisor
            }
            log.notice("daemon started -- version \(version(configuration)), configuration \(configuration.directory)")
            report.ready()
            notifySupervisor("READY=1\nSTATUS=Accepting connections")
            EventLoop.shared.run()
            Loop.run { supervisor.finish() }
            lock.remove()
            log.notice("stopped")
            exit(0)
        } catch let problems as ListenerPool.Failure {
            report.fail(problems.diagnostics.map(\.description))
        } catch {
            report.fail(["\(error)"])
        }
    }

    /// The version that people see.
    static func version(_ configuration: InstanceConfiguration) -> String {
        configuration.main[GeneralParameters.mailVersion]
    }
}
