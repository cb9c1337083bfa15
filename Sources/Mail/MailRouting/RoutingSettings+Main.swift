// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration
internal import LookupTables

extension RoutingSettings {
    /// Reads the settings from main.cf.
    ///
    /// `host` tells the addresses that `inet_interfaces = all` stands for.
    package init(_ main: MainConfiguration, host: HostFacts = .current()) {
        self.init()
        myhostname = main[GeneralParameters.myhostname]
        mydomain = main[GeneralParameters.mydomain]
        myorigin = main[GeneralParameters.myorigin]
        mydestination = main[GeneralParameters.mydestination]
        ownAddresses = Self.ownAddresses(main, host)
        recipientDelimiter = main[GeneralParameters.recipientDelimiter]
        ownerRequestSpecial = main[GeneralParameters.ownerRequestSpecial]
        appendAtMyOrigin = main[GeneralParameters.appendAtMyorigin]
        appendDotMyDomain = main[GeneralParameters.appendDotMydomain]
        swapBangPath = main[GeneralParameters.swapBangpath]
        allowPercentHack = main[GeneralParameters.allowPercentHack]

        virtualAliasMaps = main[CleanupParameters.virtualAliasMaps]
        virtualAliasDomains =
            main.isSet(CleanupParameters.virtualAliasDomains) ? main[CleanupParameters.virtualAliasDomains] : nil
        virtualAliasExpansionLimit = main[CleanupParameters.virtualAliasExpansionLimit]
        virtualAliasRecursionLimit = main[CleanupParameters.virtualAliasRecursionLimit]
        virtualAliasAddressLengthLimit = main[CleanupParameters.virtualAliasAddressLengthLimit]
        propagateUnmatchedExtensions = main[CleanupParameters.propagateUnmatchedExtensions]

        virtualMailboxMaps = main[VirtualDeliveryParameters.mailboxMaps]
        virtualMailboxDomains =
            main.isSet(VirtualDeliveryParameters.mailboxDomains) ? main[VirtualDeliveryParameters.mailboxDomains] : nil
        relayDomains = main[GeneralParameters.relayDomains]
        relayRecipientMaps = main[GeneralParameters.relayRecipientMaps]
        localRecipientMaps = main[LocalDeliveryParameters.localRecipientMaps]
        parentDomainMatchesSubdomains = main[GeneralParameters.parentDomainMatchesSubdomains]

        localTransport = main[QueueManagerParameters.localTransport]
        virtualTransport = main[QueueManagerParameters.virtualTransport]
        relayTransport = main[GeneralParameters.relayTransport]
        defaultTransport = main[QueueManagerParameters.defaultTransport]
        relayhost = main[QueueManagerParameters.relayhost].first ?? ""
        relocatedMaps = main[QueueManagerParameters.relocatedMaps]
        transportMaps = main[QueueManagerParameters.transportMaps]
    }

    /// The addresses of `inet_interfaces` and `proxy_interfaces`; names among them are not resolved.
    private static func ownAddresses(_ main: MainConfiguration, _ host: HostFacts) -> [IPAddress] {
        let interfaces = host.interfaces.compactMap { IPAddress(bytes: $0.address) }
        var addresses: [IPAddress] = []
        for entry in main[GeneralParameters.inetInterfaces] + main[GeneralParameters.proxyInterfaces] {
            switch entry.lowercased() {
            case "all": addresses += interfaces
            case "loopback-only", "localhost": addresses += interfaces.filter(\.isLoopback)
            default:
                if let address = IPAddress(literal: entry.utf8) ?? IPAddress(entry) { addresses.append(address) }
            }
        }
        return addresses
    }
}
