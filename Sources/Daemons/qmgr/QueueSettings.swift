// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import MailConfiguration

/// What qmgr reads from main.cf; times in nanoseconds.
struct QueueSettings: Sendable {
    let minimalBackoff: Int64
    let maximalBackoff: Int64
    let lifetime: Int64
    let bounceLifetime: Int64
    let runDelay: Int64
    let delayWarning: Int64
    let transportRetry: Int64

    init(_ main: MainConfiguration) {
        minimalBackoff = main[QueueManagerParameters.minimalBackoffTime].nanoseconds
        maximalBackoff = main[QueueManagerParameters.maximalBackoffTime].nanoseconds
        lifetime = main[QueueManagerParameters.maximalQueueLifetime].nanoseconds
        bounceLifetime = main[QueueManagerParameters.bounceQueueLifetime].nanoseconds
        runDelay = main[QueueManagerParameters.queueRunDelay].nanoseconds
        delayWarning = main[QueueManagerParameters.delayWarningTime].nanoseconds
        transportRetry = main[QueueManagerParameters.transportRetryTime].nanoseconds
    }

    /// When a message that could not be delivered at `now` is tried again: the longer it waits, the rarer.
    func nextAttempt(arrival: Int64, now: Int64) -> Int64 {
        now &+ min(max(now &- arrival, minimalBackoff), maximalBackoff)
    }

    /// Whether a message is too old to be tried again.
    func isExpired(arrival: Int64, sender: String, now: Int64) -> Bool {
        now &- arrival >= (sender.isEmpty ? bounceLifetime : lifetime)
    }
}
