// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import Logging
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
                case .delivered, .expanded: "delivery status"
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
            case .delivered, .expanded: (.delivered, "2.0.0")
            }
        self.init(
            request: 1,
            report: kind,
            queueID: mail.id.text,
            sender: mail.sender,
            envelopeID: mail.envelopeID,
            returnContent: mail.returnContent,
            isUTF8: mail.isUTF8,
            arrival: Int(mail.arrival),
            retryUntil: Int(report.retryUntil),
            contentOffset: mail.contentOffset,
            contentLength: mail.contentLength,
            recipients: report.recipients.compactMap { index in
                mail[recipient: index].map { recipient in
                    BounceRequest.Recipient(
                        address: recipient.address,
                        original: recipient.original,
                        originalRecipient: recipient.dsnOriginal,
                        status: recipient.reason?.status ?? undefined,
                        diagnostic: recipient.reason?.text ?? "",
                        remote: recipient.reason?.remoteMTA ?? ""
                    )
                }
            }
        )
    }
}
