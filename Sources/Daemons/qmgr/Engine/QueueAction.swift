// SPDX-License-Identifier: Apache-2.0
internal import MailEnvelope
internal import MailQueue

/// What the engine wants done.
enum QueueAction: Equatable, Sendable {
    /// Find the routes of these recipients; `resolved` answers.
    case resolve(QueueID, [Int])
    /// Open a connection to the service; `connected` or `unreachable` answers.
    case connect(transport: String, agent: Int)
    /// Close a connection that is idle.
    case disconnect(agent: Int)
    case deliver(Delivery)
    /// Write states of recipients into the queue file.
    case mark(Marking)
    /// Have a report to the sender made; `reported` answers.
    case report(SenderReport)
    /// Move the queue file; `moved` answers.
    case move(QueueID, from: QueueFolder, to: QueueFolder)
    /// Remove the queue file: nothing is left to do.
    case remove(QueueID, QueueFolder)
    case log(QueueNote)
}

/// One message and some of its recipients for an agent.
struct Delivery: Equatable, Sendable {
    let number: Int
    let agent: Int
    let id: QueueID
    let transport: String
    let nextHop: String
    /// Numbers of the recipients in the queue file.
    let recipients: [Int]
}

/// Changes of a queue file.
struct Marking: Equatable, Sendable {
    /// One recipient.
    struct Recipient: Equatable, Sendable {
        let index: Int
        let state: RecipientState
        let attempts: Int
        /// Nanoseconds since the epoch, 0 is at once.
        let nextAttempt: Int64
        let reason: DeliveryReason?
    }

    let id: QueueID
    let folder: QueueFolder
    var recipients: [Recipient] = []
    /// Whether the sender has the delay report.
    var isDelayReported = false
}

/// A report to the sender of a message (RFC 3464).
struct SenderReport: Equatable, Sendable {
    /// What it is about; one on deliveries names expanded aliases too.
    enum Kind: Sendable { case failed, delayed, delivered }

    let id: QueueID
    let kind: Kind
    /// Numbers of the recipients in the queue file.
    let recipients: [Int]
    /// Until when it is tried (delay reports), nanoseconds since the epoch; 0 otherwise.
    var retryUntil: Int64 = 0
}

/// What is worth a line of the log.
enum QueueNote: Equatable, Sendable {
    /// A pass over a message begins.
    case active(QueueID)
    /// qmgr itself decided about a recipient.
    case settled(SettledRecipient)
    /// A recipient was deferred, and the message is too old to be tried again.
    case expired(SettledRecipient)
    case undeliverable(QueueID)
    case removed(QueueID)
    case vanished(QueueID)
    case transportUnavailable(String, reason: String)
    case agentLost(QueueID, transport: String)
}

/// A recipient whose fate needed no agent.
struct SettledRecipient: Equatable, Sendable {
    let id: QueueID
    let recipient: Recipient
    let outcome: Outcome
    /// When the message arrived, when its pass began, and when this was decided; nanoseconds since the epoch.
    let arrival: Int64
    let began: Int64
    let now: Int64
}
