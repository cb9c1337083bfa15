// SPDX-License-Identifier: Apache-2.0

/// The client side of PLAIN (RFC 4616).
package struct PlainClient: SASLClientMechanism, Equatable {
    private let credentials: SASLCredentials
    private var isSent = false

    /// Makes a fresh exchange; identities with a NUL are cut there, for PLAIN cannot carry one.
    package init(_ credentials: SASLCredentials) {
        self.credentials = credentials
    }

    /// The whole message.
    package mutating func initialResponse() -> SASLSecret? {
        isSent = true
        return message
    }

    /// The whole message in answer to the empty challenge; anything else ends the exchange.
    package mutating func respond(to challenge: [UInt8]) -> SASLClientStep {
        guard !isSent, challenge.isEmpty else { return .cancel }
        isSent = true
        return .response(message)
    }

    private var message: SASLSecret {
        var bytes = [UInt8](credentials.authorizationIdentity.utf8.prefix { $0 != 0 })
        bytes.append(0)
        bytes.append(contentsOf: credentials.authenticationIdentity.utf8.prefix { $0 != 0 })
        bytes.append(0)
        bytes.append(contentsOf: credentials.password.bytes.prefix { $0 != 0 })
        return SASLSecret(bytes)
    }
}
