// SPDX-License-Identifier: Apache-2.0
internal import MailEnvelope
internal import MailQueue

/// What follows when every recipient of a message was decided about: reports, deferral, removal.
///
/// A report is on disk before its recipients count as done, and states are in the file before the next attempt.
extension QueueEngine {
    func endPass(_ message: Message) {
        if case .active(let pass) = message.state, pass.isCut { return leave(message) }
        if settings.isExpired(arrival: message.mail.arrival, sender: message.mail.sender, now: now) { giveUp(message) }
        reportFailures(message)
    }

    /// Leaves a message to the next qmgr, as far as it came.
    private func leave(_ message: Message) {
        mark(message, message.mail.recipients.filter { $0.attempts > 0 }.map(\.index))
        wait(message, until: .max)
    }

    /// The queue's patience is over: what was deferred has failed.
    private func giveUp(_ message: Message) {
        for recipient in message.mail.recipients where recipient.state == .deferred {
            message.mail.update(recipient.index) { $0.state = .failed }
            actions.append(
                .log(
                    .expired(
                        SettledRecipient(
                            id: message.id,
                            recipient: recipient.recipient,
                            outcome: Outcome(.failed, recipient.reason ?? DeliveryReason(status: "4.0.0", text: "")),
                            arrival: message.mail.arrival,
                            began: now,
                            now: now
                        )
                    )
                )
            )
        }
    }

    // MARK: Steps

    private func reportFailures(_ message: Message) {
        let mail = message.mail
        let failed = mail.recipients.filter { $0.state == .failed }
        if !failed.isEmpty && mail.sender.isEmpty { actions.append(.log(.undeliverable(message.id))) }
        // NOTIFY (RFC 3461 section 4.1): never, or a list without failure, means silence.
        let wanted = failed.filter { recipient in
            !mail.sender.isEmpty && (recipient.notify.isEmpty || recipient.notify.contains(.failure))
        }
        guard !wanted.isEmpty else {
            finish(message, failed.map(\.index), as: .bounced)
            return reportSuccesses(message)
        }
        markDelivered(message)
        change(message, to: .ending(.failures(failed.map(\.index))))
        actions.append(.report(SenderReport(id: message.id, kind: .failed, recipients: wanted.map(\.index))))
    }

    private func reportSuccesses(_ message: Message) {
        let owed = message.mail.recipients.filter { $0.state.isUnreported }.map(\.index)
        guard !owed.isEmpty else { return finishOrPostpone(message) }
        // A crash must not deliver them again, whatever becomes of the report.
        markDelivered(message, evenIfAll: true)
        change(message, to: .ending(.successes(owed)))
        actions.append(.report(SenderReport(id: message.id, kind: .delivered, recipients: owed)))
    }

    /// A report is on disk, or cannot be made now: it is owed then until the next pass.
    func reported(_ id: QueueID, _ succeeded: Bool) {
        guard let message = messages[id], case .ending(let step) = message.state else { return }
        switch step {
        case .failures(let recipients):
            if succeeded { finish(message, recipients, as: .bounced) }
            reportSuccesses(message)
        case .successes(let recipients):
            if succeeded {
                for index in recipients {
                    message.mail.update(index) { $0.state = $0.state == .expandedUnreported ? .expanded : .delivered }
                }
                // Also where the file goes now: a crash before that must not repeat the report.
                mark(message, recipients)
            }
            finishOrPostpone(message)
        case .warning:
            if succeeded {
                message.mail.isDelayReported = true
                actions.append(
                    .mark(Marking(id: id, folder: message.mail.folder, isDelayReported: true))
                )
            }
            release(message)
        case .move: break
        }
    }

    /// Takes recipients as done.
    ///
    /// While others are not, the file says so at once: no restart may report them again.
    private func finish(_ message: Message, _ recipients: [Int], as state: RecipientState) {
        guard !recipients.isEmpty else { return }
        for index in recipients { message.mail.update(index) { $0.state = state } }
        if message.mail.recipients.contains(where: { !$0.state.isFinished }) { mark(message, recipients) }
    }

