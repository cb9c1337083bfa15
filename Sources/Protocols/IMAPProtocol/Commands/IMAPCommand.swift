// SPDX-License-Identifier: Apache-2.0

/// A command of the client: its tag, its verb and what it asks for.
package struct IMAPCommand: Equatable, Sendable {
    package var tag: IMAPTag
    package var request: IMAPRequest

    package init(_ tag: IMAPTag, _ request: IMAPRequest) {
        self.tag = tag
        self.request = request
    }

    /// The row of the command table.
    package var verb: IMAPVerb { request.verb }
}

/// How messages are named in a command and in its response.
package enum MessageNumbering: Hashable, Sendable {
    case sequence
    /// The command came with `UID` before it.
    case uid
}

/// What a command asks for, a case a verb.
///
/// APPEND comes as `IMAPCommandReader.Event.appendStarted`.
package enum IMAPRequest: Equatable, Sendable {
    case capability
    case noop
    case logout
    case startTLS
    /// The initial response (RFC 4959) is base64 as it came; `=`, the empty response, is `[]`.
    case authenticate(mechanism: String, initialResponse: [UInt8]?)
    case login(user: [UInt8], password: Secret)
    /// RFC 2971: nil for `NIL`.
    case id([IDField]?)
    /// RFC 5161: the capabilities' names in upper case.
    case enable([String])
    case select(IMAPMailboxName)
    case examine(IMAPMailboxName)
    case create(IMAPMailboxName)
    case delete(IMAPMailboxName)
    case rename(IMAPMailboxName, to: IMAPMailboxName)
    case subscribe(IMAPMailboxName)
    case unsubscribe(IMAPMailboxName)
    case list(ListRequest)
    case lsub(reference: [UInt8], ListPattern)
    case status(IMAPMailboxName, [StatusItem])
    case namespace
    case idle
    case check
    case close
    case unselect
    /// With UIDs it is UID EXPUNGE (RFC 4315).
    case expunge(uids: SequenceSet?)
    case search(SearchProgram, MessageNumbering)
    /// With `.uid` the items always hold `.uid`.
    case fetch(SequenceSet, [FetchItem], MessageNumbering)
    case store(SequenceSet, FlagChange, MessageNumbering)
    case copy(SequenceSet, to: IMAPMailboxName, MessageNumbering)
    case move(SequenceSet, to: IMAPMailboxName, MessageNumbering)

    /// The verb of the request.
    package var verb: IMAPVerb {
        switch self {
        case .capability: .capability
        case .noop: .noop
        case .logout: .logout
        case .startTLS: .startTLS
        case .authenticate: .authenticate
        case .login: .login
        case .id: .id
        case .enable: .enable
        case .select: .select
        case .examine: .examine
        case .create: .create
        case .delete: .delete
        case .rename: .rename
        case .subscribe: .subscribe
        case .unsubscribe: .unsubscribe
        case .list: .list
        case .lsub: .lsub
        case .status: .status
        case .namespace: .namespace
        case .idle: .idle
        case .check: .check
        case .close: .close
        case .unselect: .unselect
        case .expunge: .expunge
        case .search: .search
        case .fetch: .fetch
        case .store: .store
        case .copy: .copy
        case .move: .move
        }
    }
}
