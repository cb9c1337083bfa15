// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
internal import MailQueue

/// The queue in memory: which message is tried when, by whom, how many at once, and what follows.
///
/// It has no input and output, no clock and no log: events and the time go in, actions come out. One call does a bounded
/// amount of work; while `nextWake` is not in the future the caller gives it a `tick` in its next turn.
final class QueueEngine {
    /// Passes begun and deliveries started in one call, at the most.
    static let slice = 128

    var settings: QueueSettings
    var messages: [QueueID: Message] = [:]
    var transports: [String: Transport] = [:]
    var destinations: [DestinationKey: Destination] = [:]
    var agents: [Int: Agent] = [:]
    /// Connections that are being opened.
    var connecting: [Int: Transport] = [:]
    var deliveries: [Int: Job] = [:]
    /// Transports with deliveries to begin, in turn.
    var line: Deque<Transport> = []
    /// Destinations that were given up, in the order of their times.
    var dead: Deque<DestinationKey> = []
    var due = DueTimes()
    /// Messages that were never tried: they take turns with those that are tried again.
    var fresh: Deque<DueTime> = []
    var prefersFresh = true
    /// Messages with states to be written.
    var unmarked: [QueueID] = []
    var actions: [QueueAction] = []
    /// The time of the call.
    var now: Int64 = 0
    /// How many flushes there were.
    var flushes = 0
    var lastNumber = 0
    var isRetiring = false
    /// Whether the last call left work for the next.
    private var isBehind = false
    /// Whether files wait to be removed, so that a message that is done should be marked so: the disk may be slow to
    /// free files (`discard`), and a crash meanwhile would deliver all of them again.
    var isRemovalBehind = false

    /// Messages with a pass under way, or what follows from it.
    private(set) var activeCount = 0
    /// Messages that wait for their time.
    private(set) var waitingCount = 0

    init(_ settings: QueueSettings) {
        self.settings = settings
    }

    /// When the engine wants its next `tick`, nanoseconds since the epoch; nil for not at all.
    var nextWake: Int64? {
        if isBehind || !unmarked.isEmpty { return now }
        guard !isRetiring, activeCount < settings.activeLimit else { return nil }
        return due.next
    }

    /// Takes an event at the time `now`, in nanoseconds since the epoch, and returns what is to be done, in order.
    func handle(_ event: QueueEvent, at now: Int64) -> [QueueAction] {
        self.now = now
        switch event {
        case .admitted(let mail): admit(mail)
        case .resolved(let id, let routes): resolved(id, routes)
        case .connected(let agent, let capacity): connected(agent, capacity: capacity)
        case .unreachable(let agent, let reason): unreachable(agent, reason)
        case .agentLost(let agent): lost(agent)
        case .verdict(let delivery, let recipient, let outcome): record(delivery, recipient, outcome)
        case .finished(let delivery): finished(delivery)
        case .unreadable(let delivery, let reason): unreadable(delivery, reason)
        case .vanished(let id): vanished(id)
        case .reported(let id, let succeeded): reported(id, succeeded)
        case .moved(let id, let succeeded): moved(id, succeeded)
        case .flush: flush()
        case .configured(let settings): configure(settings)
        case .retire: retire()
        case .tick: writeMarks()
        }
        work()
        return takeActions()
    }

    /// Carries out an order on one message at the time `now`; on an active one when its pass has ended.
    ///
    /// - Returns: Whether it concerns the message, and what is to be done.
    func carryOut(_ order: MessageOrder, on id: QueueID, at now: Int64) -> (isConcerned: Bool, actions: [QueueAction]) {
        self.now = now
        let isConcerned = messages[id].map { apply(order, to: $0) } ?? false
        work()
        return (isConcerned, takeActions())
    }

    private func takeActions() -> [QueueAction] {
        let taken = actions
        actions = []
        return taken
    }

    /// Begins passes and deliveries, up to a slice of them.
    private func work() {
        forgetRevived()
        var left = Self.slice
        isBehind = false
        while left > 0 {
            let hasBegun = activateNext()
            let hasStarted = startNext()
            guard hasBegun || hasStarted else { return }
            left -= 1
        }
        isBehind = true
    }

    // MARK: Messages

