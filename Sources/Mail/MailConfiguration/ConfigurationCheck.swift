// SPDX-License-Identifier: Apache-2.0

/// The check of a whole folder of configuration, as `mailctl check` and a reload want it: every problem at once.
package enum ConfigurationCheck {
    /// Reads main.cf, master.cf with the overrides of every service, and dovecot.conf where there is one.
    ///
    /// - Parameters:
    ///   - directory: The folder of the files.
    ///   - hostFacts: The host that defaults depend on.
    ///   - source: Where the files come from.
    /// - Returns: What is to be said, file by file; a configuration may be used where none of it is an error.
    package static func run(
        directory: String,
        hostFacts: HostFacts,
        source: ConfigurationSource = .system
    ) -> [Diagnostic] {
        let (master, masterDiagnostics) = MasterConfiguration.load(directory: directory, source: source)
        let (_, mainDiagnostics) = MainConfiguration.load(
            directory: directory,
            hostFacts: hostFacts,
            services: master.entries,
            source: source
        )
        let main = (try? source.read("\(directory)/main.cf").get()) ?? []
        let overrides = check(master.entries, main: main, directory: directory, hostFacts: hostFacts, source: source)
        let masters = (masterDiagnostics + overrides).enumerated().sorted {
            ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
        }
        let dovecot = "\(directory)/dovecot.conf"
        return mainDiagnostics + masters.map(\.element)
            + (source.has(dovecot) ? DovecotConfiguration.load(file: dovecot, source: .init(source)).1 : [])
    }

    /// Checks the overrides of services against a main.cf.
    ///
    /// - Parameters:
    ///   - services: The services of master.cf.
    ///   - main: The bytes of main.cf.
    ///   - directory: The folder of both.
    ///   - hostFacts: The host that defaults depend on.
    ///   - source: Where other files come from.
    /// - Returns: What is to be said about the overrides alone.
    package static func check(
        _ services: [ServiceEntry],
        main: [UInt8],
        directory: String,
        hostFacts: HostFacts,
        source: ConfigurationSource = .system
    ) -> [Diagnostic] {
        services.filter { !$0.overrides.isEmpty }.flatMap { service in
            MainConfiguration.parse(
                main,
                file: "\(directory)/main.cf",
                directory: directory,
                overrides: service.overridePairs,
                overridePlace: (service.file, service.line),
                hostFacts: hostFacts,
                services: services,
                source: source
            ).1.filter { $0.file == service.file }
        }
    }
}
