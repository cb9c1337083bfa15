// SPDX-License-Identifier: Apache-2.0
import EventLoop
import TestSupport
import Testing

/// Handles of tasks, cancellation and deadlines.
@Suite struct CancellationTests {
    private struct Trouble: Error, Equatable {}

    @Test func `A task's handle gives its value, also when asked late and twice`() async throws {
        try await onLoop {
            let task = Loop.spawn { 42 }
            #expect(await task.value == 42)
            #expect(await task.value == 42)
        }
    }

    @Test func `Cancelling ends a sleep, a wait for a channel, for a promise and for a connection`() async throws {
        try await onLoop {
            let (connection, peer) = try pair()
            let channel = Channel<Int>()
            let promise = Promise<Int>()
            let sleeper = Loop.spawn { await Loop.sleep(nanoseconds: .seconds(3600)) }
            let receiver = Loop.spawn { await channel.next() }
            let waiter = Loop.spawn { await promise.getUnlessCancelled() }
            let reader = Loop.spawn { () async -> ConnectionError? in
                do throws(ConnectionError) {
                    _ = try await connection.fill()
                    return nil
                } catch {
                    return error
                }
            }
            await Loop.yield()
            sleeper.cancel()
            receiver.cancel()
            waiter.cancel()
            reader.cancel()
            await sleeper.value
            #expect(await receiver.value == nil)
            #expect(await waiter.value == nil)
            #expect(await reader.value == .cancelled)
            // What was waited for is as it was.
            channel.send(1)
            #expect(await channel.next() == 1)
            peer.post("still there\n")
            #expect(try await connection.readLine(limit: 100) == Array("still there".utf8))
        }
    }

    @Test func `A task that was cancelled before it waits does not wait`() async throws {
        try await onLoop {
            let (connection, peer) = try pair()
            let task = Loop.spawn { () async -> ConnectionError? in
                while !Task.isCancelled { await Loop.yield() }
                await Loop.sleep(nanoseconds: .seconds(3600))
                do throws(ConnectionError) {
                    _ = try await connection.fill()
                    return nil
                } catch {
                    return error
                }
            }
            task.cancel()
            #expect(await task.value == .cancelled)
            withExtendedLifetime(peer) {}
        }
    }

    @Test func `A wait that is cancelled from another thread ends`() async throws {
        let (task, peer) = try await onLoop {
            let (connection, peer) = try pair()
            return (Loop.spawn { (try? await connection.fill()) != nil }, peer)
        }
        for _ in 0..<100 { await Task.yield() }
        task.cancel()
        #expect(await task.value == false)
        try await onLoop { peer.close() }
    }

    @Test func `A body that is in time gives its value or its own error, a late one the deadline's`() async throws {
        try await onLoop {
            #expect(try await withDeadline(.seconds(3600)) { 1 } == 1)
            await #expect(throws: DeadlineError<Trouble>.failed(Trouble())) {
                try await withDeadline(.seconds(3600)) { () async throws(Trouble) -> Int in throw Trouble() }
            }
            let (connection, peer) = try pair()
            await #expect(throws: DeadlineError<ConnectionError>.passed) {
                try await withDeadline(.milliseconds(20)) { () async throws(ConnectionError) -> Bool in
                    try await connection.fill()
                }
            }
            // It is the wait that has ended, not the connection.
            peer.post("x\n")
            #expect(try await connection.readLine(limit: 10) == Array("x".utf8))
        }
    }

    @Test func `The inner of two deadlines does not outlast the outer one, nor a cancelled task`() async throws {
        try await onLoop {
            let (connection, peer) = try pair()
            let isOver = Promise<Bool>()
            let outer = Loop.spawn {
                _ = try? await withDeadline(.seconds(3600)) {
                    _ = try? await withDeadline(.seconds(3600)) { try await connection.fill() }
                    isOver.fulfil(true)
                }
            }
            await Loop.yield()
            outer.cancel()
            #expect(await isOver.get())
            await outer.value
            withExtendedLifetime(peer) {}
        }
    }

    @Test func `A thousand deadlines leave nothing behind`() async throws {
        try await onLoop {
            var count = 0
            for _ in 0..<1000 where try await withDeadline(.seconds(3600), { true }) { count += 1 }
            #expect(count == 1000)
        }
    }
}
