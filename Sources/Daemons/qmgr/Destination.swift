// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
internal import EventLoop
internal import MailQueue

/// Some recipients of one message for one destination: what an agent gets at once.
@Loop
final class DeliveryJob {
    let mail: QueuedMail
    let destination: Destination
    let recipients: [QueuedMail.Recipient]
    /// Places of the recipients that have no verdict yet.
    var open: [Int]
    /// Recipients that were deferred because their host could not be reached.
    var hostFailures = 0

    init(mail: QueuedMail, destination: Destination, recipients: [QueuedMail.Recipient]) {
        self.mail = mail
        self.destination = destination
        self.recipients = recipients
        open = recipients.map(\.index)
    }
}

/// A host, a domain or a mailbox that a transport delivers to, with its own bound on deliveries at once.
@Loop
final class Destination {
    /// With `\0address` behind it where each recipient is a destination of its own.
    let nextHop: String
    /// The jobs of each message; messages take turns, so that a long list never delays a single mail.
    var turns: Deque<Deque<DeliveryJob>> = []
    var inFlight = 0
    var isReady = false
    var deadUntil = Int64.min
    private(set) var deadReason = ""
    private var window: Double
    private let limit: Int

    init(nextHop: String, initial: Int, limit: Int) {
        self.nextHop = nextHop
        self.limit = limit
        window = Double(limit > 0 ? min(initial, limit) : initial)
    }

    var hasRoom: Bool { inFlight < Int(window) }

    /// The next job of the message whose turn it is.
    func next() -> DeliveryJob? {
        guard var jobs = turns.popFirst() else { return nil }
        let job = jobs.popFirst()
        if !jobs.isEmpty { turns.append(jobs) }
        return job
    }

    /// A delivery ended well: one more at once, for each window of them (the default positive feedback, 1/concurrency
    /// counted a delivery).
    func succeeded() {
        deadUntil = .min
        guard limit == 0 || window < Double(limit) else { return }
        window += 1
        if limit > 0 { window = min(window, Double(limit)) }
    }

    /// The host could not be reached: fewer at once, and none at all until `time` once the window is closed.
    func failed(until time: Int64) {
        window -= 1
        guard window < 1 else { return }
        window = 1
        deadUntil = time
        deadReason = "delivery temporarily suspended: the host could not be reached"
    }
}
