// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import MailStore

/// FETCH and UID FETCH (RFC 3501 section 6.4.5).
@Loop
enum FetchCommand: Command {
    static let telling = Telling.keepingNumbers

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .fetch(let set, let items, let numbering) = request else { return Completion("") }
        let selected = try session.needSelected()
        let worker = FetchWorker(plan: FetchPlan(items), mailbox: selected.mailbox)
        var rest = try selected.positions(set, numbering)[...]
        var isIncomplete = false
        while !rest.isEmpty && !session.isOver {
            let positions = rest.prefix(worker.plan.wantsContent ? 50 : 500)
            let changed = try await markSeen(positions, worker.plan, selected, session)
            let targets = positions.map { target($0, selected, session, tellsFlags: changed.contains($0)) }
            let batch = try await written(targets, worker)
            session.touch()
            rest.removeFirst(batch.done)
            isIncomplete = isIncomplete || batch.isIncomplete
            session.counts.add(batch.counts)
            session.service.hub.keep(
                batch.formatted,
                in: selected.shared,
                validity: selected.view.uidValidity
            )
            session.writer.raw(batch.output)
            if batch.stopsAtLarge, batch.done < targets.count {
                isIncomplete = try await !session.stream(targets[batch.done], worker, of: selected) || isIncomplete
                rest.removeFirst()
            }
            session.flush()
            try await session.connection.drained()
        }
        return isIncomplete ? .no(CommandFailure.expungeIssued) : Completion("Fetch completed.")
    }

    /// In the loop itself where all is in memory, otherwise in a thread.
    private static func written(_ targets: [FetchTarget], _ worker: FetchWorker) async throws -> FetchWorker.Batch {
        let plan = worker.plan
        if !plan.wantsSize && !plan.wantsDate && !targets.contains(where: { plan.reads($0.known?.parts) }) {
            return try worker.run(targets[...])
        }
        return try await offload { () throws(StoreError) in try worker.run(targets[...]) }
    }

    private static func target(
        _ position: Int,
        _ selected: SelectedMailbox,
        _ session: IMAPSession,
        tellsFlags: Bool
    ) -> FetchTarget {
        let message = selected.view.messages[position]
        return FetchTarget(
            sequenceNumber: UInt32(clamping: position + 1),
            message: message,
            keywords: selected.view.keywordNames(of: message),
            tellsFlags: tellsFlags,
            known: session.service.hub.formatted(
                message.uid,
                in: selected.shared,
                validity: selected.view.uidValidity
            )
        )
    }

    /// Marks what is about to be read as \Seen; returns the positions for which that is new.
    private static func markSeen(
        _ positions: ArraySlice<Int>,
        _ plan: FetchPlan,
        _ selected: SelectedMailbox,
        _ session: IMAPSession
    ) async throws -> Set<Int> {
        guard plan.setsSeen, !selected.mailbox.isReadOnly else { return [] }
        let unseen = positions.filter { !selected.view.messages[$0].flags.contains(.seen) }
        guard !unseen.isEmpty else { return [] }
        let mailbox = selected.mailbox
        let uids = unseen.map { selected.view.messages[$0].uid }
        let view = try await session.service.hub.changing([mailbox], messages: uids.count) {
            () async throws(StoreError) in
            try await offload { () throws(StoreError) in
                try mailbox.store(MailStore.FlagChange(.add, flags: .seen), uids: uids)
            }
        }
        var changed: Set<Int> = []
        for position in unseen {
            guard view.index(ofUID: selected.view.messages[position].uid) != nil else { continue }
            selected.view.messages[position].flags.insert(.seen)
            changed.insert(position)
        }
        session.service.hub.noteChange(of: mailbox, by: selected)
        return changed
    }
}
