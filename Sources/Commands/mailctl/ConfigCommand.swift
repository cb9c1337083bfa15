// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import MailConfiguration
internal import SystemPackage

/// `mailctl config`: shows and changes main.cf, as postconf(1) does.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Shows parameters of main.cf, or changes them.",
        discussion: "Without options all parameters that relais acts on, with their values unexpanded."
    )

    @OptionGroup var option: ConfigurationOption
    @Flag(name: [.customShort("n"), .long], help: "Only what is set, not what is at its default.")
    var nonDefault = false
    @Flag(name: [.customShort("d"), .long], help: "The defaults, whether they are in force or not.")
    var defaults = false
    @Flag(name: [.customShort("x"), .long], help: "Replace $name by its value.")
    var expand = false
    @Flag(name: [.customShort("H"), .long], help: "The values without the names.")
    var hideNames = false
    @Flag(name: [.customShort("e"), .long], help: "Change main.cf: name=value …")
    var edit = false
    @Flag(name: [.customShort("X"), .long], help: "Take parameters out of main.cf.")
    var remove = false
    @Flag(help: "Explain the parameters: their type, default and meaning.")
    var explain = false
    @Argument(help: "Parameters; with -e name=value.") var names: [String] = []

    func validate() throws {
        guard [nonDefault, defaults, edit, remove].filter({ $0 }).count <= 1 else {
            throw ValidationError("-n, -d, -e and -X exclude each other")
        }
        guard !(edit || remove) || !names.isEmpty else { throw ValidationError("-e and -X want parameters") }
    }

    func run() throws {
        if edit || remove || names.contains(where: { $0.contains("=") }) { return try change() }
        let main = try option.main()
        let listed = defaults ? main.defaults : nonDefault ? main.changed : main.all
        guard !names.isEmpty else {
            for entry in listed { show(entry, main) }
            return
        }
        var unknown: [String] = []
        for name in names {
            if let entry = listed.first(where: { $0.name == name }) {
                show(entry, main)
            } else if let value = main.value(named: name), !nonDefault, !defaults {
                // A parameter of a transport, whose name follows from master.cf.
                Output.line(hideNames ? value : "\(name) = \(value)")
            } else if !nonDefault || main.row(named: name) == nil {
                unknown.append(name)
            }
        }
        guard let first = unknown.first else { return }
        let near = NearestName.find(first, in: main.all.map(\.name)).map { "did you mean \($0)?" } ?? ""
        throw CommandFailure("\(unknown.joined(separator: ", ")): unknown parameter", advice: near)
    }

    private func show(_ entry: MainConfiguration.Listed, _ main: MainConfiguration) {
        let value = expand ? main.expand(entry.value) ?? entry.value : entry.value
        if explain, let row = main.row(named: entry.name) {
            Output.line("\(Output.styled(entry.name, .bold)) = \(value)")
            Output.line("    \(row.summary)")
            Output.line(
                Output.styled(
                    "    Type: \(row.typeName). Default: \(row.defaultText.isEmpty ? "empty" : row.defaultText)",
                    .dim
                )
            )
            if let reason = row.reason { Output.line(Output.styled("    \(reason)", .dim)) }
        } else if hideNames {
            Output.line(value)
        } else {
            Output.line(value.isEmpty ? "\(entry.name) =" : "\(entry.name) = \(value)")
        }
    }

    private func change() throws {
        let main = try option.main()
        var edits: [MainFileEditor.Edit] = []
        for text in names {
            do throws(BadValue) {
                edits.append(remove ? .remove(name: text) : try MainFileEditor.Edit(text))
            } catch {
                throw CommandFailure("\(text): \(error.message)", advice: "mailctl config -e name=value")
            }
        }
        for case .set(let name, let value) in edits {
            guard let row = main.row(named: name), let expanded = main.expand(value) else { continue }
            guard !row.isTemplate, let problem = row.problem(with: expanded) else { continue }
            let hint = problem.suggestion.map { "did you mean \($0)?" } ?? ""
            throw CommandFailure("\(name): \(problem.message); main.cf is as it was", advice: hint)
        }
        do throws(Errno) {
            try MainFileEditor.apply(edits, toMainFileIn: option.directory)
        } catch {
            throw CommandFailure("\(option.directory)/main.cf cannot be changed: \(error)")
        }
    }
}
