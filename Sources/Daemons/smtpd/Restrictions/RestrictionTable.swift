// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import MailConfiguration
internal import MailRouting
internal import MailStatus
internal import SMTPProtocol
internal import Service

/// All restrictions by name.
struct RestrictionTable {
    let networks: NetworkList
    let log: Logger

    /// Makes the rules of a parameter.
    ///
    /// One that Postfix knows and relais does not act on yet is said at every start and decides nothing; an unknown one
    /// ends the start, for it may be the one that keeps the host from being an open relay.
    func list(_ main: MainConfiguration, _ parameter: Parameter<[String]>) throws(StartUpError) -> [any Restriction] {
        var rules: [any Restriction] = []
        var words = main[parameter].makeIterator()
        while let word = words.next() {
            let name = word.lowercased()
            if let rule = rule(name) {
                rules.append(rule)
                continue
            }
            guard Self.known.contains(name) || name.hasPrefix("check_") else {
                throw StartUpError("\(parameter.name): unknown restriction \"\(word)\"")
            }
            if Self.takesArgument(name) { _ = words.next() }
            log.warning("\(parameter.name): \(word) is known from Postfix, but relais does not act on it yet")
        }
        return rules
    }

    private func rule(_ name: String) -> (any Restriction)? {
        switch name {
        case "permit": Permit()
        case "reject": Reject(reply: .init(554, EnhancedStatus(5, 7, 1), "Access denied"))
        case "defer": Reject(reply: .init(450, EnhancedStatus(4, 7, 1), "Try again later"))
        case "permit_mynetworks": PermitMynetworks(networks: networks)
        case "permit_sasl_authenticated": PermitSASLAuthenticated()
        case "permit_auth_destination": PermitAuthDestination()
        case "reject_unauth_destination": RejectUnauthDestination(isTemporary: false)
        case "defer_unauth_destination": RejectUnauthDestination(isTemporary: true)
        case "reject_non_fqdn_recipient": RejectNonFQDN(isSender: false)
        case "reject_non_fqdn_sender": RejectNonFQDN(isSender: true)
        // The engine refuses pipelining before it was offered by itself (smtpd_forbid_unauth_pipelining).
        case "reject_unauth_pipelining": Permit(isNeutral: true)
        default: nil
        }
    }

    private static func takesArgument(_ name: String) -> Bool {
        name.hasPrefix("check_") && name != "check_relay_domains" || name.hasPrefix("reject_rbl_client")
            || name.hasPrefix("reject_rhsbl_") || name.hasPrefix("permit_dnswl_client")
            || name.hasPrefix("permit_rhswl_client") || name == "sleep"
    }

    private static let known: Set<String> = [
        "defer_if_permit", "defer_if_reject", "permit_inet_interfaces", "permit_tls_all_clientcerts",
        "permit_tls_clientcerts", "permit_naked_ip_address", "permit_mx_backup", "permit_dnswl_client",
        "permit_rhswl_client", "reject_authenticated_sender_login_mismatch", "reject_invalid_helo_hostname",
        "reject_invalid_hostname", "reject_known_sender_login_mismatch", "reject_multi_recipient_bounce",
        "reject_non_fqdn_helo_hostname", "reject_non_fqdn_hostname", "reject_plaintext_session", "reject_rbl_client",
        "reject_rhsbl_client", "reject_rhsbl_helo", "reject_rhsbl_recipient", "reject_rhsbl_reverse_client",
        "reject_rhsbl_sender", "reject_sender_login_mismatch", "reject_unauthenticated_sender_login_mismatch",
        "reject_unknown_address", "reject_unknown_client", "reject_unknown_client_hostname",
        "reject_unknown_forward_client_hostname", "reject_unknown_helo_hostname", "reject_unknown_hostname",
        "reject_unknown_recipient_domain", "reject_unknown_reverse_client_hostname", "reject_unknown_sender_domain",
        "reject_unlisted_recipient", "reject_unlisted_sender", "reject_unverified_recipient",
        "reject_unverified_sender", "sleep", "warn_if_reject",
    ]
}
