// SPDX-License-Identifier: Apache-2.0

/// The verbs that the server knows; the table of what each needs.
package enum SMTPVerb: String, CaseIterable, Sendable {
    /// RFC 5321 section 4.1.1.1.
    case helo = "HELO"
    /// RFC 5321 section 4.1.1.1.
    case ehlo = "EHLO"
    /// RFC 3207.
    case startTLS = "STARTTLS"
    /// RFC 4954.
    case auth = "AUTH"
    /// RFC 5321 section 4.1.1.2.
    case mail = "MAIL"
    /// RFC 5321 section 4.1.1.3.
    case rcpt = "RCPT"
    /// RFC 5321 section 4.1.1.4.
    case data = "DATA"
    /// RFC 3030.
    case bdat = "BDAT"
    /// RFC 5321 section 4.1.1.5.
    case rset = "RSET"
    /// RFC 5321 section 4.1.1.9.
    case noop = "NOOP"
    /// RFC 5321 section 4.1.1.6.
    case vrfy = "VRFY"
    /// RFC 1985.
    case etrn = "ETRN"
    /// RFC 5321 section 4.1.1.10.
    case quit = "QUIT"

    /// Whether it must be the last of a group of pipelined commands (RFC 2920 section 3.1).
    package var endsGroup: Bool {
        switch self {
        case .helo, .ehlo, .startTLS, .auth, .data, .noop, .vrfy: true
        case .mail, .rcpt, .bdat, .rset, .etrn, .quit: false
        }
    }

    /// Whether a client that sends it often does no work (`smtpd_junk_command_limit`).
    package var isJunk: Bool {
        switch self {
        case .helo, .ehlo, .rset, .noop, .vrfy, .etrn: true
        case .startTLS, .auth, .mail, .rcpt, .data, .bdat, .quit: false
        }
    }

    /// Whether it is taken before TLS where TLS is required (RFC 3207 section 4).
    package var isAllowedBeforeTLS: Bool {
        switch self {
        case .helo, .ehlo, .startTLS, .noop, .quit: true
        case .auth, .mail, .rcpt, .data, .bdat, .rset, .vrfy, .etrn: false
        }
    }
}
