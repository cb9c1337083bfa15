// SPDX-License-Identifier: Apache-2.0
internal import IMAPProtocol
internal import MailStore
internal import SystemPackage

/// A command that is not carried out: `NO` or `BAD` with code and text.
struct CommandFailure: Error, Equatable {
    let condition: IMAPCondition
    let code: IMAPResponseCode?
    let text: String

    init(_ condition: IMAPCondition = .no, _ code: IMAPResponseCode? = nil, _ text: String) {
        self.condition = condition
        self.code = code
        self.text = text
    }

    /// The set of a command names a message that is not there.
    static let badSequence = CommandFailure(.bad, nil, "Error in IMAP command received by server: Invalid messageset")

    /// Some messages of the set are gone (RFC 5530); the engine has no code for it, and none is needed.
    static let expungeIssued = "[EXPUNGEISSUED] Some of the requested messages no longer exist."

    /// What the client is told of a failure of the store; Dovecot's words, which people search for.
    init(_ error: StoreError, isTarget: Bool) {
        switch error.reason {
        case .noSuchMailbox:
            self.init(.no, isTarget ? .tryCreate : .nonExistent, "Mailbox doesn't exist: \(error.subject)")
        case .mailboxExists: self.init(.no, .alreadyExists, "Mailbox already exists")
        case .invalidName(let why): self.init(.no, .cannot, "Invalid mailbox name: \(why)")
        case .notPossible(let why): self.init(.no, .cannot, why)
        case .noSuchMessage: self.init(.no, nil, Self.expungeIssued)
        case .readOnly: self.init(.no, .readOnly, "Mailbox is read-only")
        case .locked: self.init(.no, .inUse, "Timeout while waiting for lock")
        case .tooLarge: self.init(.no, .limit, "Too large")
        case .tooManyKeywords: self.init(.no, .limit, "Too many keywords in the mailbox")
        case .system(.permissionDenied): self.init(.no, .noPermission, "Permission denied")
        case .system where error.isNoRoom: self.init(.no, .overQuota, "Not enough disk space")
        case .replaced, .system:
            self.init(.no, .serverBug, "Internal error occurred. Refer to server log for more information.")
        }
    }
}

extension StoreError {
    /// Whether the administrator should know: what the client has asked for wrongly is its own affair.
    var isForLog: Bool {
        switch reason {
        case .system, .locked: true
        default: false
        }
    }
}

/// How a command ends when it was carried out.
struct Completion {
    var condition = IMAPCondition.ok
    var code: IMAPResponseCode?
    var text: String

    init(_ text: String, _ code: IMAPResponseCode? = nil) {
        self.text = text
        self.code = code
    }

    /// A command of which a part was not carried out.
    static func no(_ text: String) -> Completion {
        var completion = Completion(text)
        completion.condition = .no
        return completion
    }
}
