// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import MailConfiguration
internal import POSIX
internal import SASL
internal import SystemPackage

/// What auth reads from dovecot.conf, checked.
struct AuthSettings: Sendable {
    let passwordDatabases: [DovecotDatabase]
    let userDatabases: [DovecotDatabase]
    /// The mechanisms that we have engines for, in the configured order.
    let mechanisms: [SASLMechanism]
    /// `auth_username_format`.
    let usernameFormat: String
    let defaultRealm: String
    /// `auth_username_chars`; empty allows all.
    let usernameCharacters: Set<UInt8>
    /// Nanoseconds.
    let failureDelay: Int64
    /// What holds where the userdb names none: `mail_uid`, `mail_gid`, `mail_home`.
    let mailUser: UInt32?
    let mailGroup: UInt32?
    let mailHome: String?
    /// What an administrator should know, one sentence each.
    let warnings: [String]

    /// The drivers that are there, by the section that they serve.
    private static let passwordDrivers: Set<String> = ["passwd-file", "static"]
    private static let userDrivers: Set<String> = ["passwd-file", "static", "passwd", "prefetch"]

    /// Checks a configuration; every error is in the list that is thrown.
    init(_ configuration: DovecotConfiguration) throws(AuthSettingsError) {
        var errors: [String] = []
        var warnings: [String] = []
        for database in configuration.passwordDatabases { Self.check(database, isForUsers: false, &errors) }
        for database in configuration.userDatabases { Self.check(database, isForUsers: true, &errors) }
        passwordDatabases = configuration.passwordDatabases
        userDatabases = configuration.userDatabases
        if passwordDatabases.isEmpty { warnings.append("no passdb is configured: nobody can log in") }
        if userDatabases.isEmpty { warnings.append("no userdb is configured: nobody has a mailbox here") }
        var mechanisms: [SASLMechanism] = []
        for name in configuration.mechanisms {
            guard let mechanism = SASLMechanism(name: name) else {
                warnings.append("auth_mechanisms: \(name) is not supported yet and is not offered")
                continue
            }
            if !mechanisms.contains(mechanism) { mechanisms.append(mechanism) }
        }
        self.mechanisms = mechanisms
        usernameFormat = configuration.usernameFormat
        defaultRealm = configuration.defaultRealm
        usernameCharacters = Set(
            (configuration.value(named: "auth_username_chars")
                ?? "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@").utf8
        )
        failureDelay = max(0, min(configuration.failureDelay.nanoseconds, .seconds(60)))
        mailUser = Self.number(configuration.mailUser, "mail_uid", &errors) { name throws(Errno) in
            try Identity.named(name)?.uid
        }
        mailGroup = Self.number(configuration.mailGroup, "mail_gid", &errors) { name throws(Errno) in
            try Identity.group(named: name)
        }
        mailHome = configuration.mailHome
        self.warnings = warnings
        guard errors.isEmpty else { throw AuthSettingsError(errors: errors) }
    }

    /// Whether a userdb asks the system's name service.
    var usesNameService: Bool { userDatabases.contains { $0.driver == "passwd" } }

    /// The passwd-files whose paths are fixed.
    var passwdFiles: [String] {
        Set((passwordDatabases + userDatabases).compactMap(\.passwdFile)).filter { !$0.contains("%") }.sorted()
    }

    /// The folders that hold passwd-files, as far as their paths are fixed.
    var passwdFolders: [String] {
        let files = (passwordDatabases + userDatabases).compactMap(\.passwdFile)
        return files.map { path in
            let fixed = path.prefix { $0 != "%" }
            guard let slash = fixed.lastIndex(of: "/") else { return "/" }
            return slash == fixed.startIndex ? "/" : String(fixed[..<slash])
        }
    }

    private static func check(_ database: DovecotDatabase, isForUsers: Bool, _ errors: inout [String]) {
        let section = isForUsers ? "userdb" : "passdb"
        let place = "\(database.place.file), line \(database.place.line)"
        if !(isForUsers ? userDrivers : passwordDrivers).contains(database.driver) {
            let reason =
                database.driver == "passwd"
                ? "the passwords of the system are not readable through it (use pam, or passwd-file)"
                : "it is not supported yet"
            errors.append("\(place): \(section) driver \(database.driver): \(reason)")
        }
        if database.isMaster { errors.append("\(place): \(section): master users are not supported yet") }
        if let scheme = database.defaultPasswordScheme, PasswordScheme(name: scheme) == nil {
            errors.append("\(place): \(section): password scheme \(scheme) is not supported")
        }
    }

    private static func number(
        _ text: String?,
        _ setting: String,
        _ errors: inout [String],
        _ find: (String) throws(Errno) -> UInt32?
    ) -> UInt32? {
        guard let text, !text.isEmpty else { return nil }
        if let number = UInt32(text) { return number }
        if let number = try? find(text) { return number }
        errors.append("\(setting): there is no \"\(text)\"")
        return nil
    }
}

/// All that is wrong with the configuration, a sentence each.
struct AuthSettingsError: Error, Equatable, Sendable {
    let errors: [String]
}
