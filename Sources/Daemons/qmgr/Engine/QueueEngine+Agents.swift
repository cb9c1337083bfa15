// SPDX-License-Identifier: Apache-2.0
internal import DequeModule

/// Connections to agents: how many, and what happens when they end.
extension QueueEngine {
    /// How long no further connection is tried, where one could not be made and others serve.
    private static let connectPause: Int64 = 1_000_000_000

    /// Opens another connection where all are used and the transport may have more.
    func connect(_ transport: Transport) {
        guard transport.mayConnect, transport.connectAfter <= now, !isRetiring else { return }
        let number = nextNumber()
        transport.connecting = number
        connecting[number] = transport
        actions.append(.connect(transport: transport.name, agent: number))
    }

    func connected(_ number: Int, capacity: Int) {
        guard let transport = connecting.removeValue(forKey: number) else { return }
        transport.connecting = nil
        let agent = Agent(number, capacity: capacity, of: transport)
        transport.agents.append(agent)
        agents[number] = agent
        transport.deadUntil = .min
        putInLine(transport)
    }

    func unreachable(_ number: Int, _ reason: String) {
        guard let transport = connecting.removeValue(forKey: number) else { return }
        transport.connecting = nil
        guard transport.agents.isEmpty else {
            // The others go on; another one would only do it faster.
            transport.connectAfter = now &+ Self.connectPause
            return
        }
        suspend(transport, reason)
    }

    /// Leaves a transport alone for a while: what is for it fails at once.
    func suspend(_ transport: Transport, _ reason: String) {
        transport.deadUntil = now &+ settings.transportRetry
        transport.deadReason = "mail transport unavailable: \(reason)"
        actions.append(.log(.transportUnavailable(transport.name, reason: reason)))
        putInLine(transport)
    }

    /// The connection to an agent has ended.
    ///
    /// An agent that left just then (it was idle) is no failure: what it had goes to the next one, once.
    func lost(_ number: Int) {
        guard let agent = agents.removeValue(forKey: number) else { return }
        let transport = agent.transport
        transport.agents.removeAll { $0 === agent }
        if transport.agents.isEmpty { transport.connectAfter = .min }
        for delivery in agent.deliveries.sorted(by: >) {
            guard let job = deliveries.removeValue(forKey: delivery) else { continue }
            job.agent = nil
            let destination = job.destination
            destination.inFlight -= 1
            if !job.wasLost && job.open.count == job.recipients.count {
                job.wasLost = true
                destination.waiting.prepend(Peer(job.message, job.share, destination, [job]))
            } else {
                actions.append(.log(.agentLost(job.message.id, transport: transport.name)))
                fail(job, "the delivery agent has gone away")
            }
            offer(destination)
            discard(destination)
        }
        putInLine(transport)
    }

    /// Closes connections beyond the limit, when they are idle.
    func closeSurplus(_ transport: Transport) {
        let limit = transport.settings.processLimit
        guard limit > 0, transport.agents.count > limit else { return }
        for agent in transport.agents[limit...] where agent.deliveries.isEmpty {
            transport.agents.removeAll { $0 === agent }
            agents[agent.number] = nil
            actions.append(.disconnect(agent: agent.number))
        }
    }
}
