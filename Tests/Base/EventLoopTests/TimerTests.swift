// SPDX-License-Identifier: Apache-2.0
import EventLoop
import TestSupport
import Testing

@Suite struct TimerTests {
    @Test func `Timers fire in the order of their times, not of their making`() async throws {
        let order = try await onLoop { () -> [Int] in
            var generator = SeededGenerator(seed: 1)
            let done = Channel<Int>()
            for milliseconds in (1...40).shuffled(using: &generator) {
                Loop.after(.milliseconds(milliseconds)) { done.send(milliseconds) }
            }
            var order: [Int] = []
            while order.count < 40, let next = await done.next() { order.append(next) }
            return order
        }
        #expect(order == Array(1...40))
    }

    @Test func `A cancelled timer does not fire, wherever it stands among others`() async throws {
        let fired = try await onLoop { () -> Set<Int> in
            var fired: Set<Int> = []
            var timers: [Timer] = []
            for index in 0..<200 {
                timers.append(Loop.after(.milliseconds(index % 20)) { fired.insert(index) })
            }
            for index in stride(from: 0, to: 200, by: 3) { timers[index].cancel() }
            // Twice does no harm, nor does it after the time.
            timers[0].cancel()
            await Loop.sleep(nanoseconds: .milliseconds(40))
            timers[1].cancel()
            return fired
        }
        #expect(fired == Set((0..<200).filter { $0 % 3 != 0 }))
    }

    @Test func `A timer may cancel another that is due in the same turn, and start new ones`() async throws {
        let fired = try await onLoop { () -> [String] in
            var fired: [String] = []
            let done = Promise<Void>()
            var second: Timer?
            Loop.after(0) {
                fired.append("first")
                second?.cancel()
                Loop.after(0) {
                    fired.append("third")
                    done.fulfil(())
                }
            }
            second = Loop.after(0) { fired.append("second") }
            await done.get()
            return fired
        }
        #expect(fired == ["first", "third"])
    }

    @Test func `What a timer posts leaves in its turn, and does not wait for the next event`() async throws {
        try await onLoop {
            let (client, server) = try pair()
            server.timeout = .seconds(2)
            Loop.after(0) { client.post("now\n") }
            #expect(try await server.readLine(limit: 100) == Array("now".utf8))
        }
    }

    @Test func `Durations saturate instead of overflowing`() {
        #expect(Int64.seconds(.max) == .max / 4)
        #expect(Int64.milliseconds(.max) == .max / 4)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max / 4)
        #expect(Duration.milliseconds(1500).nanoseconds == 1_500_000_000)
    }
}
