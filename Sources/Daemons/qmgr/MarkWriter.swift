// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import MailEnvelope
internal import MailQueue
internal import POSIX
internal import SystemPackage

/// Writes recipients' states into the queue file.
@Loop
struct MarkWriter {
    private let queue: Queue

    init(_ queue: Queue) {
        self.queue = queue
    }

    /// Writes the states of the recipients at `indexes`, at once and without a flush: some microseconds in the page cache.
    func mark(_ mail: QueuedMail, _ indexes: [Int], nextAttempt: Int64 = 0) {
        do throws(QueueFileError) {
            var marker = try QueueFileMarker(opening: mail.id, in: mail.folder, of: queue.manager.directories)
            let places = Set(indexes)
            for recipient in mail.recipients where places.contains(recipient.index) {
                try marker.mark(
                    recipient.index,
                    RecipientMark(
                        state: recipient.state,
                        attempts: recipient.attempts,
                        lastAttempt: Clock.wall / 1_000_000_000,
                        nextAttempt: nextAttempt / 1_000_000_000
                    ),
                    reason: recipient.state.isFinished ? nil : recipient.reason
                )
            }
        } catch .system(.open, .noSuchFileOrDirectory) {
            mail.isGone = true
        } catch {
            // A mark that is missing repeats a delivery after a crash, and only then.
            queue.log.error("\(mail.id): cannot mark recipients: \(error)")
        }
    }

    /// Writes the states of recipients that are done; unless all are, for then the file goes instead, if it goes soon.
    func markFinished(_ mail: QueuedMail) {
        let indexes = mail.unmarked
        mail.unmarked = []
        let isNeeded = mail.outstanding > 0 || mail.hasOpenRecipients || queue.isRemovalBehind
        guard !indexes.isEmpty, queue.messages[mail.id] != nil, isNeeded else { return }
        mark(mail, indexes)
    }

    /// Writes that the sender was told of the delay.
    func markDelayReported(_ mail: QueuedMail) {
        do throws(QueueFileError) {
            let marker = try QueueFileMarker(opening: mail.id, in: mail.folder, of: queue.manager.directories)
            try marker.mark(MessageMark(isDelayReported: true))
        } catch {
            queue.log.error("\(mail.id): cannot mark the delay report: \(error)")
        }
    }
}
