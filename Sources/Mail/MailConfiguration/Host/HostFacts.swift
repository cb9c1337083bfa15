// SPDX-License-Identifier: Apache-2.0

/// What the defaults of main.cf depend on outside of it; a value, so that tests can invent a host.
package struct HostFacts: Equatable, Sendable {
    /// One address of a network interface.
    package struct Interface: Equatable, Sendable {
        /// The address: 4 bytes for IPv4, 16 for IPv6.
        package let address: [UInt8]
        /// How many leading bits name the network.
        package let prefixLength: Int

        package init(address: [UInt8], prefixLength: Int) {
            self.address = address
            self.prefixLength = prefixLength
        }
    }

    /// What gethostname(2) says.
    package let hostName: String
    /// The addresses of the interfaces that are up.
    package let interfaces: [Interface]

    package init(hostName: String, interfaces: [Interface]) {
        self.hostName = hostName
        self.interfaces = interfaces
    }

    /// A host of which only the loop-back addresses are known.
    package static let loopback = HostFacts(
        hostName: "localhost",
        interfaces: [
            Interface(address: [127, 0, 0, 1], prefixLength: 8),
            Interface(address: [UInt8](repeating: 0, count: 15) + [1], prefixLength: 128),
        ]
    )

    /// The default of `myhostname`: the host's name, with `domain` appended where it has no dot.
    func mailHostName(domain: String) -> String {
        hostName.utf8.contains(UInt8(ascii: ".")) ? hostName : "\(hostName).\(domain)"
    }

    /// The default of `mydomain`: the host name without its first label, or `localdomain`.
    static func mailDomain(ofHost name: String) -> String {
        guard let dot = name.firstIndex(of: ".") else { return "localdomain" }
        let domain = name[name.index(after: dot)...]
        return domain.isEmpty ? "localdomain" : String(domain)
    }

    /// The default of `mynetworks`.
    ///
    /// - Parameters:
    ///   - style: What belongs to the host's own networks.
    ///   - receiving: `inet_interfaces`: only addresses that mail is received on count. Names in it are not resolved,
    ///     except `localhost`.
    ///   - protocols: `inet_protocols`.
    /// - Returns: The networks with spaces between them.
    func mailNetworks(style: NetworkStyle, receiving: [String], protocols: [String]) -> String {
        let usesIPv4 = protocols.isEmpty || protocols.contains { ["all", "ipv4"].contains($0.lowercased()) }
        let usesIPv6 = protocols.isEmpty || protocols.contains { ["all", "ipv6"].contains($0.lowercased()) }
        var networks: [String] = []
        for interface in interfaces where interface.address.count == 4 ? usesIPv4 : usesIPv6 {
            guard Self.receives(on: interface.address, receiving) else { continue }
            let network = AddressText.network(interface.address, length: Self.length(of: interface, style))
            if !networks.contains(network) { networks.append(network) }
        }
        return networks.joined(separator: " ")
    }

    private static func receives(on address: [UInt8], _ receiving: [String]) -> Bool {
        let isLoopback = AddressText.isLoopback(address)
        return receiving.isEmpty
            || receiving.contains { entry in
                switch entry.lowercased() {
                case "all": true
                case "loopback-only", "localhost": isLoopback
                default: AddressText.format(address) == ListSyntax.unbracketed(entry.lowercased())
                }
            }
    }

    private static func length(of interface: Interface, _ style: NetworkStyle) -> Int {
        let whole = interface.address.count * 8
        switch style {
        case .host: return whole
        case .subnet: return min(max(interface.prefixLength, 0), whole)
        case .class:
            guard interface.address.count == 4, let first = interface.address.first else {
                return min(max(interface.prefixLength, 0), whole)
            }
            return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : 32
        }
    }
}

extension ListSyntax {
    /// Returns `address` for `[address]`, and the text itself otherwise.
    static func unbracketed(_ text: String) -> String {
        text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    }
}
