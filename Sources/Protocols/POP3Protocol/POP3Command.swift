// SPDX-License-Identifier: Apache-2.0

package import SASL

/// A command, understood.
package enum POP3Command: Equatable, Sendable {
    /// USER name (RFC 1939 section 7).
    case user(String)
    /// PASS string: all that follows the verb, spaces too.
    case pass(SASLSecret)
    /// APOP, which wants passwords in the clear on our side and is not served.
    case apop
    /// AUTH with a mechanism and perhaps an initial response in base64 (RFC 5034).
    case auth(mechanism: String, initialResponse: SASLSecret?)
    /// AUTH alone: which mechanisms are there.
    case authList
    /// STLS (RFC 2595).
    case startTLS
    /// CAPA (RFC 2449).
    case capabilities
    /// STAT.
    case stat
    /// LIST, of one message or all.
    case list(Int?)
    /// RETR.
    case retrieve(Int)
    /// DELE.
    case delete(Int)
    /// TOP: a header and some lines of the body.
    case top(Int, lines: Int)
    /// UIDL, of one message or all.
    case uniqueIDs(Int?)
    /// LAST: the highest message that was looked at (RFC 1460).
    case last
    /// NOOP.
    case noop
    /// RSET.
    case reset
    /// QUIT.
    case quit
}
