// SPDX-License-Identifier: Apache-2.0
package import Logging
package import MailConfiguration
package import POSIX

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
    let configurationSource: ConfigurationSource
    package let listeners: [ListenerName]
    /// Arguments of master.cf that are no overrides, for daemons such as pipe.
    package let arguments: [String]
    package let main: MainConfiguration
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

    /// The services of master.cf as master has checked them.
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

/// Why a daemon cannot start: one sentence for the log.
package struct StartUpError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
