// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
internal import MailEnvelope
internal import MailQueue

/// Which delivery begins next.
extension QueueEngine {
    /// Lets messages of a destination take their turn at the transport, as many as the destination has room for.
    ///
    /// Where everything fails at once there is no room to keep: one after the other fails.
    func offer(_ destination: Destination) {
        let transport = destination.transport
        while let peer = destination.waiting.first, hasRoom(destination) {
            destination.waiting.removeFirst()
            destination.offered += 1
            peer.share.ready.append(peer)
            guard !peer.share.isInTurn else { continue }
            peer.share.isInTurn = true
            transport.turns.append(peer.share)
        }
        putInLine(transport)
    }

    private func hasRoom(_ destination: Destination) -> Bool {
        if failure(of: destination) != nil || isRetiring { return destination.offered == 0 }
        return destination.offered + destination.inFlight < destination.window.size
    }

    /// Why a delivery to the destination would fail now, if that is known.
    private func failure(of destination: Destination) -> String? {
        if destination.transport.deadUntil > now { return destination.transport.deadReason }
        guard destination.window.isClosed else { return nil }
        if destination.deadUntil > now && destination.deadSince == flushes { return destination.deadReason }
        destination.window.reopen(busy: destination.inFlight, destination.transport.settings.concurrency)
        return nil
    }

    func putInLine(_ transport: Transport) {
        guard !transport.isInLine, !transport.turns.isEmpty else { return }
        transport.isInLine = true
        line.append(transport)
    }

    /// Begins a delivery, or ends one that would fail.
    ///
    /// - Returns: Whether there was one.
    func startNext() -> Bool {
        while let transport = line.popFirst() {
            transport.isInLine = false
            let agent = transport.freeAgent
            guard agent != nil || transport.deadUntil > now || isRetiring else {
                connect(transport)
                continue
            }
            guard let peer = nextPeer(of: transport) else { continue }
            let destination = peer.destination
            destination.offered -= 1
            let failure = failure(of: destination)
            if failure == nil && !isRetiring && destination.inFlight >= destination.window.size {
                // The window has shrunk meanwhile.
                destination.waiting.prepend(peer)
                putInLine(transport)
                continue
            }
            if let job = peer.jobs.popFirst() {
                if !peer.jobs.isEmpty { destination.waiting.append(peer) }
                if isRetiring {
                    cut(job)
                } else if let failure {
                    fail(job, failure)
                } else if let agent {
                    start(job, agent)
                }
            }
            offer(destination)
            discard(destination)
            return true
        }
        return false
    }

    /// The next message's next destination.
    private func nextPeer(of transport: Transport) -> Peer? {
        while let share = transport.turns.popFirst() {
            let peer = share.ready.popFirst()
            share.isInTurn = !share.ready.isEmpty
            if share.isInTurn { transport.turns.append(share) }
            if let peer { return peer }
        }
        return nil
    }

    private func start(_ job: Job, _ agent: Agent) {
        let number = nextNumber()
        job.agent = agent
        agent.deliveries.insert(number)
        deliveries[number] = job
        job.destination.inFlight += 1
        actions.append(
            .deliver(
                Delivery(
                    number: number,
                    agent: agent.number,
                    id: job.message.id,
                    transport: job.destination.key.transport,
                    nextHop: job.destination.key.nextHop,
                    recipients: job.recipients
                )
            )
        )
    }

    func fail(_ job: Job, _ text: String) {
        settle(job.message, job.pass, job.open.sorted(), Outcome(.deferred, status: "4.3.0", text: text))
        job.open = []
    }

    /// Leaves a delivery to the next qmgr.
    private func cut(_ job: Job) {
        job.pass.isCut = true
        job.pass.outstanding -= job.open.count
        job.open = []
        if job.pass.outstanding == 0 { endPass(job.message) }
    }

    // MARK: Verdicts

    func record(_ delivery: Int, _ recipient: Int, _ outcome: Outcome) {
        guard let job = deliveries[delivery], job.open.remove(recipient) != nil else { return }
        let state: RecipientState =
            switch outcome.kind {
            case .delivered, .forwarded: delivered(job.message, recipient, outcome)
            case .deferred: .deferred
            case .failed: .failed
            }
        if outcome.scope.rawValue > job.scope.rawValue {
            job.scope = outcome.scope
            job.failure = outcome.text
        }
        decide(job.message, job.pass, recipient, state, outcome.reason)
    }

    func finished(_ delivery: Int) {
        guard let job = end(delivery) else { return }
        let hasAnswered = job.open.count < job.recipients.count
        if !job.open.isEmpty { fail(job, "delivery agent gave no verdict") }
        learn(job, hasAnswered: hasAnswered)
        offer(job.destination)
        discard(job.destination)
    }

    func unreadable(_ delivery: Int, _ reason: String) {
        guard let job = end(delivery) else { return }
        fail(job, reason)
        offer(job.destination)
        discard(job.destination)
    }

    /// Takes a delivery from its agent.
    private func end(_ delivery: Int) -> Job? {
        guard let job = deliveries.removeValue(forKey: delivery) else { return nil }
        job.destination.inFlight -= 1
        if let agent = job.agent {
            agent.deliveries.remove(delivery)
            closeSurplus(agent.transport)
            putInLine(agent.transport)
        }
        job.agent = nil
        return job
    }

    /// Draws from a delivery what it says of its destination and its transport.
    private func learn(_ job: Job, hasAnswered: Bool) {
        let destination = job.destination
        let rules = destination.transport.settings.concurrency
        switch job.scope {
        case .transport: suspend(destination.transport, job.failure)
        case .host:
            destination.window.failed(rules)
            guard destination.window.isClosed else { return }
            destination.deadUntil = now &+ settings.minimalBackoff
            destination.deadReason = "delivery temporarily suspended: \(job.failure)"
            destination.deadSince = flushes
            dead.append(destination.key)
        case .recipient:
            if hasAnswered { destination.window.succeeded(busy: destination.inFlight + 1, rules) }
        }
    }

    // MARK: Destinations

    /// Forgets a destination that nobody needs; one that was given up is kept until its time.
    func discard(_ destination: Destination) {
        guard destination.isIdle else { return }
        let isDead = destination.window.isClosed && destination.deadUntil > now && destination.deadSince == flushes
        if !isDead { destinations[destination.key] = nil }
    }

    /// Forgets destinations whose time to be left alone is over.
    func forgetRevived() {
        while let key = dead.first {
            guard let destination = destinations[key] else {
                dead.removeFirst()
                continue
            }
            guard destination.deadUntil <= now || destination.deadSince != flushes else { return }
            dead.removeFirst()
            if destination.isIdle { destinations[key] = nil }
        }
    }
}
