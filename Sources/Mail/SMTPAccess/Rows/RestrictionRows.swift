// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration

/// All restrictions of Postfix by name.
package enum RestrictionRows {
    /// Refusals and deferrals that depend on nothing, and what looks at the session alone.
    private static let general: [RestrictionRow] = [
        RestrictionRow("permit") { _ in Permit() },
        RestrictionRow("reject", decidesRelaying: true) { Reject(code: $0.rejectCode) },
        RestrictionRow("defer", decidesRelaying: true) { Defer(code: $0.deferCode) },
        RestrictionRow("defer_if_permit", decidesRelaying: true) { _ in DeferIfPermit() },
        RestrictionRow("defer_if_reject") { _ in DeferIfReject() },
        RestrictionRow("permit_inet_interfaces") { PermitInetInterfaces(addresses: $0.ownAddresses) },
        RestrictionRow("permit_mynetworks") { _ in PermitMynetworks() },
        RestrictionRow("permit_sasl_authenticated") { _ in PermitSASLAuthenticated() },
        RestrictionRow("reject_plaintext_session") { RejectPlaintextSession(code: $0.plaintextCode) },
        RestrictionRow("reject_unauth_pipelining") { _ in RejectUnauthPipelining() },
        RestrictionRow("reject_multi_recipient_bounce", need: .sender) {
            RejectMultiRecipientBounce(code: $0.multiRecipientBounceCode)
        },
    ]

    /// What looks at addresses and names.
    private static let subjects: [RestrictionRow] = [
        RestrictionRow("permit_auth_destination", need: .recipient) { _ in PermitAuthDestination() },
        RestrictionRow("reject_unauth_destination", need: .recipient, decidesRelaying: true) {
            RejectUnauthDestination(code: $0.relayRejectCode)
        },
        RestrictionRow("defer_unauth_destination", need: .recipient, decidesRelaying: true) { _ in
            RejectUnauthDestination(code: 454)
        },
        RestrictionRow("reject_non_fqdn_sender", need: .sender) {
            RejectNonFQDN(about: .sender, code: $0.nonFQDNCode)
        },
        RestrictionRow("reject_non_fqdn_recipient", need: .recipient) {
            RejectNonFQDN(about: .recipient, code: $0.nonFQDNCode)
        },
        RestrictionRow("reject_non_fqdn_helo_hostname", "reject_non_fqdn_hostname", need: .helo) {
            RejectNonFQDN(about: .helo, code: $0.nonFQDNCode)
        },
        RestrictionRow("reject_invalid_helo_hostname", "reject_invalid_hostname", need: .helo) {
            RejectInvalidHelo(code: $0.invalidHostnameCode)
        },
        RestrictionRow("reject_unlisted_sender", need: .sender) { RejectUnlisted(about: .sender, settings: $0) },
        RestrictionRow("reject_unlisted_recipient", "check_recipient_maps", need: .recipient) {
            RejectUnlisted(about: .recipient, settings: $0)
        },
        login("reject_sender_login_mismatch", .both),
        login("reject_authenticated_sender_login_mismatch", .authenticated),
        login("reject_known_sender_login_mismatch", .known),
        login("reject_unauthenticated_sender_login_mismatch", .unauthenticated),
    ]

    /// access(5).
    private static let tables: [RestrictionRow] = [
        access("check_client_access", .client, .nothing), access("check_helo_access", .helo, .helo),
        access("check_sender_access", .sender, .sender), access("check_recipient_access", .recipient, .recipient),
        access("check_etrn_access", .etrn, .nothing), access("check_sasl_access", .user, .nothing),
    ]

    /// What relais does not have: it needs names, certificates or other processes.
    private static let missing: [RestrictionRow] =
        ([
            lacking(
                "permit_tls_all_clientcerts permit_tls_clientcerts permit_mx_backup permit_naked_ip_address",
                .none
            ),
            lacking(
                """
                reject_unknown_forward_client_hostname reject_unknown_reverse_client_hostname reject_unknown_client_hostname
                reject_unknown_client reject_unknown_helo_hostname reject_unknown_hostname reject_unknown_sender_domain
                reject_unknown_address reject_unknown_recipient_domain reject_unverified_recipient
                reject_unverified_sender check_relay_domains reject_maps_rbl
                """,
                .none
            ),
            lacking(
                """
                permit_dnswl_client permit_rhswl_client reject_rbl_client reject_rhsbl_client reject_rhsbl_helo
                reject_rhsbl_recipient reject_rhsbl_reverse_client reject_rhsbl_sender check_policy_service sleep
                """,
                .word
            ),
            lacking(
                """
                check_ccert_access check_reverse_client_hostname_access check_client_a_access check_client_mx_access
                check_client_ns_access check_helo_a_access check_helo_mx_access check_helo_ns_access
                check_recipient_a_access check_recipient_mx_access check_recipient_ns_access
                check_reverse_client_hostname_a_access check_reverse_client_hostname_mx_access
                check_reverse_client_hostname_ns_access check_sender_a_access check_sender_mx_access
                check_sender_ns_access
                """,
                .table
            ),
        ] as [[RestrictionRow]]).flatMap { $0 }

    /// Every row.
    package static let all: [RestrictionRow] = ([general, subjects, tables, missing] as [[RestrictionRow]]).flatMap {
        $0
    }

    /// The modifier of the restriction behind it.
    package static let warnIfReject = "warn_if_reject"

    private static let byName: [String: RestrictionRow] = Dictionary(
        all.flatMap { row in row.names.map { ($0, row) } }
    ) { first, _ in first }

    /// Every name that may stand in a list.
    package static var names: [String] { byName.keys + [warnIfReject] }

    /// The row of a name; the case of letters does not matter.
    package static func row(named name: String) -> RestrictionRow? { byName[name.lowercased()] }

    private static func lacking(_ names: String, _ argument: RestrictionRow.Argument) -> [RestrictionRow] {
        ListSyntax.split(names).map { RestrictionRow($0, argument: argument, .missing) }
    }

    private static func access(
        _ name: String,
        _ subject: CheckAccess.Subject,
        _ need: RestrictionRow.Need
    ) -> RestrictionRow {
        RestrictionRow(
            name,
            argument: .table,
            need: need,
            .compiled { (compiler: inout RestrictionCompiler, table: String) throws(RestrictionError) in
                try compiler.access(subject, table)
            }
        )
    }

    private static func login(_ name: String, _ kind: RejectSenderLoginMismatch.Kind) -> RestrictionRow {
        RestrictionRow(
            name,
            need: .sender,
            .compiled { (compiler: inout RestrictionCompiler, _: String) throws(RestrictionError) in
                RejectSenderLoginMismatch(kind: kind, owners: try compiler.senderLogins())
            }
        )
    }
}
