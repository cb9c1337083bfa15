// SPDX-License-Identifier: Apache-2.0

/// What a password mechanism learned from the client.
package struct SASLCredentials: Equatable, Sendable {
    /// The identity to act as; empty means the one that logs in.
    package var authorizationIdentity: String

    /// The identity whose password it is.
    package var authenticationIdentity: String

    /// The password as the client sent it.
    package var password: SASLSecret

    /// Makes credentials; without an authorization identity the user acts as himself.
    package init(authorizationIdentity: String = "", authenticationIdentity: String, password: SASLSecret) {
        self.authorizationIdentity = authorizationIdentity
        self.authenticationIdentity = authenticationIdentity
        self.password = password
    }
}
