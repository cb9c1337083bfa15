// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Glibc
internal import Instance
internal import MailConfiguration
internal import POSIX

/// `-c`: which instance a command is about.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("config")],
        help: "The folder of main.cf, master.cf and dovecot.conf."
    )
    var folder: String?

    /// The folder as an absolute path.
    var directory: String {
        let name = folder ?? environmentValue("MAIL_CONFIG") ?? "/etc/relais"
        guard !name.hasPrefix("/") else { return Self.withoutTrailingSlash(name) }
        var room = [CChar](repeating: 0, count: 4096)
        guard unsafe getcwd(&room, room.count) != nil else { return name }
        let here = String(decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return Self.withoutTrailingSlash(name == "." ? here : "\(here)/\(name)")
    }

    /// Asks the executables of all services whether they can serve with the configuration (`--check`).
    ///
    /// Errors that master finds itself are left to it.
    ///
    /// - Throws: `CommandFailure` with this text where one cannot.
    func refuseWhatServicesCannotUse(_ failure: String) throws(CommandFailure) {
        let (configuration, found) = InstanceConfiguration.load(directory: directory)
        guard !found.containsErrors else { return }
        let errors = ServiceCheck(configuration).run(known: found).filter { $0.severity == .error }
        guard !errors.isEmpty else { return }
        for error in errors { Output.note("\(error)") }
        throw CommandFailure(failure, advice: "correct what is said above; mailctl check shows warnings too")
    }

    private static func withoutTrailingSlash(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? withoutTrailingSlash(String(path.dropLast())) : path
    }

    /// main.cf, which must be readable; its other problems are `mailctl check`'s to tell.
    func main() throws(CommandFailure) -> MainConfiguration {
        let directory = directory
        guard (try? fileStatus("\(directory)/main.cf")) != nil else {
            throw CommandFailure(
                "there is no \(directory)/main.cf",
                advice: "name the configuration folder with -c, or in MAIL_CONFIG"
            )
        }
        return MainConfiguration.load(directory: directory, hostFacts: .current()).0
    }
}
