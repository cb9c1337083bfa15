// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import Logging
internal import MailSession
internal import MailStore

/// CREATE (RFC 3501 section 6.3.3).
@Loop
enum CreateCommand: Command {
    static let telling = Telling.noticed

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .create(let name) = request else { return Completion("") }
        let stored = try session.storageName(name)
        let storage = session.user.storage
        try await offload { () throws(StoreError) in try storage.create(stored) }
        return Completion("Create completed.")
    }
}

/// DELETE (RFC 3501 section 6.3.4).
@Loop
enum DeleteCommand: Command {
    static let telling = Telling.noticed

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .delete(let name) = request else { return Completion("") }
        let stored = try session.storageName(name)
        guard stored != "INBOX" else { throw CommandFailure(.no, .cannot, "INBOX can't be deleted.") }
        let storage = session.user.storage
        try await offload { () throws(StoreError) in try storage.delete(stored) }
        // What this session has selected is gone; others learn it when they look.
        if session.selected?.name == stored {
            session.leaveMailbox()
            session.writer.untagged(.ok, .closed, text: "Previous mailbox closed.")
        }
        return Completion("Delete completed.")
    }
}

/// RENAME (RFC 3501 section 6.3.5).
@Loop
enum RenameCommand: Command {
    static let telling = Telling.noticed

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .rename(let old, let new) = request else { return Completion("") }
        let from = try session.storageName(old)
        let to = try session.storageName(new)
        let storage = session.user.storage
        try await offload { () throws(StoreError) in try storage.rename(from, to: to) }
        return Completion("Rename completed.")
    }
}

/// SUBSCRIBE and UNSUBSCRIBE (RFC 3501 sections 6.3.6 and 6.3.7).
@Loop
enum SubscribeCommand: Command {
    static let telling = Telling.noticed

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        let storage = session.user.storage
        switch request {
        case .subscribe(let name):
            let stored = try session.storageName(name)
            try await session.makeConfiguredMailboxes()
            try await offload { () throws(StoreError) in
                guard try storage.exists(stored) else {
                    throw StoreError(.noSuchMailbox, action: "subscribe", subject: stored)
                }
                try storage.subscribe(stored)
            }
            return Completion("Subscribe completed.")
        case .unsubscribe(let name):
            let stored = try session.storageName(name)
            try await offload { () throws(StoreError) in try storage.unsubscribe(stored) }
            return Completion("Unsubscribe completed.")
        default: return Completion("")
        }
    }
}

/// STATUS (RFC 3501 section 6.3.10).
@Loop
enum StatusCommand: Command {
    static let telling = Telling.noticed

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .status(let name, let items) = request else { return Completion("") }
        let stored = try session.storageName(name)
        try await session.makeConfiguredMailboxes()
        session.writer.status(name, try await figures(stored, items, session.user.storage))
        return Completion("Status completed.")
    }

    /// The figures of a mailbox, as it is at this moment.
    static func figures(
        _ name: String,
        _ items: [StatusItem],
        _ storage: MailStorage
    ) async throws(StoreError) -> [(item: StatusItem, value: UInt32)] {
        let view = try await offload { () throws(StoreError) in
            try storage.open(name, readOnly: true).synchronise()
        }
        return items.map { item in
            switch item {
            case .messages: (item, UInt32(clamping: view.messages.count))
            case .recent: (item, UInt32(clamping: view.recentCount))
            case .uidNext: (item, view.uidNext)
            case .uidValidity: (item, view.uidValidity)
            case .unseen: (item, UInt32(clamping: view.unseenCount))
            }
        }
    }
}

extension IMAPSession {
    /// What divides the levels of names.
    var separator: UInt8? { user.storage.separator.asciiValue }

    /// The storage's name of what the client names.
    func storageName(_ name: IMAPMailboxName) throws(CommandFailure) -> String {
        if let stored = service.names.storageName(name) { return stored }
        let prefix = service.names.prefix
        throw CommandFailure(
            .no,
            .nonExistent,
            "Client tried to access nonexistent namespace. (Mailbox name should probably be prefixed with: \(prefix))"
        )
    }

    /// Makes the mailboxes that dovecot.conf has with `auto = create` or `subscribe`, once a session.
    ///
    /// What cannot be made is logged: the session goes on without it.
    func makeConfiguredMailboxes() async throws {
        guard !hasMadeMailboxes else { return }
        hasMadeMailboxes = true
        let wanted = service.names.configured.filter { $0.isCreated && $0.name != "INBOX" }
        guard !wanted.isEmpty else { return }
        let storage = user.storage
        do {
            try await offload { () throws(StoreError) in
                for mailbox in wanted where try !storage.exists(mailbox.name) {
                    try storage.create(mailbox.name)
                    if mailbox.isSubscribed { try storage.subscribe(mailbox.name) }
                }
            }
        } catch {
            service.log.error("imap(\(user.name)): \(error.text)")
        }
    }
}
