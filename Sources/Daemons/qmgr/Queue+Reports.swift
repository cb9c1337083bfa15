// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import Logging
internal import MailEnvelope
internal import MailQueue
internal import POSIX

extension Queue {
    /// Has bounce make a report, and tells the engine whether it is on disk.
    func send(_ report: SenderReport, _ mail: QueuedMail) async {
        let outcome = await reports.send(BounceRequest(report, mail), mail, directories)
        crashPoint(.qmgrReported)
        if !outcome.error.isEmpty {
            log.warning("\(mail.id): no report to <\(mail.sender)> yet: \(outcome.error)")
        } else if !outcome.queueID.isEmpty {
            let word =
                switch report.kind {
                case .failed: "non-delivery"
                case .delayed: "delay"
                case .delivered: "delivery status"
                }
            log.info("\(mail.id): sender \(word) notification: \(outcome.queueID)")
        }
        give(.reported(mail.id, succeeded: outcome.error.isEmpty))
    }
}

extension BounceRequest {
    fileprivate init(_ report: SenderReport, _ mail: QueuedMail) {
        let (kind, undefined): (Report, String) =
            switch report.kind {
            case .failed: (.failed, "5.0.0")
            case .delayed: (.delayed, "4.0.0")
            case .delivered: (.delivered, "2.0.0")
            }
        let recipients = report.recipients.compactMap { mail[recipient: $0] }
        self.init(
            report: kind,
            queueID: mail.id.text,
            envelope: mail.envelope(for: recipients),
            outcomes: recipients.map { recipient in
                Outcome(
                    recipient.state.outcome,
                    recipient.reason ?? DeliveryReason(status: undefined, text: "")
                )
            },
            content: mail.content,
            retryUntil: report.retryUntil
        )
    }
}

extension RecipientState {
    fileprivate var outcome: Outcome.Kind {
        switch self {
        case .queued, .deferred: .deferred
        case .failed, .bounced: .failed
        case .delivered, .deliveredUnreported: .delivered
        case .expanded, .expandedUnreported: .forwarded
        }
    }
}
