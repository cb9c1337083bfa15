// SPDX-License-Identifier: Apache-2.0

/// The words of `smtpd_tls_security_level`.
package enum ServerTLSLevel: String, CaseIterable, Sendable {
    /// Not set: the old parameters decide.
    case unset = ""
    /// No TLS.
    case none
    /// TLS is offered.
    case may
    /// TLS is demanded.
    case encrypt
}

/// The words of `mynetworks_style`.
package enum NetworkStyle: String, CaseIterable, Sendable {
    /// Only the host's own addresses.
    case host
    /// The networks of the host's interfaces.
    case subnet
    /// The class A, B or C networks of the host's addresses.
    case `class`
}

/// The words of `smtpd_sasl_type`.
package enum SASLType: String, CaseIterable, Sendable {
    /// Dovecot's auth protocol.
    case dovecot
}

/// The words of `smtpd_forbid_bare_newline`.
package enum BareNewline: String, CaseIterable, Sendable {
    /// A bare LF ends a line like CR LF, even `LF . LF`.
    case no
    /// The same as `normalize`.
    case yes
    /// A bare LF ends a line, but only CR LF . CR LF ends a message.
    case normalize
    /// A message with a bare LF is refused.
    case reject
    /// As `normalize`, and it is logged.
    case note
}

/// The words of `header_from_format`.
package enum FromFormat: String, CaseIterable, Sendable {
    /// `name <address>`.
    case standard
    /// `address (name)`.
    case obsolete
}

/// The words of cipher grades.
package enum CipherGrade: String, CaseIterable, Sendable {
    case null
    case export
    case low
    case medium
    case high
}
