// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
internal import MailEnvelope

/// One attempt for all recipients of a message that are not done.
final class Pass {
    let began: Int64
    /// Recipients without a route.
    var unresolved: Int
    /// Recipients that nobody has decided about.
    var outstanding: Int
    /// The routes that have come.
    var routes: [(index: Int, transport: String, nextHop: String)] = []
    /// Whether deliveries were left out because qmgr retires.
    var isCut = false
    /// What the message has waiting at each transport.
    var shares: [String: Share] = [:]

    init(began: Int64, recipients: Int) {
        self.began = began
        unresolved = recipients
        outstanding = recipients
    }
}

/// The deliveries of one message that one transport may begin: messages take turns there, so that a long list never
/// delays a single mail.
final class Share {
    var ready: Deque<Peer> = []
    var isInTurn = false
}

/// The deliveries of one message to one destination: messages take turns there too.
///
/// It waits at the destination or is ready in its share, never both.
final class Peer {
    let message: Message
    let share: Share
    let destination: Destination
    var jobs: Deque<Job>

    init(_ message: Message, _ share: Share, _ destination: Destination, _ jobs: Deque<Job>) {
        self.message = message
        self.share = share
        self.destination = destination
        self.jobs = jobs
    }
}

/// Some recipients of one message for one destination: what an agent gets at once.
final class Job {
    let message: Message
    let pass: Pass
    let share: Share
    let destination: Destination
    let recipients: [Int]
    /// Recipients without a verdict.
    var open: Set<Int>
    /// Whether an agent was lost with it before.
    var wasLost = false
    /// The widest scope of a failure that the agent has reported.
    var scope = Outcome.Scope.recipient
    var failure = ""
    /// The agent that has it.
    var agent: Agent?

    init(_ message: Message, _ pass: Pass, _ share: Share, _ destination: Destination, _ recipients: [Int]) {
        self.message = message
        self.pass = pass
        self.share = share
        self.destination = destination
        self.recipients = recipients
        open = Set(recipients)
    }
}
