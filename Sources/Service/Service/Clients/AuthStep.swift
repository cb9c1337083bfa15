// SPDX-License-Identifier: Apache-2.0
package import AuthProtocol

/// What the auth service says to a step of an exchange.
package enum AuthStep: Equatable, Sendable {
    /// Send this challenge (base64) to the user and give the answer to `respond`, or cancel.
    case challenge([UInt8])

    /// The user may log in.
    case success(AuthSuccess)

    /// The user may not; a service that is broken or not there is `.temporary`.
    case failure(AuthFailure)

    /// Nobody can tell for the moment.
    static let unavailable = AuthStep.failure(AuthFailure(.temporary))
}

/// A user who has proven who he is.
package struct AuthSuccess: Equatable, Sendable {
    /// The name in its final form.
    package var user: String

    /// What a mail process redeems for the user's entry, once, within a minute.
    package var ticket: AuthTicket

    /// Everything that the service told.
    package var parameters: AuthParameters

    /// Makes a success.
    package init(user: String, ticket: AuthTicket, parameters: AuthParameters) {
        self.user = user
        self.ticket = ticket
        self.parameters = parameters
    }
}
