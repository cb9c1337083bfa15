// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration
package import POSIX

/// A service as master runs it: from a line of master.cf, or derived from dovecot.conf.
package struct ServiceDefinition: Sendable, Equatable {
    /// The name in master.cf, or of the service in dovecot.conf; the daemon's `-n`.
    package var name: String
    /// `inet`, `unix`, `fifo`, or `dovecot`.
    package var kind: String
    /// The executable's name, below `daemon_directory`.
    package var program: String
    /// `name=value`, the daemon's `-o`.
    package var overrides: [String] = []
    /// What follows `--` on the daemon's command line.
    package var arguments: [String] = []
    package var listeners: [ListenerSpecification]
    /// The most processes; 0 means no limit.
    package var processLimit: Int
    /// How many processes wait for clients at any time (`process_min_avail`); 0 starts them when a client comes.
    package var idleMinimum = 0
    /// Whether a process that has become busy for good is followed by another before the next client comes.
    package var hasSuccessors = false
    package var wakeUp = ServiceEntry.WakeUp(seconds: 0)
    /// Whether no line asks for it: it runs because relais needs it.
    package var isImplied = false
    /// Where it is defined.
    package var place: ConfigurationPlace

    /// Whether a running process of `other` serves this definition too: whatever it was started with is the same.
    package func isSameProcess(as other: ServiceDefinition) -> Bool {
        var same = self
        same.place = other.place
        same.wakeUp = other.wakeUp
        same.idleMinimum = other.idleMinimum
        guard same.listeners.count == other.listeners.count else { return false }
        for index in same.listeners.indices {
            same.listeners[index].place = other.listeners[index].place
            same.listeners[index].access = other.listeners[index].access
        }
        return same == other
    }

    /// What makes it the same service after a reload.
    package var key: String { "\(name)/\(kind)" }
}

/// A line of a configuration file.
package struct ConfigurationPlace: Sendable, Equatable {
    package let file: String
    /// From 1; 0 where no line can be named.
    package let line: Int

    package init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    /// A diagnostic about this place.
    package func diagnostic(_ severity: Diagnostic.Severity, _ message: String) -> Diagnostic {
        Diagnostic(severity, file: file, line: line, message)
    }
}

/// One listening socket (or named pipe) of a service.
package struct ListenerSpecification: Sendable, Equatable {
    /// Where it listens; what makes it the same listener after a reload.
    package enum Address: Hashable, Sendable, CustomStringConvertible {
        case internet(SocketAddress)
        case unix(path: String)
        case fifo(path: String)

        package var description: String {
            switch self {
            case .internet(.ipv6(let bytes, let port)):
                "[\(SocketAddress.ipv6(bytes, port: port).host)]:\(port)"
            case .internet(let address): "\(address.host):\(address.port)"
            case .unix(let path), .fifo(let path): path
            }
        }

        /// The path of a socket or pipe.
        package var path: String? {
            switch self {
            case .internet: nil
            case .unix(let path), .fifo(let path): path
            }
        }
    }

    /// Who may connect to a socket in the file system.
    package struct Access: Sendable, Equatable {
        /// Nil keeps master's own.
        package var owner: UInt32?
        /// Nil keeps master's own.
        package var group: UInt32?
        package var mode: UInt32

        package init(owner: UInt32?, group: UInt32?, mode: UInt32) {
            self.owner = owner
            self.group = group
            self.mode = mode
        }
    }

    /// The daemon's `-l`, without `+ssl` or `+pass`.
    package var name: String
    /// Whether TLS begins with the first byte.
    package var isTLS = false
    package var address: Address
    /// Whether each connection to it brings an accepted one, as a descriptor (type `pass`).
    package var carriesConnections = false
    /// For sockets and pipes in the file system.
    package var access = Access(owner: nil, group: nil, mode: 0o600)
    /// Whether the host may be without it: the wildcard of IPv6 where there is no IPv6.
    package var isOptional = false
    package var place: ConfigurationPlace

    /// The daemon's `-l`.
    package var argument: String { carriesConnections ? "\(name)+pass" : isTLS ? "\(name)+ssl" : name }
}
