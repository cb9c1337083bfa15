// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import MailEnvelope
internal import MailQueue

extension Queue {
    /// Writes what the engine notes, in Postfix' forms where it has one.
    func write(_ note: QueueNote) {
        switch note {
        case .active(let id):
            guard let mail = engine.mail(id) else { return }
            log.info(
                "\(id): from=<\(mail.sender)>, size=\(mail.content.length), nrcpt=\(mail.recipients.count) (queue active)"
            )
        case .settled(let recipient): log.info("\(DeliveryLogLine(recipient))")
        case .expired(let recipient): log.info("\(DeliveryLogLine(recipient, isExpired: true))")
        case .undeliverable(let id): log.warning("\(id): undeliverable, and the sender is null: no report")
        case .removed(let id): log.info("\(id): removed")
        case .vanished(let id): log.warning("\(id): its queue file is gone; nothing more is done for it")
        case .transportUnavailable(let name, let reason): log.warning("transport \(name): \(reason)")
        case .agentLost(let id, let transport):
            log.warning("\(id): transport \(transport): the delivery agent has gone away")
        }
    }
}

extension DeliveryLogLine {
    /// The line on a recipient about whom qmgr itself decided.
    fileprivate init(_ settled: SettledRecipient, isExpired: Bool = false) {
        self.init(
            queueID: settled.id.text,
            recipient: settled.recipient,
            outcome: settled.outcome,
            times: Times(arrival: settled.arrival, active: settled.began, begin: settled.now, end: settled.now),
            isExpired: isExpired
        )
    }
}
