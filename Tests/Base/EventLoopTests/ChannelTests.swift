// SPDX-License-Identifier: Apache-2.0
import EventLoop
import TestSupport
import Testing

@Suite struct ChannelTests {
    @Test func `Values come out in the order they went in, and the end after the last`() async throws {
        let received = try await onLoop { () -> [Int?] in
            let channel = Channel<Int>()
            channel.send(1)
            channel.send(2)
            channel.close()
            channel.send(3)
            return [await channel.next(), await channel.next(), await channel.next()]
        }
        #expect(received == [1, 2, nil])
    }

    @Test func `Whoever waited first is served first, and the end wakes all`() async throws {
        let received = try await onLoop { () -> [String] in
            let channel = Channel<Int>()
            let results = Channel<String>()
            for name in ["a", "b", "c"] {
                Loop.spawn { results.send("\(name)\(await channel.next().map(String.init) ?? "-")") }
            }
            await Loop.yield()
            channel.send(1)
            channel.send(2)
            channel.close()
            var all: [String] = []
            while all.count < 3, let next = await results.next() { all.append(next) }
            return all
        }
        #expect(received == ["a1", "b2", "c-"])
    }

    @Test func `The first value of a promise counts, for those who wait and those who come later`() async throws {
        let values = try await onLoop { () -> [Int] in
            let promise = Promise<Int>()
            let results = Channel<Int>()
            for _ in 0..<3 { Loop.spawn { results.send(await promise.get()) } }
            await Loop.yield()
            promise.fulfil(7)
            promise.fulfil(8)
            var values: [Int] = []
            while values.count < 3, let next = await results.next() { values.append(next) }
            return values + [await promise.get()]
        }
        #expect(values == [7, 7, 7, 7])
    }
}
