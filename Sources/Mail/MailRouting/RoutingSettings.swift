// SPDX-License-Identifier: Apache-2.0
package import LookupTables

/// The settings of main.cf that decide where an address goes, under their Postfix names.
///
/// Lists are given as their elements. The defaults are Postfix' for a host without a name of its own, except that the
/// source routes of old (`site!user`, `user%site`) are off: they matter to relays of UUCP times only.
package struct RoutingSettings: Sendable {
    package var myhostname = "localhost"
    package var mydomain = "localdomain"
    package var myorigin = "localhost"
    package var mydestination: [String] = ["localhost"]
    /// The addresses of inet_interfaces and proxy_interfaces: mail for `user@[address]` is local.
    package var ownAddresses: [IPAddress] = []
    package var recipientDelimiter = ""
    package var ownerRequestSpecial = true

    package var appendAtMyOrigin = true
    package var appendDotMyDomain = false
    package var swapBangPath = false
    package var allowPercentHack = false

    package var virtualAliasMaps: [String] = []
    /// nil is the default, `$virtual_alias_maps`.
    package var virtualAliasDomains: [String]?
    package var virtualAliasExpansionLimit = 1000
    package var virtualAliasRecursionLimit = 1000
    package var virtualAliasAddressLengthLimit = 1000
    package var propagateUnmatchedExtensions: [String] = ["canonical", "virtual"]

    package var virtualMailboxMaps: [String] = []
    /// nil is the default, `$virtual_mailbox_maps`.
    package var virtualMailboxDomains: [String]?
    package var relayDomains: [String] = []
    package var relayRecipientMaps: [String] = []
    package var localRecipientMaps: [String] = ["proxy:unix:passwd.byname"]
    package var relocatedMaps: [String] = []
    package var parentDomainMatchesSubdomains: [String] = ["mynetworks", "relay_domains"]

    package var localTransport = "local"
    package var virtualTransport = "virtual"
    package var relayTransport = "relay"
    package var defaultTransport = "smtp"
    package var relayhost = ""
    package var transportMaps: [String] = []

    package init() {}
}

/// A setting that routing cannot work with.
package typealias RoutingConfigurationError = TableConfigurationError
