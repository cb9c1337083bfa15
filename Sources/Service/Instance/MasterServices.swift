// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
internal import POSIX

/// The services of master.cf.
struct MasterServices {
    let main: MainConfiguration
    let accounts: Accounts
    let addresses: InternetAddresses
    private(set) var services: [ServiceDefinition] = []
    private(set) var diagnostics: [Diagnostic] = []

    init(main: MainConfiguration, accounts: Accounts, addresses: InternetAddresses) {
        self.main = main
        self.accounts = accounts
        self.addresses = addresses
    }

    /// Derives the services; an entry that cannot run is reported and left out.
    mutating func derive(_ entries: [ServiceEntry]) {
        for entry in entries { derive(entry) }
    }

    private mutating func derive(_ entry: ServiceEntry) {
        let place = ConfigurationPlace(file: entry.file, line: entry.line)
        if entry.command.contains("/") {
            report(place, .error, "\(entry.command): the command is a name in daemon_directory, not a path")
            return
        }
        if entry.isChrooted {
            report(place, .info, "chroot y has no effect: each daemon of relais confines itself (Landlock, seccomp)")
        }
        guard let listeners = listeners(of: entry, place) else { return }
        services.append(
            ServiceDefinition(
                name: entry.name,
                kind: entry.kind.rawValue,
                program: entry.command,
                overrides: entry.overrides.map { "\($0.name)=\($0.value)" },
                arguments: entry.arguments,
                listeners: listeners,
                processLimit: entry.processLimit ?? main[GeneralParameters.defaultProcessLimit],
                wakeUp: entry.wakeUp,
                place: place
            )
        )
    }

    private mutating func listeners(of entry: ServiceEntry, _ place: ConfigurationPlace) -> [ListenerSpecification]? {
        if entry.kind == .inet {
            guard let endpoint = entry.endpoint else { return nil }
            do throws(InternetAddresses.Failure) {
                return try addresses.addresses(of: endpoint).map {
                    ListenerSpecification(
                        name: entry.name,
                        address: .internet($0.address),
                        isOptional: $0.isOptional,
                        place: place
                    )
                }
            } catch {
                report(place, .error, "\(entry.name): \(error.message)")
                return nil
            }
        }
        let folder = entry.isPrivate ? "private" : "public"
        let path = "\(main[GeneralParameters.queueDirectory])/\(folder)/\(entry.name)"
        let mode: UInt32 = entry.isPrivate ? 0o600 : 0o666
        let access = ListenerSpecification.Access(
            owner: accounts.isRoot ? accounts.mailOwner.uid : nil,
            group: accounts.isRoot ? accounts.mailOwner.gid : nil,
            mode: mode
        )
        return [
            ListenerSpecification(
                name: entry.name,
                address: entry.kind == .fifo ? .fifo(path: path) : .unix(path: path),
                carriesConnections: entry.kind == .pass,
                access: access,
                place: place
            )
        ]
    }

    private mutating func report(_ place: ConfigurationPlace, _ severity: Diagnostic.Severity, _ message: String) {
        diagnostics.append(place.diagnostic(severity, message))
    }
}
