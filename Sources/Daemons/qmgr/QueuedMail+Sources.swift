// SPDX-License-Identifier: Apache-2.0
internal import InternalProtocols
internal import MailQueue

extension QueuedMail {
    /// A message that cleanup has announced.
    init?(_ notice: QueuedMessage) {
        guard let id = QueueID(notice.queueID) else { return nil }
        self.init(
            id: id,
            sender: notice.sender,
            arrival: Int64(notice.arrival),
            contentOffset: notice.contentOffset,
            contentLength: notice.contentLength,
            encoding: notice.encoding,
            isUTF8: notice.isUTF8,
            envelopeID: notice.envelopeID,
            returnContent: notice.returnContent,
            recipients: notice.recipients.enumerated().map { index, recipient in
                Recipient(
                    index: index,
                    address: recipient.address,
                    original: recipient.original,
                    notify: QueueRecipient.Notify(rawValue: UInt8(truncatingIfNeeded: recipient.notify)),
                    dsnOriginal: recipient.originalRecipient
                )
            }
        )
    }

    /// A message that was found on disk.
    init(_ found: QueueScanner.Message) {
        let envelope = found.envelope
        var next: Int64 = 0
        var recipients: [Recipient] = []
        for (index, (recipient, mark)) in zip(envelope.recipients, found.marks).enumerated()
        where !mark.state.isFinished {
            next = max(next, mark.nextAttempt)
            recipients.append(
                Recipient(
                    index: index,
                    address: recipient.address,
                    original: recipient.original,
                    notify: recipient.notify,
                    dsnOriginal: recipient.dsnOriginal,
                    state: mark.state,
                    attempts: mark.attempts,
                    reason: found.reasons[index]
                )
            )
        }
        self.init(
            id: found.id,
            folder: found.folder,
            sender: envelope.sender,
            arrival: envelope.arrival,
            contentOffset: found.layout.contentOffset,
            contentLength: found.layout.contentLength,
            encoding: envelope.encoding == .sevenBit ? "7bit" : "8bit",
            isUTF8: envelope.needsUTF8,
            envelopeID: envelope.envelopeID,
            returnContent: envelope.returnContent.map { $0 == .full ? "FULL" : "HDRS" } ?? "",
            recipients: recipients,
            nextAttempt: next.multipliedReportingOverflow(by: 1_000_000_000).partialValue,
            isDelayReported: found.mark.isDelayReported
        )
    }

    /// The message as mailctl lists it; `state` is its place.
    func entry(state: String) -> QueueEntry {
        QueueEntry(
            queueID: id.text,
            state: state,
            size: contentLength,
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
