// SPDX-License-Identifier: Apache-2.0

/// What the server engine must know; the setting of main.cf stands behind each.
package struct SMTPServerConfiguration: Equatable, Sendable {
    /// How TLS is offered on this service.
    package enum TLS: Equatable, Sendable {
        /// Not at all.
        case off
        /// STARTTLS for those who want it (`smtpd_tls_security_level = may`).
        case offered
        /// STARTTLS before anything else (`encrypt`).
        case required
    }

    /// `myhostname`.
    package var hostname: String
    /// `smtpd_banner`, expanded.
    package var banner: String
    /// `message_size_limit` in octets, 0 for none.
    package var messageSizeLimit = 10_240_000
    /// `smtpd_recipient_limit`.
    package var recipientLimit = 1000
    /// `smtpd_junk_command_limit`.
    package var junkCommandLimit = 100
    /// `smtpd_soft_error_limit`.
    package var softErrorLimit = 10
    /// `smtpd_hard_error_limit`.
    package var hardErrorLimit = 20
    /// `smtpd_helo_required`.
    package var isHeloRequired = false
    /// `line_length_limit` in octets.
    package var lineLimit = 2048
    /// `smtpd_sasl_response_limit` in base64 digits.
    package var responseLimit = 12288
    /// `smtpd_discard_ehlo_keywords`.
    package var discardedExtensions: Set<SMTPExtension> = []
    /// `smtpd_tls_security_level`.
    package var tls = TLS.off
    /// `smtpd_tls_auth_only`.
    package var isTLSRequiredForAuth = false
    /// `smtpd_sasl_auth_enable`: the mechanisms to offer; empty where there is no authentication.
    package var mechanisms: [String] = []
    /// Mechanisms that `smtpd_sasl_security_options` forbids and `smtpd_sasl_tls_security_options` does not.
    package var mechanismsForTLSOnly: Set<String> = []
    /// `broken_sasl_auth_clients`.
    package var announcesAuthTwice = false
    /// `disable_vrfy_command`.
    package var isVrfyDisabled = false
    /// Whether ETRN is served.
    package var isEtrnEnabled = false
    /// `smtpd_forbidden_commands`: the names, in upper case.
    package var forbiddenCommands: Set<String> = ["CONNECT", "GET", "POST"]
    /// `smtpd_noop_commands`: the names, in upper case.
    package var noopCommands: Set<String> = []
    /// `smtpd_forbid_bare_newline`.
    package var bareNewline = BareNewlinePolicy.normalize
    /// `smtpd_forbid_bare_newline_reject_code`.
    package var bareNewlineRejectCode: UInt16 = 550
    /// `smtpd_forbid_unauth_pipelining`.
    package var forbidsUnauthorizedPipelining = true
    /// `strict_rfc821_envelopes`.
    package var requiresBrackets = false
    /// `strict_smtputf8`.
    package var isUTF8DeclarationRequired = false

    /// Makes a configuration with the defaults of Postfix 3.9.
    package init(hostname: String, banner: String? = nil) {
        self.hostname = hostname
        self.banner = banner ?? "\(hostname) ESMTP"
    }
}
