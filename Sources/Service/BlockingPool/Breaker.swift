// SPDX-License-Identifier: Apache-2.0

/// Keeps a source that does not answer from being asked again and again.
///
/// It opens after some failures in a row. After a time that doubles with each vain attempt, up to a limit, one request is
/// let through: its answer closes the breaker, its failure opens it again. Time and chance are arguments.
package struct Breaker: Sendable, Equatable {
    /// When it opens and for how long.
    package struct Limits: Sendable, Equatable {
        /// Failures in a row.
        package var failures: Int
        /// Nanoseconds of the first pause.
        package var pause: Int64
        /// Nanoseconds of the longest pause.
        package var longestPause: Int64

        package init(failures: Int = 3, pause: Int64 = 1_000_000_000, longestPause: Int64 = 60_000_000_000) {
            self.failures = max(1, failures)
            self.pause = max(1, pause)
            self.longestPause = max(self.pause, longestPause)
        }
    }

    private enum State: Sendable, Equatable {
        case closed
        /// Nobody asks before this time.
        case open(until: Int64)
        /// One request is under way.
        case probing
    }

    private let limits: Limits
    private var state = State.closed
    private var failures = 0
    private var pause: Int64

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
        pause = limits.pause
    }

    /// Whether the source counts as unreachable.
    package var isOpen: Bool { state != .closed }

    /// Asks whether a request may go to the source; where it is the one that tries, the others have to wait for it.
    package mutating func admits(now: Int64) -> Bool {
        switch state {
        case .closed: return true
        case .probing: return false
        case .open(let until):
            guard now >= until else { return false }
            state = .probing
            return true
        }
    }

    /// The source has answered.
    package mutating func succeeded() {
        state = .closed
        failures = 0
        pause = limits.pause
    }

    /// The source has failed.
    ///
    /// - Parameters:
    ///   - now: The time, nanoseconds of any clock that does not go back.
    ///   - chance: A random number from 0 up to 1: the pause is between three and five quarters of its length, so that
    ///     the processes of many hosts do not come back all at once.
    package mutating func failed(now: Int64, chance: Double) {
        failures += 1
        let isVain = state == .probing
        guard isVain || (state == .closed && failures >= limits.failures) else { return }
        let factor = 0.75 + 0.5 * min(max(chance, 0), 1)
        state = .open(until: now &+ max(1, Int64(Double(pause) * factor)))
        pause = min(limits.longestPause, pause > .max / 2 ? .max : pause * 2)
    }
}
