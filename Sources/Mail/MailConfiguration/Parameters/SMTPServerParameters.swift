// SPDX-License-Identifier: Apache-2.0

/// Parameters of smtpd.
package enum SMTPServerParameters {
    package static let banner = Parameter(
        "smtpd_banner",
        .nonEmptyString,
        default: "$myhostname ESMTP $mail_name",
        "The text of the 220 greeting; RFC 5321 wants the host's name first."
    )
    package static let delayReject = Parameter(
        "smtpd_delay_reject",
        .boolean,
        default: "yes",
        "Whether client, HELO and sender are judged at RCPT TO only."
    )
    package static let heloRequired = Parameter(
        "smtpd_helo_required",
        .boolean,
        default: "no",
        "Whether a client must say HELO or EHLO."
    )
    package static let senderLoginMaps = Parameter(
        "smtpd_sender_login_maps",
        .tables,
        default: "",
        "Which log-in names own a sender address."
    )
    package static let rejectUnlistedRecipient = Parameter(
        "smtpd_reject_unlisted_recipient",
        .boolean,
        default: "yes",
        "Whether recipients that do not exist are refused."
    )
    package static let rejectUnlistedSender = Parameter(
        "smtpd_reject_unlisted_sender",
        .boolean,
        default: "no",
        "Whether local senders that do not exist are refused."
    )
    package static let forbidBareNewline = Parameter(
        "smtpd_forbid_bare_newline",
        .choice(BareNewline.normalize),
        default: "normalize",
        "What happens to a line that ends in a bare LF: no, yes, normalize, reject, note.",
        reason: "The default of Postfix 3.9: a bare LF never ends a message (SMTP smuggling)."
    )
    package static let forbidBareNewlineExclusions = Parameter(
        "smtpd_forbid_bare_newline_exclusions",
        .list,
        default: "$mynetworks",
        "The clients whose bare LF is accepted."
    )
    package static let forbidUnauthPipelining = Parameter(
        "smtpd_forbid_unauth_pipelining",
        .boolean,
        default: "yes",
        "Whether a client that speaks out of turn is disconnected.",
        reason: "The default of Postfix 3.9."
    )
    package static let forbiddenCommands = Parameter(
        "smtpd_forbidden_commands",
        .list,
        default: "CONNECT GET POST regexp:{{/^[^A-Z]/ Bogus}}",
        "The commands that end the session at once."
    )
    package static let noopCommands = Parameter(
        "smtpd_noop_commands",
        .list,
        default: "",
        "The commands that are answered like NOOP."
    )
    package static let discardEHLOKeywords = Parameter(
        "smtpd_discard_ehlo_keywords",
        .list,
        default: "",
        "The EHLO keywords that are not announced."
    )
    package static let disableVrfyCommand = Parameter(
        "disable_vrfy_command",
        .boolean,
        default: "no",
        "Whether VRFY is disabled."
    )
    package static let softBounce = Parameter(
        "soft_bounce",
        .boolean,
        default: "no",
        "Whether permanent refusals become temporary ones."
    )
    package static let strictRfc821Envelopes = Parameter(
        "strict_rfc821_envelopes",
        .boolean,
        default: "no",
        "Whether addresses in MAIL FROM and RCPT TO need their angle brackets."
    )
    package static let peernameLookup = Parameter(
        "smtpd_peername_lookup",
        .boolean,
        default: "yes",
        "Whether the client's name is looked up."
    )
    package static let clientPortLogging = Parameter(
        "smtpd_client_port_logging",
        .boolean,
        default: "no",
        "Whether the client's port is logged."
    )
    package static let authorizedXclientHosts = Parameter(
        "smtpd_authorized_xclient_hosts",
        .list,
        default: "",
        "The clients that may use XCLIENT."
    )
    package static let authorizedXforwardHosts = Parameter(
        "smtpd_authorized_xforward_hosts",
        .list,
        default: "",
        "The clients that may use XFORWARD."
    )
    package static let upstreamProxyProtocol = Parameter(
        "smtpd_upstream_proxy_protocol",
        .string,
        default: "",
        "The proxy protocol before smtpd: empty or haproxy."
    )
    package static let rejectFooter = Parameter(
        "smtpd_reject_footer",
        .template,
        default: "",
        "What is appended to every refusal."
    )
    package static let showUserUnknownTableName = Parameter(
        "show_user_unknown_table_name",
        .boolean,
        default: "yes",
        "Whether a refusal names the table that lacks the recipient."
    )

    /// All rows of this group.
    package static let all: [any AnyParameter] =
        [
            banner, delayReject, heloRequired, senderLoginMaps, rejectUnlistedRecipient, rejectUnlistedSender,
            forbidBareNewline, forbidBareNewlineExclusions, forbidUnauthPipelining, forbiddenCommands, noopCommands,
            discardEHLOKeywords, disableVrfyCommand, softBounce, strictRfc821Envelopes, peernameLookup,
            clientPortLogging, authorizedXclientHosts, authorizedXforwardHosts, upstreamProxyProtocol, rejectFooter,
            showUserUnknownTableName,
        ] + restrictions + sasl + limits + replyCodes
}
