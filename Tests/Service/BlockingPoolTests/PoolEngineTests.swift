// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import BlockingPool

@Suite struct PoolEngineTests {
    private func engine(slots: Int = 2, queue: Int = 2, failures: Int = 3) -> PoolEngine {
        PoolEngine(
            PoolEngine.Limits(
                slots: slots,
                queue: queue,
                breaker: Breaker.Limits(failures: failures, pause: 1000, longestPause: 1000)
            )
        )
    }

    @Test func `requests run in free slots, wait in order, and are refused beyond the queue`() {
        var engine = engine()
        #expect(engine.submit(1, deadline: 100, now: 0) == [.run(request: 1, slot: 0)])
        #expect(engine.submit(2, deadline: 100, now: 0) == [.run(request: 2, slot: 1)])
        #expect(engine.submit(3, deadline: 100, now: 0) == [])
        #expect(engine.submit(4, deadline: 100, now: 0) == [])
        #expect(engine.submit(5, deadline: 100, now: 0) == [.refuse(request: 5, .full)])
        #expect(engine.finished(slot: 1, .answered, now: 1, chance: 0.5) == [.run(request: 3, slot: 1)])
        #expect(engine.finished(slot: 0, .answered, now: 1, chance: 0.5) == [.run(request: 4, slot: 0)])
        #expect(engine.finished(slot: 0, .answered, now: 1, chance: 0.5) == [])
    }

    @Test func `a request past its deadline is answered and cut, and its slot stays taken until the thread is back`() {
        var engine = engine(slots: 1)
        _ = engine.submit(1, deadline: 100, now: 0)
        _ = engine.submit(2, deadline: 300, now: 0)
        #expect(engine.nextDeadline == 100)
        #expect(engine.tick(now: 99, chance: 0.5) == [])
        #expect(engine.tick(now: 100, chance: 0.5) == [.refuse(request: 1, .timedOut), .cut(slot: 0)])
        #expect(engine.tick(now: 101, chance: 0.5) == [], "it is cut once")
        #expect(engine.nextDeadline == 300)
        #expect(engine.submit(3, deadline: 300, now: 101) == [], "the slot is still taken")
        #expect(engine.finished(slot: 0, .failed, now: 102, chance: 0.5) == [.run(request: 2, slot: 0)])
    }

    @Test func `a request whose deadline passes while it waits is answered at it`() {
        var engine = engine(slots: 1)
        _ = engine.submit(1, deadline: 1000, now: 0)
        _ = engine.submit(2, deadline: 10, now: 0)
        #expect(engine.nextDeadline == 10)
        #expect(engine.tick(now: 10, chance: 0.5) == [.refuse(request: 2, .late)])
        #expect(engine.waiting == 0)
        #expect(engine.submit(3, deadline: 10, now: 10) == [.refuse(request: 3, .late)])
    }

    @Test func `an open breaker empties the queue, refuses at once, and one answer opens the way again`() {
        var engine = engine(slots: 1, failures: 1)
        _ = engine.submit(1, deadline: 1000, now: 0)
        _ = engine.submit(2, deadline: 1000, now: 0)
        #expect(engine.finished(slot: 0, .failed, now: 5, chance: 0.5) == [.refuse(request: 2, .unavailable)])
        #expect(engine.isUnavailable)
        #expect(engine.submit(3, deadline: 5000, now: 6) == [.refuse(request: 3, .unavailable)])
        #expect(engine.submit(4, deadline: 5000, now: 1005) == [.run(request: 4, slot: 0)])
        #expect(engine.submit(5, deadline: 5000, now: 1006) == [.refuse(request: 5, .unavailable)])
        #expect(engine.finished(slot: 0, .answered, now: 1007, chance: 0.5) == [])
        #expect(engine.submit(6, deadline: 5000, now: 1008) == [.run(request: 6, slot: 0)])
    }

    @Test func `a cut request counts as one failure, whatever its thread says later`() {
        var engine = engine(slots: 1, failures: 2)
        _ = engine.submit(1, deadline: 10, now: 0)
        _ = engine.tick(now: 10, chance: 0.5)
        _ = engine.finished(slot: 0, .failed, now: 11, chance: 0.5)
        #expect(!engine.isUnavailable)
        _ = engine.submit(2, deadline: 20, now: 12)
        _ = engine.tick(now: 20, chance: 0.5)
        #expect(engine.isUnavailable)
        _ = engine.finished(slot: 0, .answered, now: 21, chance: 0.5)
        #expect(engine.isUnavailable, "an answer that nobody waited for proves nothing")
    }

    @Test func `slots that are out of the engine's range change nothing`() {
        var engine = engine()
        #expect(engine.finished(slot: 7, .answered, now: 0, chance: 0.5) == [])
        #expect(engine.finished(slot: -1, .failed, now: 0, chance: 0.5) == [])
        #expect(engine.finished(slot: 0, .failed, now: 0, chance: 0.5) == [])
    }

    @Test func `no request is lost or answered twice, whatever happens in which order`() {
        for seed in 0..<200 {
            var state = UInt64(seed) &+ 1
            func random(_ bound: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % bound
            }
            var engine = engine(slots: 3, queue: 5)
            var now: Int64 = 0
            var open: Set<Int> = []
            var running: [Int: Int] = [:]
            func take(_ actions: [PoolEngine.Action]) {
                for action in actions {
                    switch action {
                    case .run(let request, let slot):
                        #expect(open.contains(request) && running[slot] == nil)
                        running[slot] = request
                    case .refuse(let request, _): #expect(open.remove(request) != nil)
                    case .cut(let slot): #expect(running[slot] != nil)
                    }
                }
            }
            for request in 0..<300 {
                now += Int64(random(20))
                open.insert(request)
                take(engine.submit(request, deadline: now + Int64(random(200)), now: now))
                if random(2) == 0, let slot = running.keys.sorted().first {
                    open.remove(running.removeValue(forKey: slot) ?? -1)
                    take(engine.finished(slot: slot, random(3) == 0 ? .failed : .answered, now: now, chance: 0.5))
                }
                if random(3) == 0 { take(engine.tick(now: now, chance: 0.5)) }
            }
            now += 10_000
            take(engine.tick(now: now, chance: 0.5))
            #expect(open.isEmpty, "seed \(seed): \(open)")
        }
    }
}
