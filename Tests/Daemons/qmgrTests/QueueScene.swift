// SPDX-License-Identifier: Apache-2.0
import DequeModule
import MailEnvelope
import MailQueue
import Testing

@testable import qmgr

let second: Int64 = 1_000_000_000

/// An engine with surroundings that answer at once, except for deliveries, which a test ends.
///
/// `user@host` goes by `smtp` to `host`, `user@box.test` by `virtual`; `refuse@…`, `later@…` and `nobody@…` need no agent.
final class QueueScene {
    let engine: QueueEngine
    var now: Int64 = 1000 * second
    /// All actions, in order.
    private(set) var transcript: [QueueAction] = []
    /// Deliveries that agents have.
    private(set) var deliveries: [Delivery] = []
    /// Connections by their transport.
    private(set) var connections: [(agent: Int, transport: String)] = []
    /// The largest number of actions that one call has returned.
    private(set) var mostActions = 0
    /// What an agent carries out at once.
    var capacity = 100
    /// Transports without a service.
    var missing: Set<String> = []
    /// Whether bounce can make reports.
    var makesReports = true
    /// Whether files can be moved.
    var movesFiles = true

    init(_ change: (inout QueueSettings) -> Void = { _ in }) {
        var settings = QueueSettings()
        settings.transports["virtual"] = TransportSettings(recipientLimit: 1)
        change(&settings)
        engine = QueueEngine(settings)
    }

    private static let content: ContentRange = {
        guard let range = ContentRange(offset: 128, length: 1000) else { preconditionFailure("a range that is none") }
        return range
    }()

    // MARK: In

    static func id(_ number: Int) -> QueueID { QueueID(arrival: 1_000_000_000 + Int64(number), number: 7) }

    /// A message that has just arrived.
    func mail(
        _ number: Int,
        to recipients: [String],
        from sender: String = "sender@example.org",
        notify: Recipient.Notify = []
    ) -> QueuedMail {
        var envelope = Envelope()
        envelope.sender = sender
        envelope.arrival = now
        return QueuedMail(
            id: Self.id(number),
            envelope: envelope,
            content: Self.content,
            recipients: recipients.enumerated().map { index, address in
                QueuedMail.Recipient(index: index, recipient: Recipient(address: address, notify: notify))
            }
        )
    }

    func admit(
        _ number: Int,
        to recipients: String...,
        from sender: String = "sender@example.org",
        notify: Recipient.Notify = []
    ) {
        give(.admitted(mail(number, to: recipients, from: sender, notify: notify)))
    }

    /// Gives an event, and answers what follows until the engine rests.
    func give(_ event: QueueEvent) {
        carryOut(engine.handle(event, at: now))
        settle()
    }

    @discardableResult
    func order(_ order: MessageOrder, on number: Int) -> Bool {
        let (isConcerned, actions) = engine.carryOut(order, on: Self.id(number), at: now)
        carryOut(actions)
        settle()
        return isConcerned
    }

    /// Lets time pass.
    func pass(seconds: Int64) {
        let end = now + seconds * second
        while let wake = engine.nextWake, wake <= end {
            now = max(now, wake)
            carryOut(engine.handle(.tick, at: now))
            settle()
        }
        now = end
    }

    private func settle() {
        while let wake = engine.nextWake, wake <= now { carryOut(engine.handle(.tick, at: now)) }
    }

    /// Answers come one after the other, as those of the daemon do.
    private func carryOut(_ actions: [QueueAction]) {
        var answers = Deque<QueueEvent>()
        func take(_ actions: [QueueAction]) {
            mostActions = max(mostActions, actions.count)
            transcript += actions
            answers += actions.compactMap(answer)
        }
        take(actions)
        while let answer = answers.popFirst() { take(engine.handle(answer, at: now)) }
    }

    private func answer(_ action: QueueAction) -> QueueEvent? {
        switch action {
        case .resolve(let id, let recipients):
            return .resolved(
                id,
                recipients.map {
                    RoutedRecipient(index: $0, route: route(engine.mail(id)?[recipient: $0]?.address ?? ""))
                }
            )
        case .connect(let transport, let agent):
            guard !missing.contains(transport) else { return .unreachable(agent: agent, "no such file") }
            connections.append((agent, transport))
            return .connected(agent: agent, capacity: capacity)
        case .disconnect(let agent):
            connections.removeAll { $0.agent == agent }
            return nil
        case .deliver(let delivery):
            deliveries.append(delivery)
            return nil
        case .report(let report): return .reported(report.id, succeeded: makesReports)
        case .move(let id, _, _): return .moved(id, succeeded: movesFiles)
        case .mark, .remove, .log: return nil
        }
    }

