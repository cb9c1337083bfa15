// SPDX-License-Identifier: Apache-2.0

/// How soon a service that crashes may be started again: at once after a healthy life, otherwise after 1, 2, 4 … seconds.
struct RestartThrottle: Equatable, Sendable {
    /// How a process ended, as far as it matters here.
    enum End: Equatable, Sendable {
        /// As it should, or by somebody's SIGKILL after it had worked.
        case healthy
        /// It crashed after this many nanoseconds of life.
        case crashed(afterLife: Int64)
        /// It never came to serve.
        case stillborn
    }

    /// A process that lived this long, in nanoseconds, was no failed start.
    static let healthyLife: Int64 = 10_000_000_000
    private static let firstPause: Int64 = 1_000_000_000

    /// Failures in a row.
    private(set) var failures = 0
    /// The monotonic time before which nothing is started; nil without a pause.
    private(set) var resumption: Int64?

    /// Takes note of an end; returns the pause, in nanoseconds, that it costs.
    ///
    /// - Parameters:
    ///   - end: How it ended.
    ///   - now: The monotonic time in nanoseconds.
    ///   - longest: `service_throttle_time` in nanoseconds.
    /// - Returns: 0 where the next process may be started at once.
    mutating func noteEnd(_ end: End, at now: Int64, longest: Int64) -> Int64 {
        switch end {
        case .healthy: return 0
        case .crashed(let life) where life >= Self.healthyLife:
            failures = 0
            return 0
        case .crashed, .stillborn: break
        }
        failures = min(failures + 1, 40)
        let pause = min(max(longest, 1), Self.firstPause << min(failures - 1, 30))
        resumption = now &+ pause
        return pause
    }

    /// A process has lived long enough: what was before is forgotten.
    mutating func noteHealth() {
        failures = 0
    }

    /// Nanoseconds until the next start is allowed; 0 when it is now.
    func pause(at now: Int64) -> Int64 {
        guard let resumption else { return 0 }
        return max(0, resumption &- now)
    }
}
