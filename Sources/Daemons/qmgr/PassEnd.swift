// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import Logging
internal import MailEnvelope
internal import MailQueue
internal import POSIX

/// What follows when every recipient of a message has had a verdict: reports, deferral, removal.
@Loop
struct PassEnd {
    private let queue: Queue

    init(_ queue: Queue) {
        self.queue = queue
    }

    func finish(_ mail: QueuedMail) async {
        let now = Clock.wall
        // There is nothing to mark, to report or to try again.
        guard !mail.isGone else { return queue.forget(mail) }
        MarkWriter(queue).markFinished(mail)
        mail.recipients.removeAll { $0.state.isFinished }
        if queue.manager.settings.isExpired(arrival: mail.arrival, sender: mail.sender, now: now) { giveUp(mail) }
        await reportFailed(mail)
        guard !mail.recipients.isEmpty else {
            queue.remove(mail)
            return
        }
        await postpone(mail, now)
    }

    /// The queue's patience is over: what was deferred has failed.
    private func giveUp(_ mail: QueuedMail) {
        for index in mail.recipients.indices where mail.recipients[index].state == .deferred {
            mail.recipients[index].state = .failed
            let recipient = mail.recipients[index]
            queue.log.info("\(mail.id): to=<\(recipient.address)>, relay=none, status=expired, returned to sender")
        }
    }

    // MARK: Reports

    private func reportFailed(_ mail: QueuedMail) async {
        let failed = mail.recipients.filter { $0.state == .failed }
        guard !failed.isEmpty else { return }
        // NOTIFY (RFC 3461 section 4.1): never, or a list without failure, means silence.
        let wanted = failed.filter { recipient in
            recipient.notify.isEmpty || recipient.notify.contains(.failure)
        }
        if !wanted.isEmpty && !mail.sender.isEmpty {
            guard await report(.failed, wanted, of: mail, retryUntil: 0) else { return }
        } else if mail.sender.isEmpty {
            queue.log.warning("\(mail.id): undeliverable, and the sender is null: no report")
        }
        for recipient in failed { mail.update(recipient.index) { $0.state = .bounced } }
        // Once the report is on disk, no restart may send it again.
        if mail.recipients.contains(where: { !$0.state.isFinished }) {
            MarkWriter(queue).mark(mail, failed.map(\.index))
        }
        mail.recipients.removeAll { $0.state.isFinished }
    }

    private func report(
        _ report: BounceRequest.Report,
        _ recipients: [QueuedMail.Recipient],
        of mail: QueuedMail,
        retryUntil: Int64
    ) async -> Bool {
        let request = BounceRequest(
            report: report,
            queueID: mail.id.text,
            envelope: mail.envelope(for: recipients),
            outcomes: recipients.map { recipient in
                Outcome(
                    report == .delayed ? .deferred : .failed,
                    recipient.reason ?? DeliveryReason(status: report == .delayed ? "4.0.0" : "5.0.0", text: "")
                )
            },
            content: mail.content,
            retryUntil: retryUntil
        )
        let outcome = await queue.reports.send(request, mail, queue.manager.directories)
        crashPoint(.qmgrReported)
        guard outcome.error.isEmpty else {
            queue.log.warning("\(mail.id): no report to <\(mail.sender)> yet: \(outcome.error)")
            return false
        }
        let word = report == .failed ? "non-delivery" : "delay"
        if !outcome.queueID.isEmpty { queue.log.info("\(mail.id): sender \(word) notification: \(outcome.queueID)") }
        return true
    }

    // MARK: Deferral

    private func postpone(_ mail: QueuedMail, _ now: Int64) async {
        mail.nextAttempt = queue.manager.settings.nextAttempt(arrival: mail.arrival, now: now)
        MarkWriter(queue).mark(mail, mail.recipients.map(\.index), nextAttempt: mail.nextAttempt)
        guard !mail.isGone else { return queue.forget(mail) }
        await move(mail, to: .deferred)
        await warnOfDelay(mail, now)
        queue.wake(at: mail.nextAttempt)
    }

    private func move(_ mail: QueuedMail, to folder: QueueFolder) async {
        guard mail.folder != folder else { return }
        let directories = queue.manager.directories
        let (id, from) = (mail.id, mail.folder)
        do throws(QueueFileError) {
            try await offload { () throws(QueueFileError) in try directories.move(id, from: from, to: folder) }
            mail.folder = folder
        } catch {
            // It stays where it is; a restart would only try it earlier.
            queue.log.error("\(mail.id): cannot be moved to \(folder.rawValue): \(error)")
        }
    }

    private func warnOfDelay(_ mail: QueuedMail, _ now: Int64) async {
        let settings = queue.manager.settings
        guard settings.delayWarning > 0, !mail.isDelayReported, !mail.sender.isEmpty,
            now &- mail.arrival >= settings.delayWarning
        else { return }
        let wanted = mail.recipients.filter { $0.notify.isEmpty || $0.notify.contains(.delay) }
        guard !wanted.isEmpty else { return }
        if await report(.delayed, wanted, of: mail, retryUntil: mail.arrival &+ settings.lifetime) {
            mail.isDelayReported = true
            MarkWriter(queue).markDelayReported(mail)
        }
    }
}
