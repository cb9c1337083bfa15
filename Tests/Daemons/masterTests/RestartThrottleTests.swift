// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import master

@Suite struct RestartThrottleTests {
    private let second: Int64 = 1_000_000_000

    @Test func `A service whose process never comes to serve waits 1, 2, 4 seconds, up to service_throttle_time`() {
        var throttle = RestartThrottle()
        let pauses = (0..<9).map { _ in throttle.noteEnd(.stillborn, at: 0, longest: 60 * second) / second }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test func `A crash soon after the start counts as a failed start`() {
        var throttle = RestartThrottle()
        #expect(throttle.noteEnd(.crashed(afterLife: 9 * second), at: 5, longest: 60 * second) == second)
        #expect(throttle.pause(at: 5) == second)
        #expect(throttle.pause(at: 5 + second) == 0)
    }

    @Test func `A crash after a healthy life costs no pause and forgets the failures before`() {
        var throttle = RestartThrottle()
        _ = throttle.noteEnd(.stillborn, at: 0, longest: 60 * second)
        _ = throttle.noteEnd(.stillborn, at: 0, longest: 60 * second)
        #expect(throttle.noteEnd(.crashed(afterLife: 10 * second), at: 9 * second, longest: 60 * second) == 0)
        #expect(throttle.noteEnd(.stillborn, at: 9 * second, longest: 60 * second) == second)
    }

    @Test func `A healthy end costs nothing`() {
        var throttle = RestartThrottle()
        #expect(throttle.noteEnd(.healthy, at: 0, longest: 60 * second) == 0)
        #expect(throttle.pause(at: 0) == 0)
    }

    @Test func `A thousand failures do not overflow`() {
        var throttle = RestartThrottle()
        for _ in 0..<1000 { #expect(throttle.noteEnd(.stillborn, at: 0, longest: 60 * second) <= 60 * second) }
    }

    @Test func `A short service_throttle_time bounds the first pause too`() {
        var throttle = RestartThrottle()
        #expect(throttle.noteEnd(.stillborn, at: 0, longest: second / 2) == second / 2)
    }
}
