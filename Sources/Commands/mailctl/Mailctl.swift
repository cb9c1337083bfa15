// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import POSIX

/// mailctl: what an administrator runs relais with.
///
/// A person's command: it has the rights of who calls it and no others; it asks master and qmgr over their sockets.
@main
struct Mailctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailctl",
        abstract: "Runs, checks and shows the mail system relais.",
        discussion:
            "The configuration folder is that of -c, before or after the command, else of MAIL_CONFIG, else /etc/relais.",
        subcommands: [
            StartCommand.self, StopCommand.self, ReloadCommand.self, StatusCommand.self, CheckCommand.self,
            ConfigCommand.self, QueueCommand.self, MapCommand.self, VersionCommand.self,
        ]
    )

    static func main() {
        do {
            var command = try parseAsRoot(CommandLineOrder.normalized(Array(CommandLine.arguments.dropFirst())))
            try command.run()
        } catch let failure as CommandFailure {
            Output.fail(failure)
        } catch {
            exit(withError: error)
        }
    }
}
