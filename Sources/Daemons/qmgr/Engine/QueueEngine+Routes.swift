// SPDX-License-Identifier: Apache-2.0
internal import DequeModule
internal import MailEnvelope
internal import MailQueue

/// From routes to deliveries that wait at their destinations.
extension QueueEngine {
    /// Routes have come; when the last one is there, the message goes to its destinations.
    func resolved(_ id: QueueID, _ routes: [RoutedRecipient]) {
        guard let message = messages[id], case .active(let pass) = message.state, pass.unresolved > 0 else { return }
        for recipient in routes.prefix(pass.unresolved) {
            pass.unresolved -= 1
            switch recipient.route {
            case .deliver(let transport, let nextHop):
                pass.routes.append((recipient.index, transport, nextHop))
            case .decided(let outcome): settle(message, pass, [recipient.index], outcome)
            }
        }
        if pass.unresolved == 0 { schedule(message, pass) }
    }

    private func schedule(_ message: Message, _ pass: Pass) {
        var groups: [DestinationKey: [Int]] = [:]
        var order: [DestinationKey] = []
        for route in pass.routes {
            let isMailbox = transport(route.transport).settings.recipientLimit == 1
            let key = DestinationKey(
                transport: route.transport,
                nextHop: route.nextHop,
                recipient: isMailbox ? message.mail[recipient: route.index]?.address : nil
            )
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(route.index)
        }
        pass.routes = []
        for key in order { add(message, pass, groups[key] ?? [], to: key) }
    }

    private func add(_ message: Message, _ pass: Pass, _ recipients: [Int], to key: DestinationKey) {
        let destination = destination(key)
        let share = pass.shares[key.transport] ?? Share()
        pass.shares[key.transport] = share
        let limit = destination.transport.settings.recipientLimit
        let size = limit > 0 ? limit : recipients.count
        var jobs: Deque<Job> = []
        for start in stride(from: 0, to: recipients.count, by: max(1, size)) {
            let part = recipients[start..<min(start + size, recipients.count)]
            jobs.append(Job(message, pass, share, destination, Array(part)))
        }
        destination.waiting.append(Peer(message, share, destination, jobs))
        offer(destination)
    }

    private func destination(_ key: DestinationKey) -> Destination {
        if let destination = destinations[key] { return destination }
        let new = Destination(key, transport(key.transport))
        destinations[key] = new
        return new
    }

    /// Decides about recipients without an agent, and logs it.
    func settle(_ message: Message, _ pass: Pass, _ recipients: [Int], _ outcome: Outcome) {
        for index in recipients {
            guard let recipient = message.mail[recipient: index] else { continue }
            actions.append(
                .log(
                    .settled(
                        SettledRecipient(
                            id: message.id,
                            recipient: recipient.recipient,
                            outcome: outcome,
                            arrival: message.mail.arrival,
                            began: pass.began,
                            now: now
                        )
                    )
                )
            )
            let state: RecipientState =
                switch outcome.kind {
                case .delivered, .forwarded: delivered(message, index, outcome)
                case .deferred: .deferred
                case .failed: .failed
                }
            decide(message, pass, index, state, outcome.reason)
        }
    }

    /// Takes the fate of a recipient over; with the last one the pass ends.
    func decide(
        _ message: Message,
        _ pass: Pass,
        _ index: Int,
        _ state: RecipientState,
        _ reason: DeliveryReason
    ) {
        message.mail.update(index) { recipient in
            recipient.state = state
            recipient.attempts += 1
            recipient.reason = reason
        }
        // What was delivered is written down soon, so that a crash repeats no delivery; the rest when the pass ends.
        if state.isDelivered {
            if message.unmarked.isEmpty { unmarked.append(message.id) }
            message.unmarked.append(index)
        }
        pass.outstanding -= 1
        if pass.outstanding == 0 { endPass(message) }
    }

    /// The state of a recipient that was delivered: whether the sender is to be told decides.
    ///
    /// RFC 3461 section 4.1: SUCCESS must have been asked for; a null sender gets no report. What another host has taken is
    /// that host's to report (section 5.2.2).
    func delivered(_ message: Message, _ index: Int, _ outcome: Outcome) -> RecipientState {
        let isWanted = message.mail[recipient: index]?.notify.contains(.success) ?? false
        let isOwed = isWanted && !message.mail.sender.isEmpty && outcome.remoteHost.isEmpty
        if outcome.kind == .forwarded { return isOwed ? .expandedUnreported : .expanded }
        return isOwed ? .deliveredUnreported : .delivered
    }
}
