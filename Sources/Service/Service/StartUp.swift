// SPDX-License-Identifier: Apache-2.0
package import Logging
package import MailConfiguration
package import POSIX
package import SystemPackage

/// What a daemon knows when it starts: its command line (Postfix' own letters), its configuration, its identities.
package struct StartUp: Sendable {
    /// One listening socket that master has handed down.
    package struct ListenerName: Sendable, Equatable {
        /// `smtp`, `private/cleanup`, `imaps`: the service's name, or that of one of its listeners.
        package let name: String
        /// TLS from the first byte.
        package let isTLS: Bool
        /// Each connection brings an accepted one, as a descriptor (type `pass` of master.cf).
        package let carriesConnections: Bool

        package init(name: String, isTLS: Bool, carriesConnections: Bool = false) {
            self.name = name
            self.isTLS = isTLS
            self.carriesConnections = carriesConnections
        }

        /// Reads the value of `-l`: a name, with `+ssl` or `+pass` behind it where that holds.
        init(argument: String) {
            let isTLS = argument.hasSuffix("+ssl")
            let isPass = argument.hasSuffix("+pass")
            let name = argument.dropLast(isTLS ? 4 : isPass ? 5 : 0)
            self.init(name: String(name), isTLS: isTLS, carriesConnections: isPass)
        }
    }

    /// The executable's name.
    package let daemon: String
    /// The service's name in master.cf (`-n`).
    package let serviceName: String
    package let configDirectory: String
    /// Where main.cf, master.cf and dovecot.conf are read from: what master has checked.
    var configurationSource: ConfigurationSource
    package let listeners: [ListenerName]
    /// Arguments of master.cf that are no overrides, for daemons such as pipe.
    package let arguments: [String]
    package internal(set) var main: MainConfiguration
    /// Whether this process began as root; without it no identity is changed.
    package let isRoot: Bool
    package let mailOwner: Identity
    package let log: Logger

    /// `queue_directory`.
    package var queueDirectory: String { main[GeneralParameters.queueDirectory] }
    /// `data_directory`.
    package var dataDirectory: String { main[GeneralParameters.dataDirectory] }

    /// The socket of a service that only daemons use.
    package func privateSocket(_ name: String) -> String { "\(queueDirectory)/private/\(name)" }

    /// The socket of a service that commands use too.
    package func publicSocket(_ name: String) -> String { "\(queueDirectory)/public/\(name)" }

    /// A path of main.cf that may be relative to `queue_directory`.
    package func queuePath(_ path: String) -> String { path.hasPrefix("/") ? path : "\(queueDirectory)/\(path)" }

    /// Restricts this process for good.
    ///
    /// A folder that is to be written and does not exist is logged: what is made there later stays out of reach.
    package func enter(_ sandbox: Sandbox) throws(Errno) {
        let outcome = try sandbox.apply()
        for missing in outcome.missing {
            log.warning("\(missing): nothing can be written there until \(daemon) is started again")
        }
    }

    /// The services of master.cf as master has checked them; none where it cannot be read.
    package func loadMaster() -> MasterConfiguration {
        MasterConfiguration.load(directory: configDirectory, source: configurationSource).0
    }

    /// Reads dovecot.conf as master has checked it; without one all is at its default.
    ///
    /// Errors are logged, all of them, and end the daemon.
    package func loadDovecot() throws(StartUpError) -> DovecotConfiguration {
        let path = "\(configDirectory)/dovecot.conf"
        let (configuration, diagnostics) =
            configurationSource.has(path)
            ? DovecotConfiguration.load(file: path, source: .init(configurationSource))
            : DovecotConfiguration.parse([], file: path)
        for diagnostic in diagnostics where diagnostic.severity == .error { log.error("\(diagnostic)") }
        guard !diagnostics.containsErrors else { throw StartUpError("\(path) has errors") }
        return configuration
    }
}

extension StartUp {
    /// Reads what a command line names; errors of main.cf are returned, for they are many.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - daemon: The executable's name.
    ///   - installLog: Called when main.cf is read and before anything is logged.
    /// - Returns: What a daemon starts with, and what is wrong with main.cf.
    /// - Throws: What keeps the configuration from being read, or the account from being found.
    static func read(
        _ arguments: DaemonArguments,
        daemon: String,
        installLog: (MainConfiguration) throws -> Void
    ) throws -> (StartUp, [Diagnostic]) {
        let source = try arguments.configuration.map { try configuration(at: $0) } ?? .system
        let (main, diagnostics) = MainConfiguration.load(
            directory: arguments.configDirectory,
            overrides: arguments.overrides,
            hostFacts: .current(),
            source: source
        )
        try installLog(main)
        let start = StartUp(
            daemon: daemon,
            serviceName: arguments.serviceName.isEmpty ? daemon : arguments.serviceName,
            configDirectory: arguments.configDirectory,
            configurationSource: source,
            listeners: arguments.listeners,
            arguments: arguments.rest,
            main: main,
            isRoot: Privileges.isRoot,
            mailOwner: try identity(named: main[GeneralParameters.mailOwner], isRoot: Privileges.isRoot),
            log: Logger(label: daemon)
        )
        return (start, diagnostics)
    }

    /// What master has handed down.
    private static func configuration(at number: Int32) throws -> ConfigurationSource {
        let file = Descriptor(owning: number)
        let bytes = try file.read(at: 0, count: file.status().size)
        guard let snapshot = ConfigurationSnapshot(encoded: bytes) else {
            throw StartUpError("master's configuration at descriptor \(number) is damaged")
        }
        return .snapshot(snapshot)
    }

    /// An account that a daemon may run as; without root, whoever runs it.
    func identity(named name: String) throws -> Identity { try Self.identity(named: name, isRoot: isRoot) }

    private static func identity(named name: String, isRoot: Bool) throws -> Identity {
        guard isRoot else {
            let own = Identity.effectiveUser
            return try Identity.numbered(own) ?? Identity(name: "\(own)", uid: own, gid: Identity.effectiveGroup)
        }
        guard let identity = try Identity.named(name) else { throw StartUpError("user \(name) does not exist") }
        guard identity.uid != 0 else { throw StartUpError("user \(name) is root, which no daemon may be") }
        return identity
    }
}

/// Why a daemon cannot start: one sentence for the log.
package struct StartUpError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
