// SPDX-License-Identifier: Apache-2.0
internal import MailQueue

/// A message in the engine's table.
final class Message {
    /// Where it is on its way.
    enum State {
        case onHold
        /// For its time.
        case waiting
        /// A pass over its recipients is under way.
        case active(Pass)
        /// The pass is over; what follows from it is being done.
        case ending(EndStep)
        /// Its file moves for an administrator.
        case moving(to: QueueFolder)
    }

    var mail: QueuedMail
    var state = State.waiting
    /// Counts the times it was given to wait for.
    var generation = 0
    /// What an administrator asked for while it could not be done.
    var pending: MessageOrder?
    /// Recipients whose new state is not in the file yet.
    var unmarked: [Int] = []
    /// Whether its file was not there any more.
    var isGone = false

    init(_ mail: QueuedMail) {
        self.mail = mail
    }

    var id: QueueID { mail.id }

    /// Whether a pass, or what follows from it, is under way.
    var isActive: Bool {
        switch state {
        case .active, .ending: true
        case .onHold, .waiting, .moving: false
        }
    }
}

/// What follows a pass, one after the other.
enum EndStep: Equatable, Sendable {
    /// The report on these recipients that have failed.
    case failures([Int])
    /// The report on these recipients that have the message.
    case successes([Int])
    /// The move to `deferred`.
    case move
    /// The report on the delay.
    case warning
}
