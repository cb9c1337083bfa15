// SPDX-License-Identifier: Apache-2.0

/// What a server does after it has read a client's response.
package enum SASLServerStep: Equatable, Sendable {
    /// Send this challenge (not yet base64) and wait for the response.
    case challenge([UInt8])

    /// The exchange is complete: check this password.
    case credentials(SASLCredentials)

    /// The exchange is over without a password to check.
    case failure(SASLFailure)
}

/// Why an exchange ended without success, on the protocol's level; a wrong password is not among these.
package enum SASLFailure: Equatable, Sendable {
    /// The response does not follow the mechanism's grammar.
    case malformed

    /// A response, identity or password is longer than its limit.
    case tooLong

    /// An identity is not UTF-8, or holds a control character that could forge log lines.
    case badIdentity

    /// A response came after the end of the exchange.
    case outOfOrder
}

/// The server side of one authentication exchange (RFC 4422); responses come decoded.
///
/// A new mechanism is a file with a conforming type and a case in `SASLMechanism`.
package protocol SASLServerMechanism: Sendable {
    /// Begins the exchange; `initialResponse` is nil where the client sent none (an empty one is not nil).
    mutating func start(initialResponse: [UInt8]?) -> SASLServerStep

    /// Goes on with the response to the last challenge.
    mutating func respond(_ response: [UInt8]) -> SASLServerStep
}
