// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import MailEnvelope
internal import MailQueue

/// A message in qmgr's memory: what is needed to schedule and list it without opening its file.
@Loop
final class QueuedMail {
    /// A recipient that is not done.
    struct Recipient: Sendable {
        let index: Int
        let recipient: MailEnvelope.Recipient
        var state: RecipientState
        var attempts: Int
        var reason: DeliveryReason?

        var address: String { recipient.address }
        var original: String { recipient.original }
        var notify: MailEnvelope.Recipient.Notify { recipient.notify }
    }

    let id: QueueID
    var folder: QueueFolder
    /// Without recipients: those that are left are in `recipients`.
    let envelope: Envelope
    let content: ContentRange
    /// Those that are not done, in the order of the file.
    var recipients: [Recipient]
    /// Nanoseconds since the epoch; 0 is at once.
    var nextAttempt: Int64 = 0
    /// Recipients that an agent has.
    var outstanding = 0
    var isActive = false
    /// Places of recipients that are done and not marked in the file yet.
    var unmarked: [Int] = []
    var isDelayReported = false
    /// Whether its file was not there any more: somebody has removed it.
    var isGone = false
    /// What an administrator asked for while it was active.
    var order: QueueOrder.Action?

    /// A message that cleanup has told of.
    init?(_ notice: QueuedMessage) {
        guard let id = QueueID(notice.queueID) else { return nil }
        self.id = id
        folder = notice.isOnHold ? .hold : .incoming
        content = notice.content
        recipients = notice.envelope.recipients.enumerated().map { index, recipient in
            Recipient(index: index, recipient: recipient, state: .queued, attempts: 0, reason: nil)
        }
        envelope = Self.withoutRecipients(notice.envelope)
    }

    /// A message that was found on disk.
    init?(_ found: QueueScanner.Message) {
        guard let content = found.layout.content else { return nil }
        id = found.id
        folder = found.folder
        self.content = content
        isDelayReported = found.mark.isDelayReported
        var next: Int64 = 0
        recipients = []
        for (index, (recipient, mark)) in zip(found.envelope.recipients, found.marks).enumerated()
        where !mark.state.isFinished {
            next = max(next, mark.nextAttempt)
            recipients.append(
                Recipient(
                    index: index,
                    recipient: recipient,
                    state: mark.state,
                    attempts: mark.attempts,
                    reason: nil
                )
            )
        }
        envelope = Self.withoutRecipients(found.envelope)
        nextAttempt = next.multipliedReportingOverflow(by: 1_000_000_000).partialValue
    }

    private static func withoutRecipients(_ envelope: Envelope) -> Envelope {
        var envelope = envelope
        envelope.recipients = []
        return envelope
    }

    var sender: String { envelope.sender }
    /// Nanoseconds since the epoch.
    var arrival: Int64 { envelope.arrival }

    /// The envelope with some of the recipients, for an agent or a report.
    func envelope(for recipients: [Recipient]) -> Envelope {
        var envelope = envelope
        envelope.recipients = recipients.map(\.recipient)
        return envelope
    }

    /// Whether something is left to do for a recipient.
    var hasOpenRecipients: Bool { recipients.contains { !$0.state.isFinished } }

    /// For lists: as mailctl shows it.
    var entry: QueueEntry {
        QueueEntry(
            queueID: id.text,
            state: isActive ? "active" : folder.rawValue,
            size: content.length,
            arrival: Int(arrival),
            nextAttempt: Int(nextAttempt),
            attempts: recipients.map(\.attempts).max() ?? 0,
            sender: sender,
            recipients: recipients.map { recipient in
                QueueEntry.Recipient(address: recipient.address, reason: recipient.reason?.text ?? "")
            }
        )
    }

    /// Changes the recipient with that place in the file.
    func update(_ index: Int, _ body: (inout Recipient) -> Void) {
        // Mostly the place is the position, since recipients are only taken out when a pass ends.
        let position =
            recipients.indices.contains(index) && recipients[index].index == index
            ? index : recipients.firstIndex { $0.index == index }
        if let position { body(&recipients[position]) }
    }
}