    private func finishOrPostpone(_ message: Message) {
        guard !message.isGone else { return drop(message) }
        if message.mail.recipients.allSatisfy(\.state.isFinished) {
            if isRemovalBehind { markDelivered(message, evenIfAll: true) }
            return remove(message)
        }
        message.mail.nextAttempt = settings.nextAttempt(arrival: message.mail.arrival, now: now)
        let unmarked = Set(message.unmarked)
        mark(
            message,
            message.mail.recipients.filter { !$0.state.isFinished || unmarked.contains($0.index) }.map(\.index)
        )
        message.mail.recipients.removeAll { $0.state.isFinished }
        guard message.mail.folder != .deferred else { return warn(message) }
        change(message, to: .ending(.move))
        actions.append(.move(message.id, from: message.mail.folder, to: .deferred))
    }

    /// Tells the sender once that the message is late (`delay_warning_time`).
    private func warn(_ message: Message) {
        guard !message.isGone else { return drop(message) }
        let mail = message.mail
        guard settings.delayWarning > 0, !mail.isDelayReported, !mail.sender.isEmpty,
            now &- mail.arrival >= settings.delayWarning
        else { return release(message) }
        let wanted = mail.recipients.filter { recipient in
            recipient.state == .deferred && (recipient.notify.isEmpty || recipient.notify.contains(.delay))
        }
        guard !wanted.isEmpty else { return release(message) }
        change(message, to: .ending(.warning))
        actions.append(
            .report(
                SenderReport(
                    id: message.id,
                    kind: .delayed,
                    recipients: wanted.map(\.index),
                    retryUntil: mail.arrival &+ settings.lifetime
                )
            )
        )
    }

    /// The message waits for its next attempt, or for what was asked for meanwhile.
    private func release(_ message: Message) {
        guard !message.isGone else { return drop(message) }
        wait(message, until: message.mail.nextAttempt)
        guard let order = message.pending else { return }
        message.pending = nil
        _ = apply(order, to: message)
    }

    // MARK: Moves

    func moved(_ id: QueueID, _ succeeded: Bool) {
        guard let message = messages[id] else { return }
        switch message.state {
        case .ending(.move):
            // Where it cannot be moved it stays; a restart would only try it earlier.
            if succeeded { message.mail.folder = .deferred }
            warn(message)
        case .moving(let folder): finishMove(message, to: folder, succeeded)
        case .onHold, .waiting, .active, .ending: break
        }
    }

    // MARK: Marks

    /// Writes down what was delivered since the last time, of all messages: verdicts that come together are written
    /// together.
    func writeMarks() {
        let ids = unmarked
        unmarked = []
        for id in ids {
            if let message = messages[id] { markDelivered(message) }
        }
    }

    /// Writes down what was delivered; unless all are, because the file goes then.
    private func markDelivered(_ message: Message, evenIfAll: Bool = false) {
        let isNeeded =
            evenIfAll || isRemovalBehind || message.mail.recipients.contains { !$0.state.isFinished }
        if isNeeded && !message.unmarked.isEmpty { mark(message, message.unmarked) }
    }

    private func mark(_ message: Message, _ recipients: [Int]) {
        let written = Set(recipients)
        message.unmarked.removeAll { written.contains($0) }
        let marks = recipients.compactMap { index in
            message.mail[recipient: index].map { recipient in
                Marking.Recipient(
                    index: index,
                    state: recipient.state,
                    attempts: recipient.attempts,
                    nextAttempt: message.mail.nextAttempt,
                    reason: recipient.state.isFinished ? nil : recipient.reason
                )
            }
        }
        guard !marks.isEmpty else { return }
        actions.append(.mark(Marking(id: message.id, folder: message.mail.folder, recipients: marks)))
    }
}
