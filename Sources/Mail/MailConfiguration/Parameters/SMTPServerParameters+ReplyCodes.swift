// SPDX-License-Identifier: Apache-2.0

// The reply codes of refusals.
extension SMTPServerParameters {
    package static let forbidBareNewlineRejectCode = Parameter(
        "smtpd_forbid_bare_newline_reject_code",
        .integer(500...599),
        default: "550",
        "The reply code of a refused bare LF."
    )
    package static let rejectCode = Parameter(
        "reject_code",
        .integer(400...599),
        default: "554",
        "The reply code of a refusal."
    )
    package static let deferCode = Parameter(
        "defer_code",
        .integer(400...499),
        default: "450",
        "The reply code of defer."
    )
    package static let relayDomainsRejectCode = Parameter(
        "relay_domains_reject_code",
        .integer(400...599),
        default: "554",
        "The reply code of reject_unauth_destination."
    )
    package static let accessMapRejectCode = Parameter(
        "access_map_reject_code",
        .integer(400...599),
        default: "554",
        "The reply code of REJECT in an access table."
    )
    package static let accessMapDeferCode = Parameter(
        "access_map_defer_code",
        .integer(400...499),
        default: "450",
        "The reply code of DEFER in an access table."
    )
    package static let mapsRblRejectCode = Parameter(
        "maps_rbl_reject_code",
        .integer(400...599),
        default: "554",
        "The reply code of reject_rbl_client and its kin."
    )
    package static let invalidHostnameRejectCode = Parameter(
        "invalid_hostname_reject_code",
        .integer(400...599),
        default: "501",
        "The reply code of reject_invalid_helo_hostname."
    )
    package static let nonFqdnRejectCode = Parameter(
        "non_fqdn_reject_code",
        .integer(400...599),
        default: "504",
        "The reply code of the reject_non_fqdn_ restrictions."
    )
    package static let unknownAddressRejectCode = Parameter(
        "unknown_address_reject_code",
        .integer(400...599),
        default: "450",
        "The reply code of reject_unknown_sender_domain and reject_unknown_recipient_domain."
    )
    package static let unknownClientRejectCode = Parameter(
        "unknown_client_reject_code",
        .integer(400...599),
        default: "450",
        "The reply code of reject_unknown_client_hostname."
    )
    package static let unknownHostnameRejectCode = Parameter(
        "unknown_hostname_reject_code",
        .integer(400...599),
        default: "450",
        "The reply code of reject_unknown_helo_hostname."
    )
    package static let unknownLocalRecipientRejectCode = Parameter(
        "unknown_local_recipient_reject_code",
        .integer(400...599),
        default: "550",
        "The reply code for an unknown recipient in mydestination."
    )
    package static let unknownRelayRecipientRejectCode = Parameter(
        "unknown_relay_recipient_reject_code",
        .integer(400...599),
        default: "550",
        "The reply code for an unknown recipient in relay_domains."
    )
    package static let unknownVirtualAliasRejectCode = Parameter(
        "unknown_virtual_alias_reject_code",
        .integer(400...599),
        default: "550",
        "The reply code for an unknown recipient in virtual_alias_domains."
    )
    package static let unknownVirtualMailboxRejectCode = Parameter(
        "unknown_virtual_mailbox_reject_code",
        .integer(400...599),
        default: "550",
        "The reply code for an unknown recipient in virtual_mailbox_domains."
    )
    package static let plaintextRejectCode = Parameter(
        "plaintext_reject_code",
        .integer(400...599),
        default: "450",
        "The reply code of reject_plaintext_session."
    )
    package static let multiRecipientBounceRejectCode = Parameter(
        "multi_recipient_bounce_reject_code",
        .integer(400...599),
        default: "550",
        "The reply code of reject_multi_recipient_bounce."
    )

    /// The rows of this file.
    static let replyCodes: [any AnyParameter] = [
        forbidBareNewlineRejectCode, rejectCode, deferCode, relayDomainsRejectCode, accessMapRejectCode,
        accessMapDeferCode, mapsRblRejectCode,
        invalidHostnameRejectCode, nonFqdnRejectCode, unknownAddressRejectCode, unknownClientRejectCode,
        unknownHostnameRejectCode, unknownLocalRecipientRejectCode, unknownRelayRecipientRejectCode,
        unknownVirtualAliasRejectCode, unknownVirtualMailboxRejectCode, plaintextRejectCode,
        multiRecipientBounceRejectCode,
    ]
}
