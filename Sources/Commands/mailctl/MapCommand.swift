// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import LookupTables
internal import MailConfiguration
internal import POSIX

/// `mailctl map`: builds lookup tables from their sources, and asks them.
struct MapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Builds the lookup table of a text file, or asks a table.",
        discussion: "A table is type:file, or a file alone: then its type is default_database_type."
    )

    @OptionGroup var option: ConfigurationOption
    @Option(name: [.customShort("q"), .long], help: "Print what the table has for this key instead of building it.")
    var query: String?
    @Argument(help: "The tables: hash:/etc/relais/virtual, or a file.") var tables: [String]

    func run() throws {
        let type = ((try? option.main()).map { $0[GeneralParameters.defaultDatabaseType] }) ?? "hash"
        let specifications = tables.map { $0.contains(":") ? $0 : "\(type):\($0)" }
        if let query { return try ask(specifications, query) }
        for specification in specifications {
            do throws(TableOpenError) {
                let outcome = try TableBuilder().build(specification: specification)
                for notice in outcome.notices { Output.note("\(notice)") }
                Output.line("\(outcome.path): \(outcome.count) \(outcome.count == 1 ? "entry" : "entries")")
            } catch {
                throw CommandFailure("\(error)")
            }
        }
    }

    /// The first table that knows the key; exit status 1 where none does.
    private func ask(_ specifications: [String], _ key: String) throws {
        do {
            for specification in specifications {
                let table = try TableOpener().open(specification)
                if let stale = table.staleness() { Output.note("\(stale)") }
                if let text = try table.lookup(key) { return Output.line(text) }
            }
        } catch {
            throw CommandFailure("\(error)")
        }
        throw ExitCode(1)
    }
}
