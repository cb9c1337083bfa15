// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import MailEnvelope
internal import MailQueue
internal import POSIX
internal import SystemPackage

extension Queue {
    /// Writes states into a queue file, at once and without a flush: some microseconds in the page cache.
    func mark(_ marking: Marking) {
        let second: Int64 = 1_000_000_000
        do throws(QueueFileError) {
            var marker = try QueueFileMarker(opening: marking.id, in: marking.folder, of: directories)
            for recipient in marking.recipients {
                try marker.mark(
                    recipient.index,
                    RecipientMark(
                        state: recipient.state,
                        attempts: recipient.attempts,
                        lastAttempt: Clock.wall / second,
                        nextAttempt: recipient.nextAttempt / second
                    ),
                    reason: recipient.reason
                )
            }
            if marking.isDelayReported { try marker.mark(MessageMark(isDelayReported: true)) }
        } catch .system(.open, .noSuchFileOrDirectory) {
            give(.vanished(marking.id))
        } catch {
            // A mark that is missing repeats a delivery after a crash, and only then.
            log.error("\(marking.id): cannot mark recipients: \(error)")
        }
    }
}
