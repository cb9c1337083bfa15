// SPDX-License-Identifier: Apache-2.0

/// Parameters of cleanup: addresses rewritten, aliases, headers.
package enum CleanupParameters {
    package static let virtualAliasMaps = Parameter(
        "virtual_alias_maps",
        .tables,
        default: "$virtual_maps",
        "The tables that turn recipients into others, in all domains."
    )
    package static let virtualAliasDomains = Parameter(
        "virtual_alias_domains",
        .list,
        default: "$virtual_alias_maps",
        "The domains whose addresses are all aliases."
    )
    package static let virtualAliasExpansionLimit = Parameter(
        "virtual_alias_expansion_limit",
        .integer(1...),
        default: "1000",
        "The most recipients that one recipient becomes."
    )
    package static let virtualAliasRecursionLimit = Parameter(
        "virtual_alias_recursion_limit",
        .integer(1...),
        default: "1000",
        "The deepest nesting of virtual aliases."
    )
    package static let virtualAliasAddressLengthLimit = Parameter(
        "virtual_alias_address_length_limit",
        .integer(1...),
        default: "1000",
        "The longest address that an alias may give."
    )
    package static let canonicalMaps = Parameter(
        "canonical_maps",
        .tables,
        default: "",
        "The tables that rewrite addresses of envelope and header."
    )
    package static let senderCanonicalMaps = Parameter(
        "sender_canonical_maps",
        .tables,
        default: "",
        "The same for senders only."
    )
    package static let recipientCanonicalMaps = Parameter(
        "recipient_canonical_maps",
        .tables,
        default: "",
        "The same for recipients only."
    )
    package static let canonicalClasses = Parameter(
        "canonical_classes",
        .list,
        default: "envelope_sender, envelope_recipient, header_sender, header_recipient",
        "The addresses that canonical_maps rewrites."
    )
    package static let senderCanonicalClasses = Parameter(
        "sender_canonical_classes",
        .list,
        default: "envelope_sender, header_sender",
        "The addresses that sender_canonical_maps rewrites."
    )
    package static let recipientCanonicalClasses = Parameter(
        "recipient_canonical_classes",
        .list,
        default: "envelope_recipient, header_recipient",
        "The addresses that recipient_canonical_maps rewrites."
    )
    package static let propagateUnmatchedExtensions = Parameter(
        "propagate_unmatched_extensions",
        .list,
        default: "canonical, virtual",
        "The tables that copy an address extension to their result."
    )
    package static let masqueradeDomains = Parameter(
        "masquerade_domains",
        .list,
        default: "",
        "The domains whose subdomains are stripped from addresses."
    )
    package static let masqueradeClasses = Parameter(
        "masquerade_classes",
        .list,
        default: "envelope_sender, header_sender, header_recipient",
        "The addresses that masquerade_domains rewrites."
    )
    package static let masqueradeExceptions = Parameter(
        "masquerade_exceptions",
        .list,
        default: "",
        "The users whose addresses are not masqueraded."
    )
    package static let alwaysBCC = Parameter(
        "always_bcc",
        .string,
        default: "",
        "An address that gets a copy of all mail."
    )
    package static let senderBCCMaps = Parameter(
        "sender_bcc_maps",
        .tables,
        default: "",
        "Addresses that get a copy of a sender's mail."
    )
    package static let recipientBCCMaps = Parameter(
        "recipient_bcc_maps",
        .tables,
        default: "",
        "Addresses that get a copy of a recipient's mail."
    )
    package static let headerSizeLimit = Parameter(
        "header_size_limit",
        .size(1...Int.max),
        default: "102400",
        "The most bytes of one header field; more is cut off."
    )
    package static let headerAddressTokenLimit = Parameter(
        "header_address_token_limit",
        .integer(1...),
        default: "10240",
        "The most tokens of the addresses of one header field."
    )
    package static let hopcountLimit = Parameter(
        "hopcount_limit",
        .integer(1...),
        default: "50",
        "The most Received: fields before a message counts as looping."
    )
    package static let alwaysAddMissingHeaders = Parameter(
        "always_add_missing_headers",
        .boolean,
        default: "no",
        "Whether From:, Date: and Message-ID: are also added to mail of remote clients."
    )
    package static let localHeaderRewriteClients = Parameter(
        "local_header_rewrite_clients",
        .templateList,
        default: "permit_inet_interfaces",
        "The clients whose header addresses are completed with $myorigin and $mydomain."
    )
    package static let remoteHeaderRewriteDomain = Parameter(
        "remote_header_rewrite_domain",
        .string,
        default: "",
        "The domain that completes header addresses of all other clients; empty leaves them alone."
    )
    package static let undisclosedRecipientsHeader = Parameter(
        "undisclosed_recipients_header",
        .string,
        default: "",
        "The field that is added where no recipient field exists."
    )
    package static let messageDropHeaders = Parameter(
        "message_drop_headers",
        .list,
        default: "bcc, content-length, resent-bcc, return-path",
        "The header fields that are removed."
    )
    package static let duplicateFilterLimit = Parameter(
        "duplicate_filter_limit",
        .integer(1...),
        default: "1000",
        "How many recipients are remembered to drop doubles."
    )
    package static let enableOriginalRecipient = Parameter(
        "enable_original_recipient",
        .boolean,
        default: "yes",
        "Whether X-Original-To: tells the recipient before rewriting."
    )
    package static let receiveOverrideOptions = Parameter(
        "receive_override_options",
        .list,
        default: "",
        "What a service leaves out: no_address_mappings, no_milters."
    )
    package static let queueMinfree = Parameter(
        "queue_minfree",
        .size(),
        default: "0",
        "The free bytes below which no mail is accepted; 0 means no check."
    )
    package static let headerFromFormat = Parameter(
        "header_from_format",
        .choice(FromFormat.standard),
        default: "standard",
        "How From: is written where it is missing."
    )
    package static let mimeNestingLimit = Parameter(
        "mime_nesting_limit",
        .integer(1...),
        default: "100",
        "The deepest nesting of MIME parts."
    )
    package static let mimeBoundaryLengthLimit = Parameter(
        "mime_boundary_length_limit",
        .integer(1...),
        default: "2048",
        "The longest MIME boundary that is told apart."
    )
    package static let bodyChecksSizeLimit = Parameter(
        "body_checks_size_limit",
        .size(),
        default: "51200",
        "How many bytes of a part body_checks sees."
    )

    /// All rows of this group.
    package static let all: [any AnyParameter] = [
        virtualAliasMaps, virtualAliasDomains, virtualAliasExpansionLimit, virtualAliasRecursionLimit,
        virtualAliasAddressLengthLimit, canonicalMaps, senderCanonicalMaps, recipientCanonicalMaps,
        canonicalClasses, senderCanonicalClasses, recipientCanonicalClasses, propagateUnmatchedExtensions,
        masqueradeDomains, masqueradeClasses, masqueradeExceptions, alwaysBCC, senderBCCMaps, recipientBCCMaps,
        headerSizeLimit, headerAddressTokenLimit, hopcountLimit, alwaysAddMissingHeaders,
        localHeaderRewriteClients, remoteHeaderRewriteDomain, undisclosedRecipientsHeader, messageDropHeaders,
        duplicateFilterLimit, enableOriginalRecipient, receiveOverrideOptions, queueMinfree, headerFromFormat,
        mimeNestingLimit, mimeBoundaryLengthLimit, bodyChecksSizeLimit,
    ]
}
