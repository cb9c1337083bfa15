// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import BlockingPool

@Suite(.timeLimit(.minutes(5))) struct BlockingPoolTests {
    /// Reads from one end of a pair of sockets, so that it blocks until the other end or the lifeline makes an end.
    private final class Line: Sendable, BlockingSource {
        final class Connection {}

        let far = Mutex<[Int32]>([])
        let connections = Atomic<Int>(0)

        func answer(
            _ question: String,
            _ connection: inout Connection?,
            _ lifeline: Lifeline,
            deadline: Int64
        ) throws(BlockingFailure) -> String {
            if connection == nil {
                connection = Connection()
                connections.add(1, ordering: .relaxed)
            }
            guard question == "wait" else { return question.uppercased() }
            var pair: [Int32] = [0, 0]
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
            defer { close(pair[0]) }
            guard lifeline.hold(pair[0]) else { throw BlockingFailure("cut", isOutOfReach: true) }
            far.withLock { $0.append(pair[1]) }
            var byte: UInt8 = 0
            let count = read(pair[0], &byte, 1)
            lifeline.release()
            guard count == 1 else {
                connection = nil
                throw BlockingFailure("cut off", isOutOfReach: true)
            }
            return "waited"
        }

        deinit {
            far.withLock { $0.forEach { close($0) } }
        }
    }

    /// Waits until so many requests hang on the line, for two minutes at the least.
    @Loop private static func count(of line: Line, reaches count: Int) async throws {
        for _ in 0..<12_000 where line.far.withLock({ $0.count }) < count {
            await Loop.sleep(nanoseconds: .milliseconds(10))
        }
        #expect(line.far.withLock { $0.count } == count)
    }

    @Test func `an answer comes from a thread, which keeps its connection`() async throws {
        let line = Line()
        try await onLoop { () async throws in
            let pool = BlockingPool(line, name: "the line", limits: PoolEngine.Limits(slots: 1))
            for word in ["a", "b", "c"] {
                #expect(try await pool.ask(word, timeLimit: .seconds(120)) == word.uppercased())
            }
        }
        #expect(line.connections.load(ordering: .relaxed) == 1)
    }

    @Test func `a request that blocks ends at its deadline, and the slot serves the next one`() async throws {
        let line = Line()
        try await onLoop { () async throws in
            let pool = BlockingPool(line, name: "the line", limits: PoolEngine.Limits(slots: 1))
            await #expect(throws: BlockingFailure("the line has not answered in time", isOutOfReach: true)) {
                try await pool.ask("wait", timeLimit: .milliseconds(50))
            }
            // Without the cut the only thread would wait for ever, and this with it.
            #expect(try await pool.ask("b", timeLimit: .seconds(120)) == "B")
        }
        #expect(line.connections.load(ordering: .relaxed) == 2, "what was cut is not used again")
    }

    @Test func `a source that blocks takes no slot of another`() async throws {
        let (stuck, quick) = (Line(), Line())
        try await onLoop { () async throws in
            let pool = BlockingPool(stuck, name: "stuck", limits: PoolEngine.Limits(slots: 2))
            let other = BlockingPool(quick, name: "quick", limits: PoolEngine.Limits(slots: 1))
            let ended = Channel<String>()
            for _ in 0..<4 {
                Loop.spawn {
                    _ = try? await pool.ask("wait", timeLimit: .seconds(200))
                    ended.send("stuck")
                }
            }
            try await Self.count(of: stuck, reaches: 2)
            #expect(try await other.ask("a", timeLimit: .seconds(120)) == "A")
            #expect(ended.count == 0, "the others still wait")
            // Two answers free the slots for the two that wait.
            for expected in [2, 4] {
                try await Self.count(of: stuck, reaches: expected)
                stuck.far.withLock { $0.suffix(2).forEach { _ = write($0, "x", 1) } }
            }
            for _ in 0..<4 { #expect(await ended.next() == "stuck") }
        }
    }

    @Test func `failures open the breaker, which says so once, and an answer closes it`() async throws {
        let line = Line()
        try await onLoop { () async throws in
            let breaker = Breaker.Limits(failures: 2, pause: 50_000_000, longestPause: 50_000_000)
            let pool = BlockingPool(line, name: "the line", limits: PoolEngine.Limits(slots: 1, breaker: breaker))
            let said = Channel<Bool>()
            pool.changedReach = { isLost, _ in said.send(isLost) }
            for _ in 0..<2 { _ = try? await pool.ask("wait", timeLimit: .milliseconds(20)) }
            #expect(await said.next() == true)
            for _ in 0..<2400 where (try? await pool.ask("a", timeLimit: .seconds(120))) != "A" {
                await Loop.sleep(nanoseconds: .milliseconds(50))
            }
            #expect(try await pool.ask("a", timeLimit: .seconds(120)) == "A")
            #expect(await said.next() == false)
            #expect(said.count == 0)
        }
    }
}
