// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import BlockingPool

@Suite struct BreakerTests {
    private let limits = Breaker.Limits(failures: 3, pause: 1000, longestPause: 3000)

    @Test func `failures in a row open it, an answer between them does not`() {
        var breaker = Breaker(limits)
        for _ in 0..<10 {
            breaker.failed(now: 0, chance: 0.5)
            breaker.failed(now: 0, chance: 0.5)
            breaker.succeeded()
            #expect(breaker.admits(now: 0) == true)
        }
        for _ in 0..<3 { breaker.failed(now: 0, chance: 0.5) }
        #expect(breaker.isOpen)
        #expect(breaker.admits(now: 0) == false)
        #expect(breaker.admits(now: 999) == false)
    }

    @Test func `after the pause one request tries, and the others wait for what becomes of it`() {
        var breaker = Breaker(limits)
        for _ in 0..<3 { breaker.failed(now: 0, chance: 0.5) }
        #expect(breaker.admits(now: 1000) == true)
        #expect(breaker.admits(now: 1000) == false)
        #expect(breaker.admits(now: 100_000) == false)
        breaker.succeeded()
        #expect(!breaker.isOpen)
        #expect(breaker.admits(now: 1001) == true)
        #expect(breaker.admits(now: 1001) == true)
    }

    @Test func `each vain attempt doubles the pause up to the longest`() {
        var breaker = Breaker(limits)
        for _ in 0..<3 { breaker.failed(now: 0, chance: 0.5) }
        var now: Int64 = 0
        for pause: Int64 in [1000, 2000, 3000, 3000] {
            #expect(breaker.admits(now: now + pause - 1) == false)
            now += pause
            #expect(breaker.admits(now: now) == true, "after \(pause)")
            breaker.failed(now: now, chance: 0.5)
        }
        _ = breaker.admits(now: now + 3000)
        breaker.succeeded()
        for _ in 0..<3 { breaker.failed(now: now, chance: 0.5) }
        #expect(breaker.admits(now: now + 1000) == true, "an answer sets the pause back")
    }

    @Test(arguments: [(0.0, Int64(750)), (0.5, 1000), (1.0, 1250), (-5, 750), (7, 1250)])
    func `chance moves the pause by a quarter at the most`(chance: Double, pause: Int64) {
        var breaker = Breaker(Breaker.Limits(failures: 1, pause: 1000, longestPause: 1000))
        breaker.failed(now: 0, chance: chance)
        #expect(breaker.admits(now: pause - 1) == false)
        #expect(breaker.admits(now: pause) == true)
    }

    @Test func `failures that come late, while it is open, do not prolong it`() {
        var breaker = Breaker(limits)
        for _ in 0..<3 { breaker.failed(now: 0, chance: 0.5) }
        breaker.failed(now: 900, chance: 0.5)
        #expect(breaker.admits(now: 1000) == true)
    }
}
