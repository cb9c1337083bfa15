// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import MailConfiguration
internal import POSIX
internal import SASL
package import Service
package import TLS

/// What a log-in daemon reads before it gives its rights up: dovecot.conf, the certificate and its key.
package struct LoginSettings: Sendable {
    /// What every log-in daemon may do: speak TLS and ask two sockets of its jail, nothing else.
    ///
    /// It owns no file and sees none: its root folder is `queue_directory/login`, where only the sockets of auth and of
    /// the mail services are. Key and configuration are read before.
    package static let rights = Rights(
        user: .login,
        sockets: [.unix],
        callers: ["*": [.everybody]],
        jail: "login"
    )

    /// `imap` or `pop3`, as auth and the log know it.
    package let protocolName: String
    /// Nil where there is no TLS: `ssl = no`, or no certificate.
    package let tls: TLSContext?
    /// `login_greeting`.
    package let greeting: String
    /// Whether a password may come over a connection that anybody can listen to.
    package let allowsCleartext: Bool
    /// The names of the mechanisms that are offered.
    package let mechanisms: [String]
    /// Sessions of one process.
    package let clientLimit: Int

    let authSocket: String
    let mailSocket: String

    /// Settings from elsewhere than a file.
    package init(
        protocolName: String,
        tls: TLSContext?,
        greeting: String,
        allowsCleartext: Bool,
        mechanisms: [String],
        authSocket: String,
        mailSocket: String
    ) {
        self.protocolName = protocolName
        self.tls = tls
        self.greeting = greeting
        self.allowsCleartext = allowsCleartext
        self.mechanisms = mechanisms
        clientLimit = 1000
        self.authSocket = authSocket
        self.mailSocket = mailSocket
    }

    /// Reads the settings of one protocol.
    ///
    /// - Throws: `StartUpError` for a broken configuration, `TLSError` for a certificate or key that cannot be used.
    package init(_ start: StartUp, protocol name: String) throws {
        let dovecot = try start.loadDovecot().forProtocol(name)
        protocolName = name
        greeting = dovecot.loginGreeting
        // `required` means that not even a configured exception lets a password pass in the clear.
        allowsCleartext = dovecot.allowsCleartext && dovecot.tls != .required
        mechanisms = dovecot.mechanisms.compactMap { SASLMechanism(name: $0)?.rawValue }
        clientLimit = max(1, dovecot.service("\(name)-login")?.clientLimit ?? dovecot.defaultClientLimit)
        authSocket = Self.socket("auth", start)
        mailSocket = Self.socket(name, start)
        tls = try Self.context(dovecot, name, start)
    }

    /// A socket of the folder `login`, as it is called inside the jail, or without one.
    private static func socket(_ name: String, _ start: StartUp) -> String {
        start.isRoot ? "/\(name)" : "\(start.queueDirectory)/login/\(name)"
    }

    private static func context(
        _ dovecot: DovecotConfiguration,
        _ name: String,
        _ start: StartUp
    ) throws -> TLSContext? {
        guard dovecot.tls != .no, let certificate = dovecot.certificateFile, let key = dovecot.keyFile else {
            if dovecot.tls == .required { throw StartUpError("ssl = required, but there is no certificate") }
            return nil
        }
        if dovecot.alternativeCertificateFile != nil {
            start.log.warning("ssl_alt_cert is not supported yet: only the first certificate is shown")
        }
        let minimum = dovecot.value(named: "ssl_min_protocol") ?? "TLSv1.2"
        return try TLSContext.server(
            certificateFile: certificate,
            keyFile: key,
            service: name,
            minimum: try version(minimum),
            ciphers: dovecot.value(named: "ssl_cipher_list") ?? ""
        )
    }

    private static func version(_ text: String) throws(StartUpError) -> TLSVersion {
        switch text.uppercased() {
        case "ANY": return .tls1
        case "LATEST": return .tls13
        default:
            guard let version = TLSVersion.allCases.first(where: { $0.rawValue.uppercased() == text.uppercased() })
            else { throw StartUpError("ssl_min_protocol = \(text): not a known version") }
            return version
        }
    }
}
