// SPDX-License-Identifier: Apache-2.0
internal import MailEnvelope
internal import MailQueue

/// What the engine is told.
enum QueueEvent: Equatable, Sendable {
    /// A message on disk that is new to the engine.
    case admitted(QueuedMail)
    /// Routes of recipients that a `resolve` asked for; they may come in parts.
    case resolved(QueueID, [RoutedRecipient])
    /// An agent has taken a connection; it carries out `capacity` deliveries at once.
    case connected(agent: Int, capacity: Int)
    /// A `connect` has failed.
    case unreachable(agent: Int, String)
    /// The connection to an agent has ended.
    case agentLost(Int)
    case verdict(delivery: Int, recipient: Int, Outcome)
    /// The agent is through with a delivery.
    case finished(delivery: Int)
    /// The queue file of a delivery cannot be handed out.
    case unreadable(delivery: Int, String)
    /// A message's file is not there any more: somebody has removed it.
    case vanished(QueueID)
    /// The report that was asked for is on disk, or cannot be made now.
    case reported(QueueID, succeeded: Bool)
    case moved(QueueID, succeeded: Bool)
    /// Everything is to be tried again now, also what was given up for a while.
    case flush
    case configured(QueueSettings)
    /// No more passes and deliveries begin; those under way end.
    case retire
    case tick
}

/// What an administrator wants done with one message.
enum MessageOrder: Equatable, Sendable {
    case flush, hold, release, requeue, delete
}
