// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration
internal import POSIX
internal import SMTPAccess
internal import SystemPackage

/// All that master reads: the three files, the accounts, and the services that follow from them.
package struct InstanceConfiguration: Sendable {
    package let directory: String
    package let main: MainConfiguration
    /// Nil where there is no dovecot.conf: then nobody logs in and reads mail.
    package let dovecot: DovecotConfiguration?
    package let accounts: Accounts
    /// In the order of master.cf, then those of dovecot.conf.
    package let services: [ServiceDefinition]
    /// The files that all this was made of, for the workers.
    package let snapshot: ConfigurationSnapshot

    package var queueDirectory: String { main[GeneralParameters.queueDirectory] }
    package var dataDirectory: String { main[GeneralParameters.dataDirectory] }
    package var daemonDirectory: String { main[GeneralParameters.daemonDirectory] }
    /// The path of an executable.
    package func executable(_ name: String) -> String { "\(daemonDirectory)/\(name)" }
    /// Where `mailctl` finds master.
    package var controlSocket: String { Self.controlSocket(main) }
    /// The file whose lock tells that an instance runs.
    package var processIDFile: String { Self.processIDFile(main) }

    /// Where `mailctl` finds master.
    package static func controlSocket(_ main: MainConfiguration) -> String {
        "\(main[GeneralParameters.queueDirectory])/control"
    }

    /// The file whose lock tells that an instance runs.
    package static func processIDFile(_ main: MainConfiguration) -> String {
        let folder = main[GeneralParameters.processIDDirectory]
        let queue = main[GeneralParameters.queueDirectory]
        return folder.hasPrefix("/") ? "\(folder)/master.pid" : "\(queue)/\(folder)/master.pid"
    }

    /// Reads and derives everything; every problem is among the diagnostics, none is thrown.
    ///
    /// It asks the name service, so it blocks.
    package static func load(
        directory: String,
        isRoot: Bool = Privileges.isRoot,
        resolver: InternetAddresses.Resolver = .system
    ) -> (InstanceConfiguration, [Diagnostic]) {
        let facts = HostFacts.current()
        // What is checked, what master acts on and what workers get are the same bytes.
        let recorder = ConfigurationRecorder()
        let source = recorder.source
        var diagnostics = ConfigurationCheck.run(directory: directory, hostFacts: facts, source: source)
        let (master, _) = MasterConfiguration.load(directory: directory, source: source)
        let (main, _) = MainConfiguration.load(
            directory: directory,
            hostFacts: facts,
            services: master.entries,
            source: source
        )
        diagnostics += RestrictionCheck.run(main, services: master.entries) { service in
            MainConfiguration.load(
                directory: directory,
                overrides: service.overridePairs,
                hostFacts: facts,
                services: master.entries,
                source: source
            ).0
        }
        let file = "\(directory)/dovecot.conf"
        let dovecot = source.has(file) ? DovecotConfiguration.load(file: file, source: .init(source)).0 : nil
        let (accounts, missing) = Accounts.find(main: main, dovecot: dovecot, isRoot: isRoot)
        diagnostics += missing
        if let message = ForeignQueue.message(in: main[GeneralParameters.queueDirectory]) {
            diagnostics.append(foreignQueue(message, main))
        }
        let addresses = InternetAddresses(main: main, resolver: resolver)
        var derived = MasterServices(main: main, accounts: accounts, addresses: addresses)
        derived.derive(master.entries, file: "\(directory)/master.cf")
        diagnostics += derived.diagnostics
        var services = derived.services
        if let dovecot {
            var reading = DovecotServices(
                dovecot,
                file: file,
                queueDirectory: main[GeneralParameters.queueDirectory],
                accounts: accounts,
                addresses: addresses
            )
            reading.derive()
            diagnostics += reading.diagnostics
            services += reading.services
        }
        let configuration = InstanceConfiguration(
            directory: directory,
            main: main,
            dovecot: dovecot,
            accounts: accounts,
            services: services,
            snapshot: recorder.snapshot
        )
        return configuration.checked(diagnostics, masterFile: "\(directory)/master.cf")
    }

    private static func foreignQueue(_ message: String, _ main: MainConfiguration) -> Diagnostic {
        let place = main.settings[GeneralParameters.queueDirectory.name]
        return Diagnostic(
            .error,
            file: place?.file ?? "\(main.directory)/main.cf",
            line: place?.line ?? 0,
            "queue_directory: \(message) is mail in the queue of a Postfix, which relais would not deliver: let that Postfix send it, and give relais a folder of its own"
        )
    }

    /// Leaves out what has no executable, and finds listeners that collide.
    private func checked(_ found: [Diagnostic], masterFile: String) -> (InstanceConfiguration, [Diagnostic]) {
        var diagnostics = found
        var runnable: [ServiceDefinition] = []
        var taken: [ListenerSpecification.Address: ConfigurationPlace] = [:]
        for service in services {
            let path = executable(service.program)
            guard (try? fileStatus(path))?.kind == .regular else {
                if service.isImplied { continue }
                diagnostics.append(
                    service.place.diagnostic(.warning, "\(service.name): there is no \(path); it is not started")
                )
                continue
            }
            for listener in service.listeners {
                if let other = taken[listener.address] {
                    diagnostics.append(
                        listener.place.diagnostic(
                            .error,
                            "\(service.name): \(listener.address) is taken by \(other.file):\(other.line)"
                        )
                    )
                }
                taken[listener.address] = listener.place
            }
            runnable.append(service)
        }
        if runnable.allSatisfy(\.isImplied), !diagnostics.containsErrors {
            diagnostics.append(
                Diagnostic(.error, file: masterFile, line: 0, "there is no service that can be started")
            )
        }
        let configuration = InstanceConfiguration(
            directory: directory,
            main: main,
            dovecot: dovecot,
            accounts: accounts,
            services: runnable,
            snapshot: snapshot
        )
        return (configuration, diagnostics.inOrder)
    }
}
