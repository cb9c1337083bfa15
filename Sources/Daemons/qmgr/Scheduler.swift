// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import Logging
internal import MailAddress
internal import MailConfiguration
internal import MailEnvelope
internal import MailQueue
internal import MailRouting
internal import MailStatus
internal import POSIX

/// Chooses transport, destination and moment for every recipient.
@Loop
final class Scheduler {
    private unowned let queue: Queue
    private var transports: [String: Transport] = [:]

    init(_ queue: Queue) {
        self.queue = queue
    }

    /// Hands the recipients of a message that are not done to their destinations.
    func schedule(_ mail: QueuedMail) async {
        var groups: [Group: [QueuedMail.Recipient]] = [:]
        var order: [Group] = []
        for recipient in mail.recipients {
            if recipient.state == .failed { continue }  // Only its report is still missing.
            switch await route(recipient.address) {
            case .deliver(let transport, let nextHop):
                let group = Group(transport: transport, nextHop: nextHop)
                if groups[group] == nil { order.append(group) }
                groups[group, default: []].append(recipient)
            case .reject(let text):
                settle(
                    mail,
                    recipient,
                    .failed,
                    DeliveryReason(status: EnhancedStatus(beginning: text)?.description ?? "5.0.0", text: text)
                )
            case .retry(let text):
                settle(
                    mail,
                    recipient,
                    .deferred,
                    DeliveryReason(status: EnhancedStatus(beginning: text)?.description ?? "4.0.0", text: text)
                )
            case .discard(let text):
                settle(mail, recipient, .delivered, DeliveryReason(status: "2.0.0", text: text))
            }
        }
        mail.outstanding = groups.values.reduce(0) { $0 + $1.count }
        guard mail.outstanding > 0 else {
            queue.passEnded(mail)
            return
        }
        for group in order { transport(group.transport).add(mail, groups[group] ?? [], nextHop: group.nextHop) }
    }

    /// Lets destinations that were given up for a while be tried again at once.
    func forgetDead() {
        for transport in transports.values { transport.forgetDead() }
    }

    private struct Group: Hashable {
        let transport: String
        let nextHop: String
    }

    private func transport(_ name: String) -> Transport {
        if let transport = transports[name] { return transport }
        let new = Transport(name, queue)
        transports[name] = new
        return new
    }

    private func route(_ address: String) async -> Resolution.Action {
        guard let parsed = EmailAddress(internalForm: address) else { return .reject("5.1.3 bad address syntax") }
        do throws(LookupFailure) {
            let resolution = try await resolve(parsed)
            // One recipient a delivery: the mailbox is the destination, so that a slow one delays no other.
            if case .deliver(let name, let nextHop) = resolution.action, transport(name).recipientLimit == 1 {
                return .deliver(transport: name, nextHop: "\(nextHop)\u{0}\(address)")
            }
            return resolution.action
        } catch {
            return .retry("4.3.0 \(error.text)")
        }
    }

    private struct LookupFailure: Error {
        let text: String
    }

    private func resolve(_ address: EmailAddress) async throws(LookupFailure) -> Resolution {
        do {
            return try await queue.manager.resolver.resolve(address)
        } catch {
            throw LookupFailure(text: "\(error)")
        }
    }

    /// A recipient whose fate needs no agent.
    private func settle(
        _ mail: QueuedMail,
        _ recipient: QueuedMail.Recipient,
        _ state: RecipientState,
        _ reason: DeliveryReason
    ) {
        mail.update(recipient.index) {
            $0.state = state
            $0.reason = reason
            $0.attempts += 1
        }
        let word = state == .failed ? "bounced" : state == .deferred ? "deferred" : "sent"
        queue.log.info(
            "\(mail.id): to=<\(recipient.address)>, relay=none, dsn=\(reason.status), status=\(word) (\(reason.text))"
        )
    }
}