    private func admit(_ mail: QueuedMail) {
        guard messages[mail.id] == nil else { return }
        let message = Message(mail)
        guard !mail.recipients.isEmpty else {
            messages[mail.id] = message
            waitingCount += 1
            return remove(message)
        }
        messages[mail.id] = message
        waitingCount += 1
        if mail.folder == .hold { return change(message, to: .onHold) }
        if mail.nextAttempt <= now && mail.recipients.allSatisfy({ $0.attempts == 0 }) {
            fresh.append(DueTime(time: 0, id: mail.id, generation: message.generation))
        } else {
            due.insert(DueTime(time: mail.nextAttempt, id: mail.id, generation: message.generation))
        }
    }

    /// Gives a message its next state; the counts follow.
    func change(_ message: Message, to state: Message.State) {
        count(message, -1)
        message.state = state
        count(message, 1)
    }

    private func count(_ message: Message, _ step: Int) {
        switch message.state {
        case .waiting: waitingCount += step
        case .active, .ending: activeCount += step
        case .onHold, .moving: break
        }
    }

    /// Has a message wait until `time`; 0 is at once.
    func wait(_ message: Message, until time: Int64) {
        message.generation += 1
        change(message, to: .waiting)
        due.insert(DueTime(time: time, id: message.id, generation: message.generation))
        due.compact(waiting: waitingCount) { [messages] in
            messages[$0.id].map(\.generation) == $0.generation
        }
    }

    /// Nothing is left to do for a message.
    func remove(_ message: Message) {
        forget(message)
        actions.append(.log(.removed(message.id)))
        actions.append(.remove(message.id, message.mail.folder))
    }

    /// Drops a message whose file is gone.
    func drop(_ message: Message) {
        forget(message)
        actions.append(.log(.vanished(message.id)))
    }

    private func forget(_ message: Message) {
        count(message, -1)
        messages[message.id] = nil
    }

    private func vanished(_ id: QueueID) {
        guard let message = messages[id] else { return }
        message.isGone = true
        // Who is active finds out at its next step.
        if case .waiting = message.state { drop(message) }
    }

    // MARK: Passes

    /// Begins the pass of a message that is due; those that were never tried and the others take turns.
    private func activateNext() -> Bool {
        guard !isRetiring, activeCount < settings.activeLimit else { return false }
        prefersFresh.toggle()
        let next = prefersFresh ? popFresh() ?? popDue() : popDue() ?? popFresh()
        guard let next else { return false }
        activate(next)
        return true
    }

    private func popFresh() -> Message? {
        while let time = fresh.popFirst() {
            if let message = waiting(time) { return message }
        }
        return nil
    }

    private func popDue() -> Message? {
        while let time = due.pop(until: now) {
            if let message = waiting(time) { return message }
        }
        return nil
    }

    private func waiting(_ time: DueTime) -> Message? {
        guard let message = messages[time.id], message.generation == time.generation else { return nil }
        if case .waiting = message.state { return message }
        return nil
    }

    private func activate(_ message: Message) {
        message.mail.nextAttempt = 0
        // Where a report is all that is missing, nothing is delivered.
        let open = message.mail.recipients.filter { $0.state == .queued || $0.state == .deferred }.map(\.index)
        let pass = Pass(began: now, recipients: open.count)
        change(message, to: .active(pass))
        actions.append(.log(.active(message.id)))
        if open.isEmpty {
            endPass(message)
        } else {
            actions.append(.resolve(message.id, open))
        }
    }

    /// What has not begun is left to the next qmgr.
    private func retire() {
        isRetiring = true
        for transport in transports.values { putInLine(transport) }
    }

    // MARK: Settings

    private func configure(_ settings: QueueSettings) {
        self.settings = settings
        for transport in transports.values {
            transport.settings = settings.transports[transport.name] ?? settings.otherTransports
            closeSurplus(transport)
            putInLine(transport)
        }
        for destination in destinations.values {
            destination.window.limit(destination.transport.settings.concurrency)
            offer(destination)
        }
    }

    func transport(_ name: String) -> Transport {
        if let transport = transports[name] { return transport }
        let new = Transport(name, settings.transports[name] ?? settings.otherTransports)
        transports[name] = new
        return new
    }

    func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }
}
