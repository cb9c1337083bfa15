// SPDX-License-Identifier: Apache-2.0
package import MailConfiguration
internal import LookupTables

extension RoutingSettings {
    /// Reads the settings from main.cf.
    ///
    /// `ownAddresses` are the addresses that mail is received on where `inet_interfaces` names none itself.
    package init(_ main: MainConfiguration, ownAddresses: [[UInt8]] = []) {
        self.init()
        myhostname = main[GeneralParameters.myhostname]
        mydomain = main[GeneralParameters.mydomain]
        myorigin = main[GeneralParameters.myorigin]
        mydestination = main[GeneralParameters.mydestination]
        self.ownAddresses = ownAddresses.compactMap { IPAddress(bytes: $0) }
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
        transportMaps = main[QueueManagerParameters.transportMaps]
    }
}
