// SPDX-License-Identifier: Apache-2.0
internal import DequeModule

/// Which request of one source runs in which slot, waits, or is refused; time is an argument.
///
/// A slot is a connection with its thread. It stays occupied until its thread has come back, however long ago the request
/// was given up: what blocks cannot be taken back, only be cut off.
package struct PoolEngine: Sendable {
    /// How much of one source there is.
    package struct Limits: Sendable, Equatable {
        /// Connections.
        package var slots: Int
        /// Requests that wait for one.
        package var queue: Int
        package var breaker: Breaker.Limits

        package init(slots: Int = 4, queue: Int = 200, breaker: Breaker.Limits = Breaker.Limits()) {
            self.slots = max(1, slots)
            self.queue = max(0, queue)
            self.breaker = breaker
        }
    }

    /// Why a request gets no answer.
    package enum Refusal: Error, Sendable, Equatable {
        /// The breaker is open.
        case unavailable
        /// As many requests wait as may.
        case full
        /// Its deadline passed while it waited for a slot.
        case late
        /// Its deadline passed while the source was asked.
        case timedOut
    }

    /// What is to be done.
    package enum Action: Sendable, Equatable {
        /// Ask the source.
        case run(request: Int, slot: Int)
        /// Answer that there is no answer.
        case refuse(request: Int, Refusal)
        /// Make an end to whatever the slot's thread waits for.
        case cut(slot: Int)
    }

    /// How a request ended in its slot.
    package enum Outcome: Sendable, Equatable {
        /// The source has answered, be it with an error.
        case answered
        /// The source could not be asked or has fallen silent.
        case failed
    }

    private struct Running {
        let request: Int
        let deadline: Int64
        /// Whether it was refused already; the thread has not come back yet.
        var isCut = false
    }

    private struct Waiting {
        let request: Int
        let deadline: Int64
    }

    private let limits: Limits
    private var breaker: Breaker
    private var slots: [Running?]
    private var queue: Deque<Waiting> = []

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
        breaker = Breaker(limits.breaker)
        slots = Array(repeating: nil, count: limits.slots)
    }

    /// How many requests wait for a slot.
    package var waiting: Int { queue.count }

    /// Whether the source counts as unreachable.
    package var isUnavailable: Bool { breaker.isOpen }

    /// When `tick` has something to do, nil for never.
    package var nextDeadline: Int64? {
        let running = slots.compactMap { $0.flatMap { $0.isCut ? nil : $0.deadline } }
        return (running + queue.map(\.deadline)).min()
    }

    /// A new request; its number is the caller's.
    package mutating func submit(_ request: Int, deadline: Int64, now: Int64) -> [Action] {
        guard deadline > now else { return [.refuse(request: request, .late)] }
        guard let slot = slots.firstIndex(where: { $0 == nil }) else {
            // One more would only wait for what does not come.
            guard !breaker.isOpen else { return [.refuse(request: request, .unavailable)] }
            guard queue.count < limits.queue else { return [.refuse(request: request, .full)] }
            queue.append(Waiting(request: request, deadline: deadline))
            return []
        }
        guard breaker.admits(now: now) else { return [.refuse(request: request, .unavailable)] }
        slots[slot] = Running(request: request, deadline: deadline)
        return [.run(request: request, slot: slot)]
    }

    /// A slot's thread has come back.
    package mutating func finished(slot: Int, _ outcome: Outcome, now: Int64, chance: Double) -> [Action] {
        guard slots.indices.contains(slot), let running = slots[slot] else { return [] }
        slots[slot] = nil
        // What was cut has been counted when it was.
        if !running.isCut {
            switch outcome {
            case .answered: breaker.succeeded()
            case .failed: breaker.failed(now: now, chance: chance)
            }
        }
        return proceed(now: now)
    }

    /// Gives up what is past its deadline.
    package mutating func tick(now: Int64, chance: Double) -> [Action] {
        var actions: [Action] = []
        for (slot, running) in slots.enumerated() {
            guard let running, !running.isCut, running.deadline <= now else { continue }
            slots[slot]?.isCut = true
            breaker.failed(now: now, chance: chance)
            actions.append(.refuse(request: running.request, .timedOut))
            actions.append(.cut(slot: slot))
        }
        for waiting in queue where waiting.deadline <= now {
            actions.append(.refuse(request: waiting.request, .late))
        }
        queue.removeAll { $0.deadline <= now }
        return actions + proceed(now: now)
    }

    /// Fills free slots from the queue, or empties it where the source is out of reach.
    private mutating func proceed(now: Int64) -> [Action] {
        var actions: [Action] = []
        if breaker.isOpen {
            for waiting in queue { actions.append(.refuse(request: waiting.request, .unavailable)) }
            queue.removeAll()
            return actions
        }
        while let slot = slots.firstIndex(where: { $0 == nil }), let next = queue.popFirst() {
            guard next.deadline > now else {
                actions.append(.refuse(request: next.request, .late))
                continue
            }
            slots[slot] = Running(request: next.request, deadline: next.deadline)
            actions.append(.run(request: next.request, slot: slot))
        }
        return actions
    }
}
