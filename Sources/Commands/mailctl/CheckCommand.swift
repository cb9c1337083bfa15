// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Instance
internal import MailConfiguration

/// `mailctl check`: everything that is wrong with the configuration and with what it names, at once.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks main.cf, master.cf, dovecot.conf and what they name; exit status 1 when there are errors."
    )

    @OptionGroup var option: ConfigurationOption
    @Flag(name: [.customShort("q"), .long], help: "Print errors only.") var quiet = false

    func run() throws {
        let (configuration, found) = InstanceConfiguration.load(directory: option.directory)
        var check = SurroundingsCheck(configuration)
        check.run()
        let own = found + check.diagnostics
        let all = (own + ServiceCheck(configuration).run(known: own)).inOrder
        let shown = all.filter { !quiet || $0.severity == .error }
        for diagnostic in shown { Output.line(Self.styled(diagnostic)) }
        guard !all.containsErrors else { throw ExitCode(1) }
        guard !quiet else { return }
        let warnings = all.filter { $0.severity == .warning }.count
        Output.line(
            "The configuration in \(option.directory) can be used: \(Quantity.count(configuration.services.count, "service")), \(Quantity.count(warnings, "warning"))."
        )
    }

    private static func styled(_ diagnostic: Diagnostic) -> String {
        let style: Output.Style =
            switch diagnostic.severity {
            case .error: .red
            case .warning: .yellow
            case .info: .dim
            }
        return Output.styled(diagnostic.description, style)
    }
}
