// SPDX-License-Identifier: Apache-2.0

/// The mechanisms that relais has engines for; a name outside this list is not offered.
package enum SASLMechanism: String, CaseIterable, Sendable {
    /// RFC 4616.
    case plain = "PLAIN"

    /// The obsolete two-prompt exchange that some clients still prefer (draft-murchison-sasl-login).
    case login = "LOGIN"

    /// Finds a mechanism by name, without regard to case.
    ///
    /// RFC 4422 section 3.1: `sasl-mech = 1*20mech-char`
    package init?(name: some Collection<UInt8>) {
        guard (1...20).contains(name.count) else { return nil }
        let folded = name.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 &- 32 : $0 }
        self.init(rawValue: String(decoding: folded, as: UTF8.self))
    }

    /// Finds a mechanism by name, without regard to case.
    package init?(name: String) {
        self.init(name: name.utf8)
    }

    /// Whether the password crosses the wire, so that `disable_plaintext_auth` and its kin hide it without TLS.
    package var isPlaintext: Bool { true }

    /// A fresh server side, with its limits.
    package func makeServer(limits: SASLLimits = SASLLimits()) -> any SASLServerMechanism {
        switch self {
        case .plain: PlainServer(limits: limits)
        case .login: LoginServer(limits: limits)
        }
    }

    /// A fresh client side for one set of credentials.
    package func makeClient(_ credentials: SASLCredentials) -> any SASLClientMechanism {
        switch self {
        case .plain: PlainClient(credentials)
        case .login: LoginClient(credentials)
        }
    }
}
