// SPDX-License-Identifier: Apache-2.0
package import LookupTables
package import MailConfiguration
internal import MailRouting

/// What restrictions read from main.cf: the reply codes and the switches.
package struct AccessSettings: Sendable {
    package let delaysReject: Bool
    package let relaysFirst: Bool
    package let rejectsUnlistedRecipient: Bool
    package let rejectsUnlistedSender: Bool
    package let showsTable: Bool
    package let rejectCode: Int
    package let deferCode: Int
    package let mapRejectCode: Int
    package let mapDeferCode: Int
    package let relayRejectCode: Int
    package let nonFQDNCode: Int
    package let invalidHostnameCode: Int
    package let plaintextCode: Int
    package let multiRecipientBounceCode: Int
    package let unknownLocalCode: Int
    package let unknownVirtualAliasCode: Int
    package let unknownVirtualMailboxCode: Int
    package let unknownRelayCode: Int
    /// `smtpd_null_access_lookup_key`.
    package let nullKey: String
    /// Whether a domain in an access table means its subdomains too.
    package let parentMatchesSubdomains: Bool
    package let recipientDelimiter: String
    package let ownerRequestSpecial: Bool
    /// The addresses of `inet_interfaces` and `proxy_interfaces`.
    package let ownAddresses: Set<IPAddress>

    /// Reads the settings.
    package init(_ main: MainConfiguration) {
        ownAddresses = Set(RoutingSettings(main).ownAddresses)
        delaysReject = main[SMTPServerParameters.delayReject]
        relaysFirst = main[SMTPServerParameters.relayBeforeRecipientRestrictions]
        rejectsUnlistedRecipient = main[SMTPServerParameters.rejectUnlistedRecipient]
        rejectsUnlistedSender = main[SMTPServerParameters.rejectUnlistedSender]
        showsTable = main[SMTPServerParameters.showUserUnknownTableName]
        rejectCode = main[SMTPServerParameters.rejectCode]
        deferCode = main[SMTPServerParameters.deferCode]
        mapRejectCode = main[SMTPServerParameters.accessMapRejectCode]
        mapDeferCode = main[SMTPServerParameters.accessMapDeferCode]
        relayRejectCode = main[SMTPServerParameters.relayDomainsRejectCode]
        nonFQDNCode = main[SMTPServerParameters.nonFqdnRejectCode]
        invalidHostnameCode = main[SMTPServerParameters.invalidHostnameRejectCode]
        plaintextCode = main[SMTPServerParameters.plaintextRejectCode]
        multiRecipientBounceCode = main[SMTPServerParameters.multiRecipientBounceRejectCode]
        unknownLocalCode = main[SMTPServerParameters.unknownLocalRecipientRejectCode]
        unknownVirtualAliasCode = main[SMTPServerParameters.unknownVirtualAliasRejectCode]
        unknownVirtualMailboxCode = main[SMTPServerParameters.unknownVirtualMailboxRejectCode]
        unknownRelayCode = main[SMTPServerParameters.unknownRelayRecipientRejectCode]
        nullKey = main[SMTPServerParameters.nullAccessLookupKey]
        parentMatchesSubdomains = main[GeneralParameters.parentDomainMatchesSubdomains].contains("smtpd_access_maps")
        recipientDelimiter = main[GeneralParameters.recipientDelimiter]
        ownerRequestSpecial = main[GeneralParameters.ownerRequestSpecial]
    }
}
