// SPDX-License-Identifier: Apache-2.0
internal import MailQueue

/// A message as qmgr keeps it in memory: what is needed to schedule, report and list it without opening its file.
struct QueuedMail: Equatable, Sendable {
    /// A recipient that is not done.
    struct Recipient: Equatable, Sendable {
        /// The number of its record in the queue file.
        let index: Int
        /// Internal form.
        let address: String
        /// What the client named, before aliases.
        var original = ""
        var notify: QueueRecipient.Notify = []
        /// ORCPT of RFC 3461, empty without.
        var dsnOriginal = ""
        var state: RecipientState = .queued
        var attempts = 0
        /// Why it waits, or what the last delivery answered.
        var reason: DeliveryReason?
    }

    let id: QueueID
    var folder = QueueFolder.incoming
    let sender: String
    /// Nanoseconds since the epoch.
    let arrival: Int64
    var contentOffset = 0
    var contentLength = 0
    /// `7bit` or `8bit`.
    var encoding = "7bit"
    var isUTF8 = false
    /// ENVID of RFC 3461.
    var envelopeID = ""
    /// RET of RFC 3461: `FULL`, `HDRS` or empty.
    var returnContent = ""
    /// Those that are not done, in the order of the file.
    var recipients: [Recipient]
    /// Nanoseconds since the epoch; 0 is at once.
    var nextAttempt: Int64 = 0
    var isDelayReported = false

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
