// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import Instance
internal import MailConfiguration
internal import POSIX
internal import SystemPackage

/// `mailctl start`: has master start, and returns once every listener is bound.
struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Starts the mail system; returns when everything listens."
    )

    @OptionGroup var option: ConfigurationOption
    @Flag(name: [.customShort("f"), .long], help: "Stay in the foreground and log to standard error too.")
    var foreground = false

    func run() throws {
        let main = try option.main()
        let program = "\(main[GeneralParameters.daemonDirectory])/master"
        guard (try? fileStatus(program)) != nil else {
            let setting = main.settings["daemon_directory"].map { "\($0.file):\($0.line)" } ?? "its default"
            throw CommandFailure(
                "there is no \(program)",
                advice: "daemon_directory (\(setting)) must be the folder of relais' daemons"
            )
        }
        try option.refuseWhatServicesCannotUse("relais has not been started")
        if foreground {
            let error = becomeProgram(program, [program, "-c", option.directory, "-f"])
            throw CommandFailure("\(program) cannot be executed: \(error)")
        }
        Self.warnWithoutLog(main)
        let answer = try startInBackground(program, main)
        guard answer == "ready\n" else {
            for line in answer.split(separator: "\n") { Output.note(String(line)) }
            throw CommandFailure(
                answer.isEmpty ? "master ended without a word; the log may tell why" : "relais has not been started",
                advice: answer.isEmpty ? "mailctl start -f shows what it says" : ""
            )
        }
        try report(main)
    }

    /// Without syslog and without a log file nobody would ever learn what happens.
    private static func warnWithoutLog(_ main: MainConfiguration) {
        guard main[GeneralParameters.maillogFile].isEmpty, (try? fileStatus("/dev/log")) == nil else { return }
        Output.note(
            "mailctl: warning: there is no syslog here (/dev/log) and maillog_file is not set: log lines are lost"
        )
    }

    private func startInBackground(_ program: String, _ main: MainConfiguration) throws -> String {
        let directory = option.directory
        return try Descriptor.withPipe { reading, writing in
            var child = ChildProcess(
                path: program,
                arguments: [program, "-c", directory, "-r"],
                environment: Self.environment
            )
            child.descriptors = [writing.number]
            // A folder that somebody stood in by chance shall not be kept busy.
            child.directory = "/"
            if main[GeneralParameters.maillogFile].hasPrefix("/dev/std") { child.standard = (nil, 1, 2) }
            do throws(ChildProcess.Failure) {
                _ = try child.start()
            } catch {
                throw CommandFailure("\(program) cannot be executed: \(error)")
            }
            try writing.close()
            return String(decoding: try readToEnd(reading), as: UTF8.self)
        }
    }

    /// What master needs to know of this environment: what `import_environment` may name.
    private static var environment: [String] { environmentList() + ["SWIFT_BACKTRACE=enable=no"] }

    private func report(_ main: MainConfiguration) throws {
        let status = try? onLoop { () -> MasterStatus in
            let frames = try await ServiceConversation.master(main)
            frames.send(ControlOrder(.status))
            return try await frames.receive(MasterStatus.self)
        }
        guard let status else { return Output.line("relais has started.") }
        Output.line(
            "relais has started: master is process \(status.pid), with \(Quantity.count(status.services.count, "service"))."
        )
        let network = status.services.filter { $0.kind == "inet" || $0.program.hasSuffix("-login") }
        for service in network where !service.listeners.isEmpty {
            Output.line("  \(service.program) listens on \(service.listeners.joined(separator: ", "))")
        }
    }
}
