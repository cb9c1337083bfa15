// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
internal import EventLoop
internal import InternalProtocols
internal import Logging
internal import MailConfiguration
internal import MailQueue
internal import POSIX
internal import Service
internal import SystemPackage

/// A delivery service of master.cf, with its destinations and what its agents have.
@Loop
final class Transport {
    let name: String
    private unowned let queue: Queue
    private let agents: AgentConnection
    private var destinations: [String: Destination] = [:]
    /// Destinations with work and room, in turn.
    private var ready: Deque<Destination> = []
    private var outstanding = 0
    private var isDispatching = false
    /// Deliveries at once.
    private let limit: Int
    /// Recipients of one delivery; with 1 the mailbox is the destination.
    let recipientLimit: Int
    private var deadUntil = Int64.min
    private var deadReason = ""

    init(_ name: String, _ queue: Queue) {
        self.name = name
        self.queue = queue
        limit = max(1, queue.manager.main[GeneralParameters.defaultProcessLimit])
        recipientLimit = max(1, queue.manager.main[TransportParameters.destinationRecipientLimit, of: name])
        agents = AgentConnection(path: queue.worker.start.privateSocket(name))
    }

    /// Adds deliveries of one message to one destination.
    func add(_ mail: QueuedMail, _ recipients: [QueuedMail.Recipient], nextHop: String) {
        let destination = destination(nextHop)
        var jobs: Deque<DeliveryJob> = []
        var start = 0
        while start < recipients.count {
            let part = recipients[start..<min(start + recipientLimit, recipients.count)]
            jobs.append(DeliveryJob(mail: mail, destination: destination, recipients: Array(part)))
            start += recipientLimit
        }
        destination.turns.append(jobs)
        makeReady(destination)
        dispatch()
    }

    func forgetDead() {
        deadUntil = .min
        for destination in destinations.values { destination.deadUntil = .min }
    }

    private func destination(_ nextHop: String) -> Destination {
        if let destination = destinations[nextHop] { return destination }
        let main = queue.manager.main
        let new = Destination(
            nextHop: nextHop,
            initial: main[TransportParameters.initialDestinationConcurrency, of: name],
            limit: main[TransportParameters.destinationConcurrencyLimit, of: name]
        )
        destinations[nextHop] = new
        return new
    }

    private func makeReady(_ destination: Destination) {
        guard !destination.isReady, destination.hasRoom, !destination.turns.isEmpty else { return }
        destination.isReady = true
        ready.append(destination)
    }

    /// Starts what there is room for.
    ///
    /// `finish` calls it again for each job that needs no agent: the one loop goes on then, however many there are.
    private func dispatch() {
        guard !isDispatching else { return }
        isDispatching = true
        defer { isDispatching = false }
        while outstanding < limit, let destination = ready.popFirst() {
            destination.isReady = false
            guard let job = destination.next() else { continue }
            destination.inFlight += 1
            outstanding += 1
            makeReady(destination)
            let now = EventLoop.shared.now
            let dead = max(deadUntil, destination.deadUntil)
            if dead > now {
                // What is known to fail now is not tried; it costs others their turn.
                finish(job, deferring: dead == deadUntil ? deadReason : destination.deadReason)
            } else {
                Loop.spawn { await self.deliver(job) }
            }
        }
    }

    private func deliver(_ job: DeliveryJob) async {
        do throws(AgentFailure) {
            try await agents.deliver(job, of: name, from: queue.manager.directories) { self.record($0, job) }
            job.destination.succeeded()
            finish(job, deferring: "delivery agent gave no verdict")
        } catch {
            switch error {
            case .unavailable(let reason):
                deadUntil = EventLoop.shared.now &+ queue.manager.settings.transportRetry
                deadReason = "mail transport unavailable: \(reason)"
                queue.log.warning("transport \(name): \(reason)")
                finish(job, deferring: deadReason)
            case .broken:
                queue.log.warning("\(job.mail.id): transport \(name): the delivery agent has gone away")
                finish(job, deferring: "the delivery agent has gone away")
            case .file(.system(.open, .noSuchFileOrDirectory)):
                job.mail.isGone = true
                finish(job, deferring: "its queue file is gone")
            case .file(let reason):
                queue.log.error("\(job.mail.id): \(reason)")
                finish(job, deferring: "queue file: \(reason)")
            }
        }
    }

    /// A verdict, as it comes.
    private func record(_ verdict: DeliveryVerdict, _ job: DeliveryJob) {
        guard let position = job.open.firstIndex(of: verdict.index) else { return }
        crashPoint(.qmgrVerdict)
        job.open.remove(at: position)
        let state: RecipientState =
            switch verdict.outcome {
            case .delivered: .delivered
            case .forwarded: .expanded
            case .deferred: .deferred
            case .failed: .failed
            }
        let isOurs = !verdict.relay.contains("[")
        job.mail.update(verdict.index) { recipient in
            recipient.state = state
            recipient.attempts += 1
            recipient.reason = DeliveryReason(
                status: verdict.status,
                text: verdict.text,
                remoteMTA: isOurs ? "" : verdict.relay,
                diagnosticType: isOurs ? "x-unix" : "smtp"
            )
        }
        if state == .deferred && verdict.status.hasPrefix("4.4.") { job.hostFailures += 1 }
        settled(job.mail, verdict.index, state)
    }

    /// The job is over: who has no verdict is deferred.
    private func finish(_ job: DeliveryJob, deferring reason: String) {
        for index in job.open {
            job.mail.update(index) { recipient in
                recipient.state = .deferred
                recipient.attempts += 1
                recipient.reason = DeliveryReason(status: "4.3.0", text: reason)
                queue.log.info(
                    "\(job.mail.id): to=<\(recipient.address)>, relay=none, dsn=4.3.0, status=deferred (\(reason))"
                )
            }
            settled(job.mail, index, .deferred)
        }
        job.open = []
        let destination = job.destination
        if job.hostFailures > 0 && job.hostFailures == job.recipients.count {
            destination.failed(until: EventLoop.shared.now &+ queue.manager.settings.minimalBackoff)
        }
        destination.inFlight -= 1
        outstanding -= 1
        if destination.inFlight == 0 && destination.turns.isEmpty && destination.deadUntil <= EventLoop.shared.now {
            destinations[destination.nextHop] = nil
        }
        makeReady(destination)
        dispatch()
    }

    /// Writes down a recipient that is done while others are not: so that a crash repeats no delivery.
    ///
    /// The last one of a message needs no mark: the file's end says it.
    private func settled(_ mail: QueuedMail, _ index: Int, _ state: RecipientState) {
        mail.outstanding -= 1
        if state.isFinished {
            mail.unmarked.append(index)
            // The verdicts of one turn are written together.
            if mail.unmarked.count == 1 { Loop.after(0) { [queue] in MarkWriter(queue).markFinished(mail) } }
        }
        if mail.outstanding == 0 { queue.passEnded(mail) }
    }
}
