// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration
package import POSIX

/// From `inet_interfaces`, `inet_protocols`, `listen` and the service names of master.cf to addresses.
package struct InternetAddresses {
    /// Hosts and ports to addresses; tests invent a name service.
    package struct Resolver: Sendable {
        package var port: @Sendable (String) -> UInt16?
        package var addresses: @Sendable (String, UInt16) -> [SocketAddress]

        package init(
            port: @escaping @Sendable (String) -> UInt16?,
            addresses: @escaping @Sendable (String, UInt16) -> [SocketAddress]
        ) {
            self.port = port
            self.addresses = addresses
        }

        /// The system's name service.
        package static let system = Resolver(port: NameLookup.port, addresses: NameLookup.addresses)
    }

    /// Why there is no address: one sentence.
    package struct Failure: Error, Equatable {
        package let message: String
    }

    /// An address and whether the host may be without it.
    package struct Found: Equatable {
        package let address: SocketAddress
        package let isOptional: Bool
    }

    private let interfaces: [String]
    private let usesIPv4: Bool
    private let usesIPv6: Bool
    private let resolver: Resolver

    package init(main: MainConfiguration, resolver: Resolver = .system) {
        interfaces = ListSyntax.split(main.value(named: "inet_interfaces") ?? "all").map { $0.lowercased() }
        let protocols = ListSyntax.split(main.value(named: "inet_protocols") ?? "all").map { $0.lowercased() }
        usesIPv4 = protocols.isEmpty || protocols.contains("all") || protocols.contains("ipv4")
        usesIPv6 = protocols.isEmpty || protocols.contains("all") || protocols.contains("ipv6")
        self.resolver = resolver
    }

    /// The addresses of an inet service of master.cf.
    package func addresses(of endpoint: ServiceEntry.Endpoint) throws(Failure) -> [Found] {
        guard let port = resolver.port(endpoint.port) else {
            throw Failure(message: "the port \"\(endpoint.port)\" is not known: write its number")
        }
        if let host = endpoint.host { return try resolve([host], port) }
        return try resolve(interfaces.isEmpty ? ["all"] : interfaces, port)
    }

    /// The addresses of a listener of dovecot.conf.
    package func addresses(listen: [String], port: UInt16) throws(Failure) -> [Found] {
        try resolve(listen.isEmpty ? ["*", "::"] : listen, port)
    }

    private func resolve(_ hosts: [String], _ port: UInt16) throws(Failure) -> [Found] {
        var found: [Found] = []
        for host in hosts {
            let addresses = try one(host, port).filter {
                if case .ipv6 = $0.address { usesIPv6 } else { usesIPv4 }
            }
            for address in addresses where !found.contains(address) { found.append(address) }
        }
        guard !found.isEmpty else {
            throw Failure(message: "inet_protocols leaves no address of \(hosts.joined(separator: ", "))")
        }
        return found
    }

    private func one(_ host: String, _ port: UInt16) throws(Failure) -> [Found] {
        let any4 = SocketAddress.ipv4([0, 0, 0, 0], port: port)
        let any6 = SocketAddress.ipv6([UInt8](repeating: 0, count: 16), port: port)
        let one6 = SocketAddress.ipv6([UInt8](repeating: 0, count: 15) + [1], port: port)
        switch host {
        case "all":
            return [Found(address: any4, isOptional: false), Found(address: any6, isOptional: usesIPv4)]
        case "loopback-only":
            return [
                Found(address: .ipv4([127, 0, 0, 1], port: port), isOptional: false),
                Found(address: one6, isOptional: usesIPv4),
            ]
        case "*": return [Found(address: any4, isOptional: false)]
        case "::", "[::]": return [Found(address: any6, isOptional: true)]
        default:
            let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
            let addresses = resolver.addresses(name, port)
            guard !addresses.isEmpty else { throw Failure(message: "the host \"\(name)\" has no address") }
            // A name may stand for both families on a host that has one of them.
            return addresses.map { Found(address: $0, isOptional: addresses.count > 1) }
        }
    }
}
