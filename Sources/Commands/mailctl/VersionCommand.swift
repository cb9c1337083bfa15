// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import MailConfiguration

/// `mailctl version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Prints the version of relais.")

    func run() {
        Output.line("relais \(GeneralParameters.mailVersion.defaultText)")
    }
}
