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
    ///
    /// What relais needs without a line follows the lines, unless a line has its name: that line then sets the number of
    /// processes and the overrides.
    mutating func derive(_ entries: [ServiceEntry], file: String) {
        for entry in entries { derive(entry) }
        for row in ProgramTable.implied where !entries.contains(where: { $0.name == row.program }) {
            services.append(implied(row, ConfigurationPlace(file: file, line: 0)))
        }
    }

    private func implied(_ row: ProgramTable.Row, _ place: ConfigurationPlace) -> ServiceDefinition {
        ServiceDefinition(
            name: row.program,
            kind: ServiceEntry.Kind.unix.rawValue,
            program: row.program,
            listeners: [socket(row.program, .unix, isPrivate: true, program: row.program, place)],
            processLimit: main[GeneralParameters.defaultProcessLimit],
            isImplied: true,
            place: place
        )
    }

    private mutating func derive(_ entry: ServiceEntry) {
        let place = ConfigurationPlace(file: entry.file, line: entry.line)
        if let reason = ProgramTable.elsewhere[entry.name] {
            report(place, .info, "\(entry.name): not started, since \(reason)")
            return
        }
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
        return [socket(entry.name, entry.kind, isPrivate: entry.isPrivate, program: entry.command, place)]
    }

    /// A socket or pipe in the queue folder: its program's account owns it.
    private func socket(
        _ name: String,
        _ kind: ServiceEntry.Kind,
        isPrivate: Bool,
        program: String,
        _ place: ConfigurationPlace
    ) -> ListenerSpecification {
        let path = "\(main[GeneralParameters.queueDirectory])/\(isPrivate ? "private" : "public")/\(name)"
        return ListenerSpecification(
            name: name,
            address: kind == .fifo ? .fifo(path: path) : .unix(path: path),
            carriesConnections: kind == .pass,
            access: access(of: program, isPrivate: isPrivate),
            place: place
        )
    }

    private func access(of program: String, isPrivate: Bool) -> ListenerSpecification.Access {
        let row = ProgramTable.row(program)
        // Who serves strangers, or is not of relais, serves whoever reaches `public`.
        if !isPrivate, row.map({ $0.role == .network }) ?? true {
            return accounts.access(row?.role ?? .mailOwner, .everybody)
        }
        return accounts.access(row?.role ?? .mailOwner, row?.audience ?? .own)
    }

    private mutating func report(_ place: ConfigurationPlace, _ severity: Diagnostic.Severity, _ message: String) {
        diagnostics.append(place.diagnostic(severity, message))
    }
}
