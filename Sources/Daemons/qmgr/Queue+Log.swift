// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import MailQueue

extension Queue {
    /// Writes what the engine notes, in Postfix' forms where it has one.
    func write(_ note: QueueNote) {
        switch note {
        case .active(let id):
            guard let mail = engine.mail(id) else { return }
            log.info(
                "\(id): from=<\(mail.sender)>, size=\(mail.contentLength), nrcpt=\(mail.recipients.count) (queue active)"
            )
        case .settled(let recipient): log.info("\(StatusLine(recipient))")
        case .expired(let id, let recipient):
            log.info("\(id): to=<\(recipient)>, relay=none, status=expired, returned to sender")
        case .undeliverable(let id): log.warning("\(id): undeliverable, and the sender is null: no report")
        case .removed(let id): log.info("\(id): removed")
        case .vanished(let id): log.warning("\(id): its queue file is gone; nothing more is done for it")
        case .transportUnavailable(let name, let reason): log.warning("transport \(name): \(reason)")
        case .agentLost(let id, let transport):
            log.warning("\(id): transport \(transport): the delivery agent has gone away")
        }
    }
}

/// Postfix' line on one recipient, of what qmgr decided without an agent:
/// `ID: to=<…>, orig_to=<…>, relay=none, delay=…, delays=a/b/0/0, dsn=…, status=… (…)`.
struct StatusLine: CustomStringConvertible {
    private let recipient: SettledRecipient

    init(_ recipient: SettledRecipient) {
        self.recipient = recipient
    }

    var description: String {
        let original =
            recipient.original.isEmpty || recipient.original == recipient.address
            ? "" : " orig_to=<\(recipient.original)>,"
        let delay = Self.seconds(recipient.now &- recipient.arrival)
        let delays =
            "\(Self.seconds(recipient.began &- recipient.arrival))/\(Self.seconds(recipient.now &- recipient.began))/0/0"
        let word =
            switch recipient.state {
            case .failed, .bounced: "bounced"
            case .queued, .deferred: "deferred"
            default: "sent"
            }
        return
            "\(recipient.id): to=<\(recipient.address)>,\(original) relay=none, delay=\(delay), delays=\(delays), dsn=\(recipient.reason.status), status=\(word) (\(recipient.reason.text))"
    }

    /// Seconds with two significant digits, as Postfix logs delays (`delay_logging_resolution_limit`).
    private static func seconds(_ nanoseconds: Int64) -> String {
        let milliseconds = max(0, nanoseconds) / 1_000_000
        if milliseconds >= 10_000 { return "\(milliseconds / 1000)" }
        if milliseconds >= 1000 { return "\(milliseconds / 1000).\(milliseconds / 100 % 10)" }
        let hundredths = milliseconds / 10
        if hundredths == 0 { return "0" }
        return hundredths % 10 == 0 ? "0.\(hundredths / 10)" : "0.\(hundredths < 10 ? "0" : "")\(hundredths)"
    }
}
