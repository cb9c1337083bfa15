// SPDX-License-Identifier: Apache-2.0

/// Why a peer's line ends the connection; the peer is broken or is no auth peer at all.
package enum AuthProtocolError: Error, Equatable, Sendable {
    /// No line end within the limit.
    case lineTooLong

    /// A known command whose required fields are missing or wrong; the command's name is given.
    case malformed(command: String)

    /// The peer speaks another major version.
    case unsupportedVersion(major: UInt32)

    /// A command before the peer's handshake was complete; the command's name is given.
    case handshakeIncomplete(command: String)

    /// A handshake line that came twice; the command's name is given.
    case repeated(command: String)

    /// A new request with the id of one that is still open.
    case duplicateRequest(id: UInt32)

    /// More requests open, or more handshake lines, than the limit.
    case tooMany(limit: Int)
}

/// The version that a peer names in its first line; only equal major versions can talk.
package struct AuthVersion: Equatable, Sendable {
    /// Changes that break.
    package var major: UInt32

    /// Additions.
    package var minor: UInt32

    /// Makes a version.
    package init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }

    /// What relais speaks: version 1.2, which Dovecot 2.3 and 2.4 both take.
    package static let current = AuthVersion(major: 1, minor: 2)
}

/// The bounds of a connection on the auth sockets.
package struct AuthProtocolLimits: Equatable, Sendable {
    /// Longest line in bytes, without its LF; Dovecot expects 8192, later versions 16384.
    package var line: Int

    /// Most requests that may be open at once on one connection, which is most log-ins one process has running.
    package var pending: Int

    /// Most mechanisms that a server may announce.
    package var mechanisms: Int

    /// Makes limits.
    package init(line: Int = 16384, pending: Int = 4096, mechanisms: Int = 64) {
        self.line = line
        self.pending = pending
        self.mechanisms = mechanisms
    }
}
