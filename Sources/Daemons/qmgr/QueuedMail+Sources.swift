// SPDX-License-Identifier: Apache-2.0
internal import InternalProtocols
internal import MailEnvelope
internal import MailQueue

extension QueuedMail {
    /// A message that cleanup has announced; nil for a wrong id.
    init?(_ notice: QueuedMessage) {
        guard let id = QueueID(notice.queueID) else { return nil }
        self.init(
            id: id,
            folder: notice.isOnHold ? .hold : .incoming,
            envelope: Self.withoutRecipients(notice.envelope),
            content: notice.content,
            recipients: notice.envelope.recipients.enumerated().map { index, recipient in
                Recipient(index: index, recipient: recipient)
            }
        )
    }

    /// A message that was found on disk; nil for a size that no file has.
    init?(_ found: QueueScanner.Message) {
        guard let content = found.layout.content else { return nil }
        var next: Int64 = 0
        var recipients: [Recipient] = []
        for (index, (recipient, mark)) in zip(found.envelope.recipients, found.marks).enumerated()
        where !mark.state.isFinished {
            next = max(next, mark.nextAttempt)
            recipients.append(
                Recipient(
                    index: index,
                    recipient: recipient,
                    state: mark.state,
                    attempts: mark.attempts,
                    reason: found.reasons[index]
                )
            )
        }
        self.init(
            id: found.id,
            folder: found.folder,
            envelope: Self.withoutRecipients(found.envelope),
            content: content,
            recipients: recipients,
            nextAttempt: next.multipliedReportingOverflow(by: 1_000_000_000).partialValue,
            isDelayReported: found.mark.isDelayReported
        )
    }

    private static func withoutRecipients(_ envelope: Envelope) -> Envelope {
        var envelope = envelope
        envelope.recipients = []
        return envelope
    }

    /// The message as mailctl lists it; `state` is its place.
    func entry(state: String) -> QueueEntry {
        QueueEntry(
            queueID: id.text,
            state: state,
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
}
