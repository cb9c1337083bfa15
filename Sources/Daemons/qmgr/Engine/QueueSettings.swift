// SPDX-License-Identifier: Apache-2.0

/// What the engine has to know of main.cf and master.cf; times in nanoseconds.
struct QueueSettings: Equatable, Sendable {
    var minimalBackoff: Int64 = 300_000_000_000
    var maximalBackoff: Int64 = 4000_000_000_000
    var lifetime: Int64 = 432_000_000_000_000
    var bounceLifetime: Int64 = 432_000_000_000_000
    var runDelay: Int64 = 300_000_000_000
    /// After what time the sender gets a warning; 0 is never.
    var delayWarning: Int64 = 0
    /// How long a transport that failed is left alone.
    var transportRetry: Int64 = 60_000_000_000
    /// Messages with a pass under way, at the most (`qmgr_message_active_limit`).
    var activeLimit = 20_000
    /// The transports of master.cf.
    var transports: [String: TransportSettings] = [:]
    /// A transport that master.cf does not have.
    var otherTransports = TransportSettings()

    /// When a message that could not be delivered at `now` is tried again: the longer it waits, the rarer.
    func nextAttempt(arrival: Int64, now: Int64) -> Int64 {
        now &+ min(max(now &- arrival, minimalBackoff), maximalBackoff)
    }

    /// Whether a message is too old to be tried again.
    func isExpired(arrival: Int64, sender: String, now: Int64) -> Bool {
        now &- arrival >= (sender.isEmpty ? bounceLifetime : lifetime)
    }
}

/// The bounds of a transport.
struct TransportSettings: Equatable, Sendable {
    /// Connections to its agents at the most: `maxproc` of master.cf; 0 is no limit.
    var processLimit = 100
    /// Recipients of one delivery; 0 is no limit, with 1 each recipient is a destination.
    var recipientLimit = 50
    var concurrency = ConcurrencyRules()
}
