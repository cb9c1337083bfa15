// SPDX-License-Identifier: Apache-2.0

/// What a client does after it has read a server's challenge.
package enum SASLClientStep: Equatable, Sendable {
    /// Send these bytes (not yet base64).
    case response(SASLSecret)

    /// Cancel: the server's challenge makes no sense for this mechanism.
    case cancel
}

/// The client side of one authentication exchange (RFC 4422); challenges come decoded.
package protocol SASLClientMechanism: Sendable {
    /// The response to send with the first command, or nil where the server speaks first.
    mutating func initialResponse() -> SASLSecret?

    /// Answers a challenge. A client whose protocol had no room for the initial response gets an empty challenge first.
    mutating func respond(to challenge: [UInt8]) -> SASLClientStep
}
