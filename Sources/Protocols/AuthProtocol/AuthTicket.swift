// SPDX-License-Identifier: Apache-2.0

/// What a log-in process hands to a mail process, which redeems it for the user's entry on the master socket.
///
/// The auth service keeps a finished request until it is redeemed once, for about a minute.
package struct AuthTicket: Equatable, Sendable {
    /// The process id that the log-in process named in its handshake.
    package var clientProcessID: UInt32

    /// The id of the finished request.
    package var requestID: UInt32

    /// The cookie of the log-in process's connection.
    package var cookie: String

    /// Makes a ticket.
    package init(clientProcessID: UInt32, requestID: UInt32, cookie: String) {
        self.clientProcessID = clientProcessID
        self.requestID = requestID
        self.cookie = cookie
    }

    /// Compares; the cookie in a time that does not tell where it differs.
    package static func == (left: AuthTicket, right: AuthTicket) -> Bool {
        let a = [UInt8](left.cookie.utf8)
        let b = [UInt8](right.cookie.utf8)
        guard left.clientProcessID == right.clientProcessID, left.requestID == right.requestID, a.count == b.count
        else {
            return false
        }
        return zip(a, b).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension AuthTicket: CustomStringConvertible, CustomReflectable {
    /// The ticket without its cookie.
    package var description: String { "client-pid=\(clientProcessID) id=\(requestID)" }

    /// A mirror without children, so that `dump` does not show the cookie.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
