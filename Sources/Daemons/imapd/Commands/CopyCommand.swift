// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import MailSession
internal import MailStore

/// COPY and UID COPY (RFC 3501 section 6.4.7): all messages or none.
@Loop
enum CopyCommand: Command {
    static let telling = Telling.noticed

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .copy(let set, let name, let numbering) = request else { return Completion("") }
        let selected = try session.needSelected()
        let uids = try selected.positions(set, numbering).map { selected.view.messages[$0].uid }
        let target = try await session.target(name)
        guard !uids.isEmpty else { return Completion("Copy completed.") }
        let mailbox = selected.mailbox
        let hub = session.service.hub
        let (sources, result) = try await hub.changing([target], messages: uids.count) { () async throws(StoreError) in
            try await offload { () throws(StoreError) in try mailbox.copy(uids, to: target) }
        }
        hub.noteChange(of: target, by: nil)
        // Messages that somebody else has expunged meanwhile are not among the sources: COPYUID tells what was copied.
        return Completion("Copy completed.", result.copyCode(sources))
    }
}

/// MOVE and UID MOVE (RFC 6851).
@Loop
enum MoveCommand: Command {
    static let telling = Telling.everything

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .move(let set, let name, let numbering) = request else { return Completion("") }
        let selected = try session.needSelected()
        let uids = try selected.positions(set, numbering).map { selected.view.messages[$0].uid }
        guard !selected.mailbox.isReadOnly else { throw CommandFailure(.no, .readOnly, "Mailbox is read-only") }
        let target = try await session.target(name)
        guard !uids.isEmpty else { return Completion("Move completed.") }
        let mailbox = selected.mailbox
        let hub = session.service.hub
        let moved = try await hub.changing([mailbox, target], messages: uids.count) { () async throws(StoreError) in
            try await offload { () throws(StoreError) in try mailbox.move(uids, to: target) }
        }
        hub.noteChange(of: target, by: nil)
        hub.noteChange(of: mailbox, by: selected)
        session.counts.expunged += moved.sources.count
        if let code = moved.result.copyCode(moved.sources) { session.writer.untagged(.ok, code, text: "Moved UIDs.") }
        session.tell(moved.view, of: selected, mayExpunge: true)
        return Completion("Move completed.")
    }
}

extension AppendResult {
    /// COPYUID (RFC 4315), nil where nothing was copied.
    func copyCode(_ sources: [UInt32]) -> IMAPResponseCode? {
        guard !sources.isEmpty, sources.count == uids.count else { return nil }
        return .copyUID(validity: uidValidity, source: NumberSet(sources), destination: NumberSet(uids))
    }
}

extension IMAPSession {
    /// Opens the mailbox that messages are put in; TRYCREATE where there is none.
    func target(_ name: IMAPMailboxName) async throws -> Mailbox {
        let stored = try storageName(name)
        try await makeConfiguredMailboxes()
        let storage = user.storage
        do {
            return try await offload { () throws(StoreError) in try storage.open(stored) }
        } catch {
            throw failure(error, isTarget: true)
        }
    }
}
