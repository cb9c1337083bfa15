// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Foundation
import TestSupport
import Testing

@Suite struct OffloadTests {
    private struct Trouble: Error, Equatable { let number: Int }

    @Test func `Each piece of work gets its own result back, however many run at once`() async throws {
        let results = try await onLoop { () -> [Int: Int] in
            let channel = Channel<(Int, Int)>()
            for index in 0..<500 {
                Loop.spawn { channel.send((index, await offload { index * index })) }
            }
            var results: [Int: Int] = [:]
            while results.count < 500, let (index, square) = await channel.next() { results[index] = square }
            return results
        }
        #expect(results == Dictionary(uniqueKeysWithValues: (0..<500).map { ($0, $0 * $0) }))
    }

    @Test func `One task's work is done in its order, and on the loop again afterwards`() async throws {
        try await onLoop {
            var order: [Int] = []
            for index in 0..<50 {
                order.append(await offload { index })
                Loop.shared.assertIsolated()
            }
            #expect(order == Array(0..<50))
        }
    }

    @Test func `What the work throws reaches who waits`() async throws {
        await #expect(throws: Trouble(number: 3)) {
            try await onLoop { try await offload { () throws(Trouble) -> Int in throw Trouble(number: 3) } }
        }
    }

    @Test func `The loop turns while work blocks, and the work is not on its thread`() async throws {
        try await onLoop {
            let hold = DispatchSemaphore(value: 0)
            let loop = pthread_self()
            let result = Channel<Bool>()
            Loop.spawn {
                result.send(
                    await offload {
                        hold.wait()
                        return pthread_equal(loop, pthread_self()) == 0
                    }
                )
            }
            // Timers come and go while it waits.
            for _ in 0..<5 { await Loop.sleep(nanoseconds: .milliseconds(1)) }
            #expect(result.count == 0)
            hold.signal()
            #expect(await result.next() == true)
        }
    }
}
