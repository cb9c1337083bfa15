// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import MailStore

/// STORE and UID STORE (RFC 3501 section 6.4.6).
@Loop
enum StoreCommand: Command {
    static let telling = Telling.keepingNumbers

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .store(let set, let wanted, let numbering) = request else { return Completion("") }
        let selected = try session.needSelected()
        let positions = try selected.positions(set, numbering)
        guard !selected.mailbox.isReadOnly else { throw CommandFailure(.no, .readOnly, "Mailbox is read-only") }
        guard !positions.isEmpty else { return Completion("Store completed.") }
        let change = MailStore.FlagChange(wanted)
        let mailbox = selected.mailbox
        let uids = positions.map { selected.view.messages[$0].uid }
        let hub = session.service.hub
        let fresh = try await hub.changing([mailbox], messages: uids.count) { () async throws(StoreError) in
            try await offload { () throws(StoreError) in try mailbox.store(change, uids: uids) }
        }
        hub.noteChange(of: mailbox, by: selected)
        let isIncomplete = tell(fresh, positions, wanted, numbering, selected, session)
        session.tell(fresh, of: selected, mayExpunge: false)
        return isIncomplete ? .no(CommandFailure.expungeIssued) : Completion("Store completed.")
    }

    /// Takes the result into the session's view, and tells it unless the client knows it; true when messages are gone.
    private static func tell(
        _ fresh: MailboxView,
        _ positions: [Int],
        _ wanted: IMAPProtocol.FlagChange,
        _ numbering: MessageNumbering,
        _ selected: SelectedMailbox,
        _ session: IMAPSession
    ) -> Bool {
        if fresh.keywords != selected.view.keywords {
            session.tellKeywords(fresh.keywords, isReadOnly: false)
            selected.view.keywords = fresh.keywords
        }
        let change = MailStore.FlagChange(wanted)
        var mask: UInt32 = 0
        for name in change.keywords {
            if let bit = fresh.keywordBit(name) { mask |= 1 << UInt32(bit) }
        }
        var isIncomplete = false
        for position in positions {
            let before = selected.view.messages[position]
            guard let index = fresh.index(ofUID: before.uid) else {
                isIncomplete = true
                continue
            }
            let after = fresh.messages[index]
            if after.flags.contains(.deleted) && !before.flags.contains(.deleted) { session.counts.deleted += 1 }
            if wanted.isSilent {
                // What the client expects; where it came out otherwise it is told as somebody else's change.
                selected.view.messages[position].flags = expected(before.flags, change)
                selected.view.messages[position].keywords = expected(before.keywords, mask, change)
            } else {
                selected.view.messages[position].flags = after.flags
                selected.view.messages[position].keywords = after.keywords
                session.tellFlags(position, of: selected.view, withUID: numbering == .uid)
            }
        }
        return isIncomplete
    }

    private static func expected(_ flags: MessageFlags, _ change: MailStore.FlagChange) -> MessageFlags {
        switch change.operation {
        case .replace: change.flags
        case .add: flags.union(change.flags)
        case .remove: flags.subtracting(change.flags)
        }
    }

    private static func expected(_ keywords: UInt32, _ mask: UInt32, _ change: MailStore.FlagChange) -> UInt32 {
        switch change.operation {
        case .replace: mask
        case .add: keywords | mask
        case .remove: keywords & ~mask
        }
    }
}

extension MailStore.FlagChange {
    /// The store's form of what a client asks for.
    init(_ change: IMAPProtocol.FlagChange) {
        let operation: Operation =
            switch change.operation {
            case .replace: .replace
            case .add: .add
            case .remove: .remove
            }
        self.init(
            operation,
            flags: MessageFlags(change.flags.system),
            keywords: change.flags.keywords.map(\.name)
        )
    }
}