    private func route(_ address: String) -> Route {
        let parts = address.split(separator: "@").map(String.init)
        switch parts.first {
        case "refuse": return .decided(Outcome(.failed, status: "5.1.1", text: "no such user"))
        case "later": return .decided(Outcome(.deferred, status: "4.3.0", text: "a table cannot be read"))
        case "nobody": return .decided(Outcome(.delivered, status: "2.0.0", text: "discarded"))
        default:
            let host = parts.last ?? ""
            return .deliver(transport: host == "box.test" ? "virtual" : "smtp", nextHop: host)
        }
    }

    // MARK: Deliveries

    static func outcome(_ kind: Outcome.Kind, scope: Outcome.Scope = .recipient) -> Outcome {
        let status = kind == .failed ? "5.0.0" : kind == .deferred ? "4.4.1" : "2.0.0"
        return Outcome(kind, status: status, text: "so it is", scope: scope, peer: .local("virtual"))
    }

    /// Ends the oldest delivery that an agent has, with one outcome for all its recipients.
    @discardableResult
    func end(_ kind: Outcome.Kind, scope: Outcome.Scope = .recipient) -> Delivery? {
        guard !deliveries.isEmpty else { return nil }
        let delivery = deliveries.removeFirst()
        for recipient in delivery.recipients {
            give(
                .verdict(delivery: delivery.number, recipient: recipient, Self.outcome(kind, scope: scope))
            )
        }
        give(.finished(delivery: delivery.number))
        return delivery
    }

    /// Ends all deliveries, those included that begin meanwhile.
    func endAll(_ kind: Outcome.Kind, scope: Outcome.Scope = .recipient) {
        while end(kind, scope: scope) != nil {}
    }

    /// The connection to an agent ends.
    func lose(_ agent: Int) {
        connections.removeAll { $0.agent == agent }
        deliveries.removeAll { $0.agent == agent }
        give(.agentLost(agent))
    }

    // MARK: Out

    /// The actions since the last call that `choose` keeps, as short lines.
    func lines(_ choose: (QueueAction) -> Bool = { _ in true }) -> [String] {
        defer { transcript = [] }
        return transcript.filter(choose).map(Self.line)
    }

    /// The actions since the last call without log lines.
    func steps() -> [String] {
        lines { action in
            if case .log = action { return false }
            return true
        }
    }

    /// The log lines since the last call.
    func notes() -> [String] {
        lines { action in
            if case .log = action { return true }
            return false
        }
    }

    private static func name(_ id: QueueID) -> String { "#\(id.arrival - 1_000_000_000)" }

    static func line(_ action: QueueAction) -> String {
        switch action {
        case .resolve(let id, let recipients): "resolve \(name(id)) \(recipients)"
        case .connect(let transport, _): "connect \(transport)"
        case .disconnect: "disconnect"
        case .deliver(let delivery):
            "deliver \(name(delivery.id)) \(delivery.recipients) by \(delivery.transport) to \(delivery.nextHop)"
        case .mark(let marking):
            "mark \(name(marking.id)) "
                + (marking.isDelayReported
                    ? "delay" : marking.recipients.map { "\($0.index)=\($0.state)" }.joined(separator: " "))
        case .report(let report): "report \(name(report.id)) \(report.kind) \(report.recipients)"
        case .move(let id, let from, let folder): "move \(name(id)) \(from)>\(folder)"
        case .remove(let id, let folder): "remove \(name(id)) \(folder)"
        case .log(.active(let id)): "active \(name(id))"
        case .log(.settled(let recipient)):
            "\(recipient.outcome.kind) \(recipient.recipient.address) (\(recipient.outcome.text))"
        case .log(.expired(let recipient)): "expired \(recipient.recipient.address)"
        case .log(.undeliverable(let id)): "undeliverable \(name(id))"
        case .log(.removed(let id)): "removed \(name(id))"
        case .log(.vanished(let id)): "vanished \(name(id))"
        case .log(.transportUnavailable(let name, let reason)): "unavailable \(name) (\(reason))"
        case .log(.agentLost(let id, _)): "agent lost \(name(id))"
        }
    }
}
