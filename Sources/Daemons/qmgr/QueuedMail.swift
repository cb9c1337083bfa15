// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import MailQueue

/// A message in qmgr's memory: what is needed to schedule and list it without opening its file.
@Loop
final class QueuedMail {
    /// A recipient that is not done.
    struct Recipient: Sendable {
        let index: Int
        let address: String
        let original: String
        let notify: QueueRecipient.Notify
        let dsnOriginal: String
        var state: RecipientState
        var attempts: Int
        var reason: DeliveryReason?
    }

    let id: QueueID
    var folder: QueueFolder
    let sender: String
    /// Nanoseconds since the epoch.
    let arrival: Int64
    let contentOffset: Int
    let contentLength: Int
    let encoding: String
    let isUTF8: Bool
    let envelopeID: String
    let returnContent: String
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
        sender = notice.sender
        arrival = Int64(notice.arrival)
        contentOffset = notice.contentOffset
        contentLength = notice.contentLength
        encoding = notice.encoding
        isUTF8 = notice.isUTF8
        envelopeID = notice.envelopeID
        returnContent = notice.returnContent
        recipients = notice.recipients.enumerated().map { index, recipient in
            Recipient(
                index: index,
                address: recipient.address,
                original: recipient.original,
                notify: QueueRecipient.Notify(rawValue: UInt8(truncatingIfNeeded: recipient.notify)),
                dsnOriginal: recipient.originalRecipient,
                state: .queued,
                attempts: 0,
                reason: nil
            )
        }
    }

    /// A message that was found on disk.
    init(_ found: QueueScanner.Message) {
        let envelope = found.envelope
        id = found.id
        folder = found.folder
        sender = envelope.sender
        arrival = envelope.arrival
        contentOffset = found.layout.contentOffset
        contentLength = found.layout.contentLength
        encoding = envelope.encoding == .sevenBit ? "7bit" : "8bit"
        isUTF8 = envelope.needsUTF8
        envelopeID = envelope.envelopeID
        returnContent = envelope.returnContent.map { $0 == .full ? "FULL" : "HDRS" } ?? ""
        isDelayReported = found.mark.isDelayReported
        var next: Int64 = 0
        recipients = []
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
                    reason: nil
                )
            )
        }
        nextAttempt = next.multipliedReportingOverflow(by: 1_000_000_000).partialValue
    }

    /// Whether something is left to do for a recipient.
    var hasOpenRecipients: Bool { recipients.contains { !$0.state.isFinished } }

    /// For lists: as mailctl shows it.
    var entry: QueueEntry {
        QueueEntry(
            queueID: id.text,
            state: isActive ? "active" : folder.rawValue,
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

    /// Changes the recipient with that place in the file.
    func update(_ index: Int, _ body: (inout Recipient) -> Void) {
        // Mostly the place is the position, since recipients are only taken out when a pass ends.
        let position =
            recipients.indices.contains(index) && recipients[index].index == index
            ? index : recipients.firstIndex { $0.index == index }
        if let position { body(&recipients[position]) }
    }
}
