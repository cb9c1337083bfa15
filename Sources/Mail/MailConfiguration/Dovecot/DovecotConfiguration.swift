// SPDX-License-Identifier: Apache-2.0

/// dovecot.conf as one daemon sees it: read once, immutable, passed down.
package struct DovecotConfiguration: Equatable, Sendable {
    /// The words of `ssl`.
    package enum TLSMode: String, CaseIterable, Sendable {
        case no
        case yes
        case required
    }

    /// Everything as it was written, for settings without a member here.
    package let root: DovecotScope
    package let protocols: [String]
    /// Addresses and names to listen on; `*` is all of IPv4, `::` all of IPv6.
    package let listen: [String]
    package let tls: TLSMode
    /// The PEM file of the certificate chain; nil where none is set.
    package let certificateFile: String?
    package let keyFile: String?
    /// A second chain, usually of another algorithm.
    package let alternativeCertificateFile: String?
    package let alternativeKeyFile: String?
    /// Whether a password may be sent without TLS (`auth_allow_cleartext`, not `disable_plaintext_auth`).
    package let allowsCleartext: Bool
    /// SASL mechanisms in lower case.
    package let mechanisms: [String]
    package let usernameFormat: String
    package let defaultRealm: String
    package let failureDelay: Duration
    package let loginGreeting: String
    package let mailLocation: DovecotMailLocation
    package let mailHome: String?
    /// The account that owns mail where the userdb names none: a name or a number.
    package let mailUser: String?
    package let mailGroup: String?
    package let firstValidUID: Int
    /// 0 means no limit.
    package let lastValidUID: Int
    package let firstValidGID: Int
    /// 0 means no limit.
    package let lastValidGID: Int
    package let privilegedGroup: String?
    /// The most sessions of a user from one address; 0 means no limit.
    package let userAddressLimit: Int
    package let baseDirectory: String
    package let logPath: String
    package let internalUser: String
    /// `default_login_user`.
    package let loginUser: String
    /// The default of `default_login_user`.
    package static let defaultLoginUser = "relais-login"
    package let defaultClientLimit: Int
    package let defaultProcessLimit: Int
    package let passwordDatabases: [DovecotDatabase]
    package let userDatabases: [DovecotDatabase]
    package let namespaces: [DovecotNamespace]
    package let services: [DovecotService]

    /// Returns a setting's text in this view, expanded but for `%` variables; nil where it is not set.
    package func value(named name: String) -> String? { root.text(name) }

    /// Returns a service; the log-in services exist even where no file names them.
    package func service(_ name: String) -> DovecotService? { services.first { $0.name == name } }

    /// Returns what holds for one protocol: the `protocol name { … }` sections laid over the rest.
    package func forProtocol(_ name: String) -> DovecotConfiguration {
        var scope = root
        for section in root.sections("protocol") {
            let wanted = section.name ?? ""
            let applies = wanted.hasPrefix("!") ? String(wanted.dropFirst()) != name : wanted == name
            if applies { scope.overlay(section.scope) }
        }
        var ignored: [Diagnostic] = []
        return DovecotConfiguration(scope, &ignored)
    }

    /// Reads a resolved scope that ``DovecotDefaults`` lies under.
    init(_ scope: DovecotScope, _ diagnostics: inout [Diagnostic]) {
        var reader = DovecotReader(scope)
        root = scope
        protocols = reader.list("protocols").reduce(into: []) { list, word in
            if !list.contains(word.lowercased()) { list.append(word.lowercased()) }
        }
        listen = reader.list("listen")
        tls = reader.choice("ssl", default: .yes)
        certificateFile = reader.path(contentOf: "ssl_cert", or: "ssl_server_cert_file")
        keyFile = reader.path(contentOf: "ssl_key", or: "ssl_server_key_file")
        alternativeCertificateFile = reader.path(contentOf: "ssl_alt_cert", or: "ssl_server_alt_cert_file")
        alternativeKeyFile = reader.path(contentOf: "ssl_alt_key", or: "ssl_server_alt_key_file")
        let isDisabled = reader.boolean("disable_plaintext_auth", default: true)
        allowsCleartext = reader.boolean("auth_allow_cleartext", default: !isDisabled)
        mechanisms = reader.list("auth_mechanisms").map { $0.lowercased() }
        usernameFormat = scope.text("auth_username_format") ?? "%Lu"
        defaultRealm = reader.text("auth_default_realm", "auth_default_domain") ?? ""
        failureDelay = reader.time("auth_failure_delay") ?? .seconds(2)
        loginGreeting = scope.text("login_greeting") ?? ""
        mailLocation = DovecotMailLocation(scope, old: "mail_location") ?? .automatic
        mailHome = reader.text("mail_home")
        mailUser = reader.text("mail_uid")
        mailGroup = reader.text("mail_gid")
        firstValidUID = reader.integer("first_valid_uid") ?? 500
        lastValidUID = reader.integer("last_valid_uid") ?? 0
        firstValidGID = reader.integer("first_valid_gid") ?? 1
        lastValidGID = reader.integer("last_valid_gid") ?? 0
        privilegedGroup = reader.text("mail_privileged_group")
        userAddressLimit = reader.integer("mail_max_userip_connections") ?? 10
        baseDirectory = reader.text("base_dir") ?? "/run/relais"
        logPath = reader.text("log_path") ?? "syslog"
        internalUser = reader.text("default_internal_user") ?? "relais"
        loginUser = reader.text("default_login_user") ?? Self.defaultLoginUser
        defaultClientLimit = reader.integer("default_client_limit") ?? 1000
        defaultProcessLimit = reader.integer("default_process_limit") ?? 100
        Self.checkTLS(scope, tls, certificateFile, keyFile, &reader)
        diagnostics += reader.diagnostics
        passwordDatabases = scope.sections("passdb").map { DovecotDatabase($0, &diagnostics) }
        userDatabases = scope.sections("userdb").map { DovecotDatabase($0, &diagnostics) }
        let configured = scope.sections("namespace").map { DovecotNamespace($0, &diagnostics) }
        namespaces = configured.isEmpty ? [.standard] : configured
        services = scope.sections("service").map { DovecotService($0, &diagnostics) }
    }

    private static func checkTLS(
        _ scope: DovecotScope,
        _ mode: TLSMode,
        _ certificate: String?,
        _ key: String?,
        _ reader: inout DovecotReader
    ) {
        guard mode != .no, let setting = scope.values["ssl"], setting.place.file != DovecotDefaults.file else { return }
        guard TLSMode(rawValue: setting.text.lowercased()) == mode, certificate == nil || key == nil else { return }
        let missing = certificate == nil ? "ssl_cert" : "ssl_key"
        reader.report(
            mode == .required ? .error : .warning,
            setting.place,
            "ssl = \(mode.rawValue), but \(missing) names no file: there will be no TLS"
        )
    }
}
