// SPDX-License-Identifier: Apache-2.0

/// The parameters of ldap_table(5), a row each.
enum LDAPParameter: String, CaseIterable {
    case serverHost = "server_host"
    case serverPort = "server_port"
    case timeout
    case searchBase = "search_base"
    case queryFilter = "query_filter"
    case resultFormat = "result_format"
    /// The name of `result_format` before Postfix 2.2.
    case resultFilter = "result_filter"
    case domain
    case resultAttribute = "result_attribute"
    case specialResultAttribute = "special_result_attribute"
    case leafResultAttribute = "leaf_result_attribute"
    case terminalResultAttribute = "terminal_result_attribute"
    case scope
    case bind
    case bindDN = "bind_dn"
    case bindPassword = "bind_pw"
    case cache
    case cacheExpiry = "cache_expiry"
    case cacheSize = "cache_size"
    case recursionLimit = "recursion_limit"
    case expansionLimit = "expansion_limit"
    case sizeLimit = "size_limit"
    case dereference
    case chaseReferrals = "chase_referrals"
    case debugLevel = "debuglevel"
    case version
    case saslMechanisms = "sasl_mechs"
    case saslRealm = "sasl_realm"
    case saslAuthorization = "sasl_authz_id"
    case saslMinimumSSF = "sasl_minssf"
    case startTLS = "start_tls"
    case tlsCADirectory = "tls_ca_cert_dir"
    case tlsCAFile = "tls_ca_cert_file"
    case tlsCertificate = "tls_cert"
    case tlsKey = "tls_key"
    case tlsRequireCertificate = "tls_require_cert"
    case tlsRandomFile = "tls_random_file"
    case tlsCipherSuite = "tls_cipher_suite"
}
