// SPDX-License-Identifier: Apache-2.0

/// Parameters of TLS in smtpd and common to all daemons.
package enum TLSParameters {
    package static let smtpdTLSSecurityLevel = Parameter(
        "smtpd_tls_security_level",
        .choice(ServerTLSLevel.unset),
        default: "",
        "Whether STARTTLS is offered (may) or demanded (encrypt)."
    )
    package static let smtpdUseTLS = Parameter(
        "smtpd_use_tls",
        .boolean,
        default: "no",
        "The old form of smtpd_tls_security_level = may."
    )
    package static let smtpdEnforceTLS = Parameter(
        "smtpd_enforce_tls",
        .boolean,
        default: "no",
        "The old form of smtpd_tls_security_level = encrypt."
    )
    package static let smtpdTLSWrappermode = Parameter(
        "smtpd_tls_wrappermode",
        .boolean,
        default: "no",
        "Whether TLS begins at once, as on port 465."
    )
    package static let smtpdTLSCertFile = Parameter(
        "smtpd_tls_cert_file",
        .string,
        default: "",
        "The file of the certificate chain, PEM."
    )
    package static let smtpdTLSKeyFile = Parameter(
        "smtpd_tls_key_file",
        .string,
        default: "$smtpd_tls_cert_file",
        "The file of the private key, PEM."
    )
    package static let smtpdTLSEccertFile = Parameter(
        "smtpd_tls_eccert_file",
        .string,
        default: "",
        "The file of the ECDSA certificate chain, PEM."
    )
    package static let smtpdTLSEckeyFile = Parameter(
        "smtpd_tls_eckey_file",
        .string,
        default: "$smtpd_tls_eccert_file",
        "The file of the ECDSA private key, PEM."
    )
    package static let smtpdTLSChainFiles = Parameter(
        "smtpd_tls_chain_files",
        .list,
        default: "",
        "Files that hold a key followed by its chain; they replace the four above."
    )
    package static let smtpdTLSCAFile = Parameter(
        "smtpd_tls_CAfile",
        .string,
        default: "",
        "The file of trusted authorities for client certificates."
    )
    package static let smtpdTLSCAPath = Parameter(
        "smtpd_tls_CApath",
        .string,
        default: "",
        "The folder of trusted authorities for client certificates."
    )
    package static let smtpdTLSAuthOnly = Parameter(
        "smtpd_tls_auth_only",
        .boolean,
        default: "no",
        "Whether AUTH is offered over TLS only."
    )
    package static let smtpdTLSAskCcert = Parameter(
        "smtpd_tls_ask_ccert",
        .boolean,
        default: "no",
        "Whether a client certificate is asked for."
    )
    package static let smtpdTLSReqCcert = Parameter(
        "smtpd_tls_req_ccert",
        .boolean,
        default: "no",
        "Whether a client certificate is demanded."
    )
    package static let smtpdTLSReceivedHeader = Parameter(
        "smtpd_tls_received_header",
        .boolean,
        default: "no",
        "Whether Received: tells protocol and cipher."
    )
    package static let smtpdTLSLoglevel = Parameter(
        "smtpd_tls_loglevel",
        .integer(0...4),
        default: "0",
        "How much of TLS is logged."
    )
    package static let smtpdTLSProtocols = Parameter(
        "smtpd_tls_protocols",
        .list,
        default: ">=TLSv1",
        "The protocols of opportunistic TLS."
    )
    package static let smtpdTLSMandatoryProtocols = Parameter(
        "smtpd_tls_mandatory_protocols",
        .list,
        default: ">=TLSv1",
        "The protocols of mandatory TLS."
    )
    package static let smtpdTLSCiphers = Parameter(
        "smtpd_tls_ciphers",
        .choice(CipherGrade.medium),
        default: "medium",
        "The least grade of ciphers of opportunistic TLS."
    )
    package static let smtpdTLSMandatoryCiphers = Parameter(
        "smtpd_tls_mandatory_ciphers",
        .choice(CipherGrade.medium),
        default: "medium",
        "The least grade of ciphers of mandatory TLS."
    )
    package static let smtpdTLSExcludeCiphers = Parameter(
        "smtpd_tls_exclude_ciphers",
        .list,
        default: "",
        "The ciphers that are never used."
    )
    package static let smtpdTLSMandatoryExcludeCiphers = Parameter(
        "smtpd_tls_mandatory_exclude_ciphers",
        .list,
        default: "",
        "The ciphers that are never used with mandatory TLS."
    )
    package static let smtpdTLSSessionCacheTimeout = Parameter(
        "smtpd_tls_session_cache_timeout",
        .time(),
        default: "3600s",
        "How long sessions can be resumed."
    )
    package static let tlsHighCipherlist = Parameter(
        "tls_high_cipherlist",
        .nonEmptyString,
        default: "aNULL:-aNULL:HIGH:@STRENGTH",
        "OpenSSL's cipher list of grade high."
    )
    package static let tlsMediumCipherlist = Parameter(
        "tls_medium_cipherlist",
        .nonEmptyString,
        default: "aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH",
        "OpenSSL's cipher list of grade medium."
    )
    package static let tlsPreemptCipherlist = Parameter(
        "tls_preempt_cipherlist",
        .boolean,
        default: "no",
        "Whether the server's order of ciphers decides."
    )
    package static let tlsEecdhAutoCurves = Parameter(
        "tls_eecdh_auto_curves",
        .list,
        default: "X25519 X448 prime256v1 secp521r1 secp384r1",
        "The curves of the key exchange."
    )
    package static let tlsSslOptions = Parameter(
        "tls_ssl_options",
        .list,
        default: "",
        "Options of OpenSSL that are switched on."
    )
    package static let tlsServerSniMaps = Parameter(
        "tls_server_sni_maps",
        .tables,
        default: "",
        "The key and chain files of each server name."
    )

    /// All rows of this group.
    package static let all: [any AnyParameter] = [
        smtpdTLSSecurityLevel, smtpdUseTLS, smtpdEnforceTLS, smtpdTLSWrappermode, smtpdTLSCertFile,
        smtpdTLSKeyFile, smtpdTLSEccertFile, smtpdTLSEckeyFile, smtpdTLSChainFiles, smtpdTLSCAFile, smtpdTLSCAPath,
        smtpdTLSAuthOnly, smtpdTLSAskCcert, smtpdTLSReqCcert, smtpdTLSReceivedHeader, smtpdTLSLoglevel,
        smtpdTLSProtocols, smtpdTLSMandatoryProtocols, smtpdTLSCiphers, smtpdTLSMandatoryCiphers,
        smtpdTLSExcludeCiphers, smtpdTLSMandatoryExcludeCiphers, smtpdTLSSessionCacheTimeout, tlsHighCipherlist,
        tlsMediumCipherlist, tlsPreemptCipherlist, tlsEecdhAutoCurves, tlsSslOptions, tlsServerSniMaps,
    ]
}
