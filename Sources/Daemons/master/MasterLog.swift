// SPDX-License-Identifier: Apache-2.0
internal import Instance
internal import Logging
internal import Logs
internal import MailConfiguration
internal import POSIX
internal import Synchronization
internal import SystemPackage

/// Where master's lines go, and its workers' standard error.
struct MasterLog {
    private static let installed = Mutex(false)
    /// Whether loggers go where the configuration says.
    static var isInstalled: Bool { installed.withLock { $0 } }

    let logger: Logger
    /// For workers: a runtime's last words; nil is /dev/null.
    let standardError: Int32?

    /// Opens the log of main.cf; in the foreground standard error gets every line too.
    init(_ configuration: InstanceConfiguration, isForeground: Bool) throws {
        let main = configuration.main
        let file = main[GeneralParameters.maillogFile]
        let isStandardError = file == "/dev/stdout" || file == "/dev/stderr"
        let destination: LogSink.Destination =
            isStandardError
            ? .standardError : file.isEmpty ? .syslog(facility: main[GeneralParameters.syslogFacility]) : .file(file)
        let program = "\(main[GeneralParameters.syslogName])/master"
        let sink: LogSink
        do throws(Errno) {
            sink = try LogSink(destination)
        } catch {
            throw OpenFailure(description: "maillog_file \(file): \(error)")
        }
        let isElsewhere = !isStandardError && !(file.isEmpty && (!Self.hasSyslog || Self.hasJournalAsTerminal))
        let terminal = try isForeground && isElsewhere ? LogSink(.standardError) : nil
        LoggingSystem.bootstrap { _ in
            let handler = MailLogHandler(sink: sink, program: program)
            guard let terminal else { return handler }
            return MultiplexLogHandler([handler, MailLogHandler(sink: terminal, program: program)])
        }
        Self.installed.withLock { $0 = true }
        logger = Logger(label: "master")
        if isForeground || isStandardError {
            standardError = 2
        } else if file.isEmpty {
            standardError = nil
        } else {
            standardError = (try? Descriptor.open(file, .append, permissions: 0o640))?.release()
        }
        try Self.giveToDaemons(file, configuration)
    }

    /// Workers append to the file as `mail_owner`.
    private static func giveToDaemons(_ file: String, _ configuration: InstanceConfiguration) throws(OpenFailure) {
        guard configuration.accounts.isRoot, !file.isEmpty, !file.hasPrefix("/dev/") else { return }
        do throws(Errno) {
            let owner = configuration.accounts.mailOwner
            let opened = try Descriptor.open(file, .append, permissions: 0o640)
            if try opened.status().kind == .regular { try opened.setOwner(owner.uid, group: nil) }
        } catch {
            throw OpenFailure(description: "maillog_file \(file): \(error)")
        }
    }

    /// Whether standard error leads into systemd's journal, which gets the lines of syslog anyway.
    private static var hasJournalAsTerminal: Bool {
        guard let status = try? fileStatus("/proc/self/fd/2") else { return false }
        return isJournal(environmentValue("JOURNAL_STREAM"), device: status.device, inode: status.inode)
    }

    /// Whether a stream is the one that JOURNAL_STREAM names, `device:inode` (systemd.exec(5)).
    static func isJournal(_ name: String?, device: UInt64, inode: UInt64) -> Bool {
        name == "\(device):\(inode)"
    }

    private static var hasSyslog: Bool { (try? fileStatus("/dev/log")) != nil }

    /// Why the log cannot be opened.
    struct OpenFailure: Error, CustomStringConvertible {
        let description: String
    }
}

extension Diagnostic {
    /// The line for the log, whose level tells the severity.
    var logText: String {
        let hint = suggestion.map { "; did you mean \"\($0)\"?" } ?? ""
        return (line > 0 ? "\(file):\(line): " : "\(file): ") + message + hint
    }
}
