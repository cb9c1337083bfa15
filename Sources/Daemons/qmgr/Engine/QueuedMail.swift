// SPDX-License-Identifier: Apache-2.0
internal import MailEnvelope
internal import MailQueue

/// A message as qmgr keeps it in memory: what is needed to schedule, report and list it without opening its file.
struct QueuedMail: Equatable, Sendable {
    /// A recipient that is not done.
    struct Recipient: Equatable, Sendable {
        /// The number of its record in the queue file.
        let index: Int
        let recipient: MailEnvelope.Recipient
        var state: RecipientState = .queued
        var attempts = 0
        /// Why it waits, or what the last delivery answered.
        var reason: DeliveryReason?

        var address: String { recipient.address }
        var notify: MailEnvelope.Recipient.Notify { recipient.notify }
    }

    let id: QueueID
    var folder = QueueFolder.incoming
    /// Without recipients: those that are left are in `recipients`.
    let envelope: Envelope
    let content: ContentRange
    /// Those that are not done, in the order of the file.
    var recipients: [Recipient]
    /// Nanoseconds since the epoch; 0 is at once.
    var nextAttempt: Int64 = 0
    var isDelayReported = false

    var sender: String { envelope.sender }
    /// Nanoseconds since the epoch.
    var arrival: Int64 { envelope.arrival }

    /// The envelope with some of the recipients, for an agent or a report.
    func envelope(for recipients: [Recipient]) -> Envelope {
        var envelope = envelope
        envelope.recipients = recipients.map(\.recipient)
        return envelope
    }

    /// The recipient with that number in the file; nil once it is done and taken out.
    subscript(recipient index: Int) -> Recipient? { position(of: index).map { recipients[$0] } }

    /// Changes the recipient with that number in the file.
    mutating func update(_ index: Int, _ body: (inout Recipient) -> Void) {
        if let position = position(of: index) { body(&recipients[position]) }
    }

    private func position(of index: Int) -> Int? {
        // Mostly the number is the position, since recipients are only taken out when a pass ends.
        if recipients.indices.contains(index) && recipients[index].index == index { return index }
        var low = 0
        var high = recipients.count
        while low < high {
            let middle = (low + high) / 2
            if recipients[middle].index < index { low = middle + 1 } else { high = middle }
        }
        return low < recipients.count && recipients[low].index == index ? low : nil
    }
}
