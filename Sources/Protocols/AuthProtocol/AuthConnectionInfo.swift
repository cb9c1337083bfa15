// SPDX-License-Identifier: Apache-2.0

/// What the auth service is told about the connection on which somebody logs in, or for which a user is looked up.
package struct AuthConnectionInfo: Equatable, Sendable {
    /// How well the client's connection is protected.
    package enum Security: Equatable, Sendable {
        /// Anybody may listen.
        case none
        /// Local, or protected by something that is not ours.
        case secured
        /// TLS.
        case tls
    }

    /// The protocol that wants to know: `imap`, `pop3`, `smtp`, `lmtp`.
    package var service: String
    /// The session's id, for the logs.
    package var session: String?
    /// The server's address in text form.
    package var localAddress: String?
    /// The server's port.
    package var localPort: UInt16?
    /// The client's address in text form.
    package var remoteAddress: String?
    /// The client's port.
    package var remotePort: UInt16?
    /// The name that the client asked for in TLS (SNI).
    package var localName: String?
    /// How well the connection is protected.
    package var security: Security
    /// Whether the client showed a certificate that a CA of ours has signed.
    package var hasValidClientCertificate: Bool
    /// The user name in that certificate.
    package var certificateUserName: String?
    /// Whether failures must not count against the client's address.
    package var isWithoutPenalty: Bool

    /// Makes a description; all but the service is optional.
    package init(
        service: String,
        session: String? = nil,
        localAddress: String? = nil,
        localPort: UInt16? = nil,
        remoteAddress: String? = nil,
        remotePort: UInt16? = nil,
        localName: String? = nil,
        security: Security = .none,
        hasValidClientCertificate: Bool = false,
        certificateUserName: String? = nil,
        isWithoutPenalty: Bool = false
    ) {
        self.service = service
        self.session = session
        self.localAddress = localAddress
        self.localPort = localPort
        self.remoteAddress = remoteAddress
        self.remotePort = remotePort
        self.localName = localName
        self.security = security
        self.hasValidClientCertificate = hasValidClientCertificate
        self.certificateUserName = certificateUserName
        self.isWithoutPenalty = isWithoutPenalty
    }

    /// Reads the known parameters and ignores the others, as the protocol wants; nil without a service.
    init?(_ parameters: AuthParameters) {
        guard let service = parameters["service"], !service.isEmpty else { return nil }
        let security: Security
        if parameters["secured"]?.lowercased() == "tls" || parameters["transport"]?.lowercased() == "tls" {
            security = .tls
        } else if parameters.contains("secured") || parameters["transport"]?.lowercased() == "trusted" {
            security = .secured
        } else {
            security = .none
        }
        self.init(
            service: service,
            session: parameters["session"],
            localAddress: parameters["lip"],
            localPort: parameters.number("lport").flatMap { UInt16(exactly: $0) },
            remoteAddress: parameters["rip"],
            remotePort: parameters.number("rport").flatMap { UInt16(exactly: $0) },
            localName: parameters["local_name"],
            security: security,
            hasValidClientCertificate: parameters.contains("valid-client-cert"),
            certificateUserName: parameters["cert_username"],
            isWithoutPenalty: parameters.contains("no-penalty")
        )
    }

    var parameters: AuthParameters {
        var list: AuthParameters = ["service": service]
        list.append("session", ifPresent: session)
        list.append("lip", ifPresent: localAddress)
        list.append("rip", ifPresent: remoteAddress)
        list.append("lport", ifPresent: localPort.map { String($0) })
        list.append("rport", ifPresent: remotePort.map { String($0) })
        list.append("local_name", ifPresent: localName)
        switch security {
        case .none: break
        case .secured: list.append("secured")
        case .tls: list.append("secured", "tls")
        }
        if hasValidClientCertificate { list.append("valid-client-cert") }
        list.append("cert_username", ifPresent: certificateUserName)
        if isWithoutPenalty { list.append("no-penalty") }
        return list
    }
}
