// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Glibc
import MailStore
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import FinalDelivery

@Suite("Flushes that deliveries share")
struct SharedFlushTests {
    /// What flushes were carried out, in order, and whether one of them still runs.
    private final class Record: Sendable {
        let names = Mutex<[String]>([])

        func flush(_ name: String, failing: Bool = false) -> SharedFlush.Flush {
            { () throws(DeliveryFailure) in
                self.names.withLock { $0.append(name) }
                if failing { throw DeliveryFailure(.system(.ioError), action: "flush file in new/", path: name) }
            }
        }
    }

    @Test func `Deliveries of one moment are flushed together, none before all are there`()
        async throws
    {
        let record = Record()
        let before = try await onLoop { () -> [String] in
            let flushes = SharedFlush()
            let ended = Channel<Void>()
            for name in ["a", "b", "c"] {
                Loop.spawn {
                    try? await flushes.carryOut(record.flush(name))
                    ended.send(())
                }
            }
            await Loop.yield()
            let before = record.names.withLock { $0 }
            for _ in 0..<3 { _ = await ended.next() }
            return before
        }
        #expect(before == [])
        #expect(record.names.withLock { $0.sorted() } == ["a", "b", "c"])
    }

    @Test func `A flush that fails fails for its own delivery alone`() async throws {
        let record = Record()
        let outcomes = try await onLoop { () -> [String] in
            let flushes = SharedFlush()
            let outcomes = Channel<String>()
            for (name, failing) in [("a", false), ("b", true), ("c", false)] {
                Loop.spawn {
                    do throws(DeliveryFailure) {
                        try await flushes.carryOut(record.flush(name, failing: failing))
                        outcomes.send("\(name) is there")
                    } catch {
                        #expect(error.path == "b")
                        outcomes.send("\(name) failed")
                    }
                }
            }
            var all: [String] = []
            for _ in 0..<3 { if let outcome = await outcomes.next() { all.append(outcome) } }
            return all
        }
        #expect(outcomes.sorted() == ["a is there", "b failed", "c is there"])
    }

    @Test func `What comes while others are flushed is flushed next`() async throws {
        let record = Record()
        let gate = Mutex<Bool>(false)
        try await onLoop {
            let flushes = SharedFlush()
            let ended = Channel<Void>()
            let started = Mutex<Bool>(false)
            Loop.spawn {
                try? await flushes.carryOut { () throws(DeliveryFailure) in
                    started.withLock { $0 = true }
                    while !gate.withLock({ $0 }) { usleep(1000) }
                }
                ended.send(())
            }
            while !started.withLock({ $0 }) { await Loop.yield() }
            Loop.spawn {
                try? await flushes.carryOut(record.flush("late"))
                ended.send(())
            }
            await Loop.yield()
            #expect(record.names.withLock { $0 } == [])
            gate.withLock { $0 = true }
            for _ in 0..<2 { _ = await ended.next() }
        }
        #expect(record.names.withLock { $0 } == ["late"])
    }

    @Test func `So many that no more are worth waiting for are flushed at once`() async throws {
        let record = Record()
        try await onLoop {
            let flushes = SharedFlush()
            let ended = Channel<Void>()
            for number in 0..<200 {
                Loop.spawn {
                    try? await flushes.carryOut(record.flush("\(number)"))
                    ended.send(())
                }
            }
            for _ in 0..<200 { _ = await ended.next() }
        }
        #expect(record.names.withLock { $0.count } == 200)
        #expect(record.names.withLock { Set($0) } == Set((0..<200).map { "\($0)" }))
    }
}
