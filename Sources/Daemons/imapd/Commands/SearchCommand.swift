// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import MailStore
internal import POSIX

/// SEARCH and UID SEARCH (RFC 3501 section 6.4.4): flags and numbers first, then sizes and dates, content at last.
@Loop
enum SearchCommand: Command {
    static let telling = Telling.keepingNumbers

    static func run(_ session: IMAPSession, _ request: IMAPRequest) async throws -> Completion {
        guard case .search(let program, let numbering) = request else { return Completion("") }
        let selected = try session.needSelected()
        let node = SearchNode(program.key, selected.view)
        var found: [UInt32] = []
        var undecided: [SearchSubject.Place] = []
        for (index, message) in selected.view.messages.enumerated() {
            let subject = SearchSubject(sequenceNumber: UInt32(clamping: index + 1), message: message)
            switch try node.isFound(subject) {
            case true?: found.append(number(subject.place, numbering))
            case false?: continue
            case nil: undecided.append(subject.place)
            }
        }
        var rest = undecided[...]
        let mailbox = selected.mailbox
        while !rest.isEmpty && !session.isOver {
            let batch = Array(rest.prefix(500))
            let (done, hits) = try await offload { () throws(StoreError) in try look(batch, node, mailbox) }
            found += hits.map { number($0, numbering) }
            rest.removeFirst(done)
            session.touch()
        }
        session.writer.search(undecided.isEmpty ? found : found.sorted())
        return Completion("Search completed.")
    }

    private static func number(_ place: SearchSubject.Place, _ numbering: MessageNumbering) -> UInt32 {
        numbering == .uid ? place.message.uid : place.sequenceNumber
    }

    /// Looks at messages until all are done or so much time has passed that others should have the thread.
    nonisolated static func look(
        _ places: [SearchSubject.Place],
        _ node: SearchNode,
        _ mailbox: Mailbox
    ) throws(StoreError) -> (done: Int, hits: [SearchSubject.Place]) {
        let end = Clock.monotonic &+ 200_000_000
        let needs = node.needs
        let uids = places.map(\.message.uid)
        var attributes: ArraySlice<MessageAttributes>?
        if needs.contains(.sizes) || needs.contains(.dates) {
            attributes = try mailbox.attributes(of: uids, withDates: needs.contains(.dates))[...]
        }
        let indexed = needs.contains(.fields) ? try mailbox.formatted(of: uids, .fields) : nil
        var entries = (indexed?.entries ?? [])[...]
        var learned: [(uid: UInt32, message: FormattedMessage)] = []
        defer { if !learned.isEmpty { _ = mailbox.keep(learned) } }
        var hits: [SearchSubject.Place] = []
        for (done, place) in places.enumerated() {
            if done > 0, Clock.monotonic > end { return (done, hits) }
            let uid = place.message.uid
            var subject = SearchSubject(sequenceNumber: place.sequenceNumber, message: place.message)
            if attributes != nil {
                while let first = attributes?.first, first.uid < uid { attributes?.removeFirst() }
                // A message that is gone is not found.
                guard let found = attributes?.first, found.uid == uid else { continue }
                subject.attributes = found
            }
            while let first = entries.first, first.uid < uid { entries.removeFirst() }
            if let indexed, let entry = entries.first, entry.uid == uid, entry.has(.fields) {
                subject.fields = SearchedFields(bytes: indexed.bytes, range: entry.fields)
            }
            do throws(StoreError) {
                if let isFound = try node.isFound(subject) {
                    if isFound { hits.append(place) }
                    continue
                }
                let content = LoadedMessage(try mailbox.open(uid))
                subject.content = content
                if try node.isFound(subject) == true { hits.append(place) }
                if indexed != nil, subject.fields == nil, let fields = try SearchedFields.find(in: content) {
                    learned.append((uid, FormattedMessage(fields: fields)))
                }
            } catch {
                guard error.reason == .noSuchMessage else { throw error }
            }
        }
        return (places.count, hits)
    }
}

extension SearchSubject {
    /// Which message it is.
    struct Place: Sendable {
        let sequenceNumber: UInt32
        let message: MailboxView.Message
    }

    var place: Place { Place(sequenceNumber: sequenceNumber, message: message) }
}
