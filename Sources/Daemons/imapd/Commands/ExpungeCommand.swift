// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import MailStore

/// EXPUNGE (RFC 3501 section 6.4.3) and UID EXPUNGE (RFC 4315).
@Loop
enum ExpungeCommand: Command {
    static let telling = Telling.everything

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .expunge(let uids) = request else { return Completion("") }
        let selected = try session.needSelected()
        guard !selected.mailbox.isReadOnly else { throw CommandFailure(.no, .readOnly, "Mailbox is read-only") }
        let only = uids.map { $0.resolved(largest: selected.view.messages.last?.uid ?? 0) }
        let (view, count) = try await expunge(selected, only: only, session.service.hub)
        session.counts.expunged += count
        if count > 0 { session.service.hub.noteChange(of: selected.mailbox, by: selected) }
        session.tell(view, of: selected, mayExpunge: true)
        return Completion("Expunge completed.")
    }

    /// Removes what is marked \Deleted at this moment, of `only` where that is given.
    static func expunge(
        _ selected: SelectedMailbox,
        only: NumberSet?,
        _ hub: MailboxHub
    ) async throws(StoreError) -> (view: MailboxView, count: Int) {
        let mailbox = selected.mailbox
        let known = selected.view.messages.count { $0.flags.contains(.deleted) }
        return try await hub.changing([mailbox], messages: known) { () async throws(StoreError) in
            try await offload { () throws(StoreError) in
                let now = try mailbox.synchronise()
                let uids = now.messages
                    .filter { $0.flags.contains(.deleted) && only?.contains($0.uid) ?? true }
                    .map(\.uid)
                guard !uids.isEmpty else { return (now, 0) }
                return (try mailbox.expunge(uids), uids.count)
            }
        }
    }
}
