// SPDX-License-Identifier: Apache-2.0

/// The states of a session (RFC 3501 section 3); logout ends the session and is none.
package enum SessionState: Hashable, Sendable {
    case notAuthenticated
    case authenticated
    case selected
}

/// The commands, a row each: the name and the states in which it may be given.
///
/// `UID` is no row: it is a prefix of COPY, EXPUNGE, FETCH, MOVE, SEARCH and STORE.
package enum IMAPVerb: String, Hashable, Sendable, CaseIterable {
    case capability = "CAPABILITY"
    case noop = "NOOP"
    case logout = "LOGOUT"
    case id = "ID"

    case startTLS = "STARTTLS"
    case authenticate = "AUTHENTICATE"
    case login = "LOGIN"

    case enable = "ENABLE"
    case select = "SELECT"
    case examine = "EXAMINE"
    case create = "CREATE"
    case delete = "DELETE"
    case rename = "RENAME"
    case subscribe = "SUBSCRIBE"
    case unsubscribe = "UNSUBSCRIBE"
    case list = "LIST"
    case lsub = "LSUB"
    case status = "STATUS"
    case append = "APPEND"
    case namespace = "NAMESPACE"
    case idle = "IDLE"

    case check = "CHECK"
    case close = "CLOSE"
    case unselect = "UNSELECT"
    case expunge = "EXPUNGE"
    case search = "SEARCH"
    case fetch = "FETCH"
    case store = "STORE"
    case copy = "COPY"
    case move = "MOVE"

    /// Finds the verb of a name in any case.
    init?(name: ArraySlice<UInt8>) {
        guard let verb = Self.allCases.first(where: { equalIgnoringCase($0.rawValue.utf8, name) }) else {
            return nil
        }
        self = verb
    }

    /// The name in upper case.
    package var name: String { rawValue }

    /// Says whether the command may be given in a state (RFC 3501 section 6; RFC 2177, 2342, 2971, 3691, 5161, 6851).
    package func isValid(in state: SessionState) -> Bool {
        switch self {
        case .capability, .noop, .logout, .id: true
        case .startTLS, .authenticate, .login: state == .notAuthenticated
        case .enable, .select, .examine, .create, .delete, .rename, .subscribe, .unsubscribe, .list, .lsub, .status,
            .append, .namespace, .idle:
            state != .notAuthenticated
        case .check, .close, .unselect, .expunge, .search, .fetch, .store, .copy, .move: state == .selected
        }
    }

    /// The reply to the command when it is given in a state where it may not be, else nil.
    package func refusal(in state: SessionState, tag: IMAPTag) -> CommandRefusal? {
        guard !isValid(in: state) else {
            return nil
        }
        let text =
            switch state {
            case .notAuthenticated: "Error in IMAP command received by server."
            case .authenticated where isValid(in: .selected): "No mailbox selected."
            case .authenticated, .selected: "Error in IMAP command \(name): Already logged in."
            }
        return CommandRefusal(tag, .bad, text: text)
    }
}
