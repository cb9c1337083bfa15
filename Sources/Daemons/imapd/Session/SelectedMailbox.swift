// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import MailStore

/// The mailbox that a session has selected, as far as its client was told.
@Loop
final class SelectedMailbox {
    /// The storage's name.
    let name: String
    let mailbox: Mailbox
    /// The mailbox as the client knows it: messages that others have expunged stay in it until EXPUNGE may be told.
    var view: MailboxView
    /// What all sessions on the mailbox share.
    let shared: MailboxHub.Entry
    /// Whether the mailbox has changed since it was last looked at, as far as is known.
    var hasChanged = false
    /// Called when it changes, in IDLE.
    var changed: (@Loop () -> Void)?
    /// The message that was read last, for clients that fetch a large one in pieces.
    var lastRead: LastRead?
    /// Lets it go.
    var forgetting: Timer?

    init(name: String, mailbox: Mailbox, view: MailboxView, shared: MailboxHub.Entry) {
        self.name = name
        self.mailbox = mailbox
        self.view = view
        self.shared = shared
    }

    /// Notes a change by somebody else.
    func noteChange() {
        hasChanged = true
        changed?()
    }

    /// The positions (from 0) of the messages that a set names.
    ///
    /// - Throws: for a sequence number that does not exist.
    func positions(_ set: SequenceSet, _ numbering: MessageNumbering) throws(CommandFailure) -> [Int] {
        let count = view.messages.count
        switch numbering {
        case .sequence:
            guard set.maximum <= UInt32(clamping: count), count > 0 || set.elements.isEmpty else {
                throw .badSequence
            }
            return set.resolved(largest: UInt32(clamping: count)).numbers.map { Int($0) - 1 }
        case .uid:
            guard let last = view.messages.last else { return [] }
            var positions: [Int] = []
            for range in set.resolved(largest: last.uid).ranges {
                var index = view.firstIndex(atOrAfterUID: range.lowerBound)
                while index < count, view.messages[index].uid <= range.upperBound {
                    positions.append(index)
                    index += 1
                }
            }
            return positions
        }
    }
}

extension IMAPSession {
    /// The selected mailbox; commands that need one are refused before where there is none.
    func needSelected() throws(CommandFailure) -> SelectedMailbox {
        guard let selected else { throw CommandFailure(.bad, nil, "No mailbox selected.") }
        return selected
    }

    /// Leaves the selected mailbox.
    func leaveMailbox() {
        guard let selected else { return }
        self.selected = nil
        selected.lastRead = nil
        selected.forgetting?.cancel()
        service.hub.leave(selected)
    }

    // MARK: Telling changes

    /// Tells what others have changed, as far as the command that ends allows it.
    func tellChanges(_ telling: Telling) async throws {
        guard let selected else { return }
        switch telling {
        case .nothing: return
        case .keepingNumbers, .noticed:
            guard selected.hasChanged || !selected.shared.isWatched else { return }
        case .everything: break
        }
        selected.hasChanged = false
        let mailbox = selected.mailbox
        let fresh = try await offload { () throws(StoreError) in try mailbox.synchronise() }
        // The session may have ended meanwhile.
        guard self.selected === selected else { return }
        var mayExpunge = true
        if case .keepingNumbers = telling { mayExpunge = false }
        tell(fresh, of: selected, mayExpunge: mayExpunge)
    }

    /// Tells the difference between what the client knows and what is.
    func tell(_ fresh: MailboxView, of selected: SelectedMailbox, mayExpunge: Bool) {
        let old = selected.view
        let changes = fresh.changes(since: old)
        guard !changes.isEmpty else { return }
        var view = fresh
        if changes.keywordsChanged { tellKeywords(fresh.keywords, isReadOnly: selected.mailbox.isReadOnly) }
        if mayExpunge {
            for uid in changes.expunged.reversed() {
                if let index = old.index(ofUID: uid) { writer.expunge(UInt32(clamping: index + 1)) }
            }
        } else if !changes.expunged.isEmpty {
            // Told later: the numbers stay as the client knows them.
            selected.hasChanged = true
            view.messages = Self.merged(old.messages, fresh)
        }
        selected.view = view
        if !changes.appeared.isEmpty {
            writer.exists(UInt32(clamping: view.messages.count))
            writer.recent(UInt32(clamping: view.recentCount))
        }
        for uid in changes.changed {
            if let index = view.index(ofUID: uid) { tellFlags(index, of: view, withUID: false) }
        }
    }

    /// `* 3 FETCH (FLAGS (…))`.
    func tellFlags(_ index: Int, of view: MailboxView, withUID: Bool) {
        let message = view.messages[index]
        writer.beginFetch(UInt32(clamping: index + 1))
        if withUID { writer.fetchUID(message.uid) }
        writer.fetchFlags(SystemFlags(message), view.keywordNames(of: message))
        writer.endFetch()
    }

    /// `* FLAGS (…)` and what of them can be kept.
    func tellKeywords(_ names: [String], isReadOnly: Bool) {
        let keywords = names.compactMap(Keyword.init)
        let all = FlagList([.answered, .flagged, .deleted, .seen, .draft], keywords)
        writer.mailboxFlags(all)
        writer.untagged(
            .ok,
            .permanentFlags(isReadOnly ? FlagList() : all, acceptsKeywords: !isReadOnly && keywords.count < 26),
            text: isReadOnly ? "Read-only mailbox." : "Flags permitted."
        )
    }

    /// The old list with the new flags of those that are still there, and what has come behind it.
    private static func merged(_ old: [MailboxView.Message], _ fresh: MailboxView) -> [MailboxView.Message] {
        var merged = old.map { message in fresh.index(ofUID: message.uid).map { fresh.messages[$0] } ?? message }
        let last = old.last?.uid ?? 0
        merged.append(contentsOf: fresh.messages[fresh.firstIndex(atOrAfterUID: last == .max ? last : last + 1)...])
        return merged
    }
}

extension SystemFlags {
    /// The flags of a message in a view.
    init(_ message: MailboxView.Message) {
        self.init()
        let flags = message.flags
        if flags.contains(.answered) { insert(.answered) }
        if flags.contains(.flagged) { insert(.flagged) }
        if flags.contains(.deleted) { insert(.deleted) }
        if flags.contains(.seen) { insert(.seen) }
        if flags.contains(.draft) { insert(.draft) }
        if message.isRecent { insert(.recent) }
    }
}

extension MessageFlags {
    /// The flags that a client names.
    init(_ flags: SystemFlags) {
        self.init()
        if flags.contains(.answered) { insert(.answered) }
        if flags.contains(.flagged) { insert(.flagged) }
        if flags.contains(.deleted) { insert(.deleted) }
        if flags.contains(.seen) { insert(.seen) }
        if flags.contains(.draft) { insert(.draft) }
    }
}
