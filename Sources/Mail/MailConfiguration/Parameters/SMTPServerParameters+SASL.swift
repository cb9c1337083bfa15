// SPDX-License-Identifier: Apache-2.0

// AUTH.
extension SMTPServerParameters {
    package static let saslAuthEnable = Parameter(
        "smtpd_sasl_auth_enable",
        .boolean,
        default: "no",
        "Whether AUTH is offered."
    )
    package static let saslType = Parameter(
        "smtpd_sasl_type",
        .choice(SASLType.dovecot),
        default: "dovecot",
        "The protocol of the SASL server.",
        reason: "relais' own auth service speaks Dovecot's protocol, and Cyrus SASL would load foreign code into smtpd."
    )
    package static let saslPath = Parameter(
        "smtpd_sasl_path",
        .nonEmptyString,
        default: "private/auth",
        "The socket of the SASL server, below queue_directory.",
        reason: "Where relais' auth service listens."
    )
    package static let saslSecurityOptions = Parameter(
        "smtpd_sasl_security_options",
        .list,
        default: "noanonymous",
        "The mechanisms that are not offered: noanonymous, noplaintext, nodictionary."
    )
    package static let saslTLSSecurityOptions = Parameter(
        "smtpd_sasl_tls_security_options",
        .list,
        default: "$smtpd_sasl_security_options",
        "The same for sessions with TLS."
    )
    package static let saslLocalDomain = Parameter(
        "smtpd_sasl_local_domain",
        .string,
        default: "",
        "The realm that is given to the SASL server."
    )
    package static let saslService = Parameter(
        "smtpd_sasl_service",
        .nonEmptyString,
        default: "smtp",
        "The service name that is given to the SASL server."
    )
    package static let saslAuthenticatedHeader = Parameter(
        "smtpd_sasl_authenticated_header",
        .boolean,
        default: "no",
        "Whether Received: tells the log-in name."
    )
    package static let saslExceptionsNetworks = Parameter(
        "smtpd_sasl_exceptions_networks",
        .list,
        default: "",
        "The clients that AUTH is not offered to."
    )
    package static let saslResponseLimit = Parameter(
        "smtpd_sasl_response_limit",
        .size(1...Int.max),
        default: "12288",
        "The most bytes of one AUTH response, RFC 4954 section 4."
    )
    package static let brokenSASLAuthClients = Parameter(
        "broken_sasl_auth_clients",
        .boolean,
        default: "no",
        "Whether AUTH is offered in the old form AUTH= as well."
    )

    /// The rows of this file.
    static let sasl: [any AnyParameter] = [
        saslAuthEnable, saslType, saslPath, saslSecurityOptions, saslTLSSecurityOptions, saslLocalDomain,
        saslService, saslAuthenticatedHeader, saslExceptionsNetworks, saslResponseLimit, brokenSASLAuthClients,
    ]
}
