// SPDX-License-Identifier: Apache-2.0

/// The client side of LOGIN: answers the first prompt with the name, the second with the password.
///
/// Servers word the prompts as they like, so the order counts and not the text.
package struct LoginClient: SASLClientMechanism, Equatable {
    private let credentials: SASLCredentials
    private var answered = 0

    /// Makes a fresh exchange.
    package init(_ credentials: SASLCredentials) {
        self.credentials = credentials
    }

    /// None: the server speaks first.
    package mutating func initialResponse() -> SASLSecret? { nil }

    /// The name, then the password, then no more.
    package mutating func respond(to challenge: [UInt8]) -> SASLClientStep {
        defer { answered = min(answered + 1, 2) }
        switch answered {
        case 0: return .response(SASLSecret(credentials.authenticationIdentity))
        case 1: return .response(credentials.password)
        default: return .cancel
        }
    }
}
