// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import MailSession
internal import MailStore

/// SELECT and EXAMINE (RFC 3501 sections 6.3.1 and 6.3.2).
@Loop
enum SelectCommand: Command {
    static let telling = Telling.nothing

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        let name: IMAPMailboxName
        let readOnly: Bool
        switch request {
        case .select(let mailbox): (name, readOnly) = (mailbox, false)
        case .examine(let mailbox): (name, readOnly) = (mailbox, true)
        default: return Completion("")
        }
        if session.selected != nil {
            // Even where the new one cannot be opened no mailbox is selected afterwards.
            session.leaveMailbox()
            session.writer.untagged(.ok, .closed, text: "Previous mailbox closed.")
        }
        let stored = try session.storageName(name)
        try await session.makeConfiguredMailboxes()
        let storage = session.user.storage
        let mailbox = try await offload { () throws(StoreError) in try storage.open(stored, readOnly: readOnly) }
        // Watched before it is read, so that nothing comes in between unseen.
        let hub = session.service.hub
        let entry = hub.observe(mailbox)
        let events = entry.events
        let view = try await offload { () throws(StoreError) in try mailbox.synchronise() }
        guard !session.isOver else { return Completion("") }
        let selected = hub.join(entry, events: events, name: stored, mailbox: mailbox, view: view)
        session.selected = selected
        tell(selected, session)
        return readOnly
            ? Completion("Examine completed.", .readOnly) : Completion("Select completed.", .readWrite)
    }

    private static func tell(_ selected: SelectedMailbox, _ session: IMAPSession) {
        let view = selected.view
        session.tellKeywords(view.keywords, isReadOnly: selected.mailbox.isReadOnly)
        session.writer.exists(UInt32(clamping: view.messages.count))
        session.writer.recent(UInt32(clamping: view.recentCount))
        if let unseen = view.messages.firstIndex(where: { !$0.flags.contains(.seen) }) {
            session.writer.untagged(.ok, .unseen(UInt32(clamping: unseen + 1)), text: "First unseen.")
        }
        session.writer.untagged(.ok, .uidValidity(view.uidValidity), text: "UIDs valid")
        session.writer.untagged(.ok, .uidNext(view.uidNext), text: "Predicted next UID")
    }
}

/// CLOSE (RFC 3501 section 6.4.2): what is \Deleted goes, without a word of it.
@Loop
enum CloseCommand: Command {
    static let telling = Telling.nothing

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        let selected = try session.needSelected()
        if !selected.mailbox.isReadOnly {
            session.counts.expunged += try await ExpungeCommand.expunge(selected, only: nil, session.service.hub).count
            session.service.hub.noteChange(of: selected.mailbox, by: selected)
        }
        session.leaveMailbox()
        return Completion("Close completed.")
    }
}

/// UNSELECT (RFC 3691).
@Loop
enum UnselectCommand: Command {
    static let telling = Telling.nothing

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        session.leaveMailbox()
        return Completion("Unselect completed.")
    }
}
