// SPDX-License-Identifier: Apache-2.0
import EventLoop
import TestSupport
import Testing

@Suite struct ConnectionTests {
    @Test func `Eight megabytes pass a slow reader whole, and little of them waits in memory`() async throws {
        var generator = SeededGenerator(seed: 2)
        let content = generator.bytes(8 << 20)
        try await onLoop {
            let (writer, reader) = try pair()
            var most = 0
            let writing = Promise<Bool>()
            Loop.spawn {
                for start in stride(from: 0, to: content.count, by: 64 << 10) {
                    writer.post(content[start..<min(start + 64 << 10, content.count)])
                    most = max(most, writer.pending)
                    guard (try? await writer.drained()) != nil else { return writing.fulfil(false) }
                }
                writing.fulfil((try? await writer.finishWriting()) != nil)
            }
            // It begins only when the writer has had to stop.
            while most < Connection.highWater { await Loop.yield() }
            #expect(!writing.isFulfilled)
            let received = try await reader.readToEnd()
            #expect(await writing.get())
            #expect(received == content)
            #expect(most <= Connection.highWater + 64 << 10)
        }
    }

    @Test func `A peer that has ended its side still gets the answer`() async throws {
        try await onLoop {
            let (client, server) = try pair()
            client.post("question\n")
            try await client.finishWriting()
            #expect(try await server.readLine(limit: 100) == Array("question".utf8))
            #expect(try await server.fill() == false)
            #expect(server.isAtEnd)
            server.post("answer\n")
            await server.finish()
            #expect(try await client.readLine(limit: 100) == Array("answer".utf8))
            #expect(try await client.readLine(limit: 100) == nil)
        }
    }

    @Test func `A read that takes too long times out, and the connection can still say so`() async throws {
        try await onLoop {
            let (client, server) = try pair()
            server.timeout = .milliseconds(20)
            await #expect(throws: ConnectionError.timedOut) { _ = try await server.fill() }
            await #expect(throws: ConnectionError.timedOut) { _ = try await server.fill() }
            server.forgiveTimeout()
            server.post("421 too slow\r\n")
            await server.finish()
            #expect(try await client.readLine(limit: 100) == Array("421 too slow".utf8))
        }
    }

    @Test func `The time counts anew with every wait`() async throws {
        try await onLoop {
            let (client, server) = try pair()
            // Other tests keep the loop busy for a second now and then.
            server.timeout = .milliseconds(4000)
            for _ in 0..<6 {
                Loop.after(.milliseconds(800)) { client.post("x") }
                #expect(try await server.fill())
            }
            #expect(server.take().count == 6)
        }
    }

    @Test func `A peer that does not read makes the writer time out`() async throws {
        try await onLoop {
            let (writer, reader) = try pair()
            writer.timeout = .milliseconds(20)
            writer.post([UInt8](repeating: 1, count: 4 << 20))
            await #expect(throws: ConnectionError.timedOut) { try await writer.drained() }
            withExtendedLifetime(reader) {}
        }
    }

    @Test func `Aborting wakes who waits to read and who waits to write`() async throws {
        try await onLoop {
            let (one, other) = try pair()
            Loop.after(.milliseconds(5)) { one.abort() }
            await #expect(throws: ConnectionError.closed) { _ = try await one.fill() }
            other.post([UInt8](repeating: 1, count: 4 << 20))
            Loop.after(.milliseconds(5)) { other.abort() }
            await #expect(throws: ConnectionError.closed) { try await other.drained() }
        }
    }

    @Test func `Closing twice, or using it afterwards, does no harm`() async throws {
        try await onLoop {
            let (one, other) = try pair()
            one.close()
            one.close()
            one.post("lost")
            one.discardInput()
            await #expect(throws: ConnectionError.self) { _ = try await one.fill() }
            #expect(try await other.fill() == false)
            #expect(one.isBroken && other.isBroken)
        }
    }

    @Test func `A peer that resets the connection ends reading and writing with an error, no signal`() async throws {
        try await onLoop {
            let (one, other) = try pair()
            // Unread input makes the close a reset.
            other.post("unread")
            other.flush()
            one.close()
            other.post("more")
            await #expect(throws: ConnectionError.self) { try await other.drained(everything: true) }
        }
    }

    @Test(arguments: [
        ("a\r\nb\n\r\n\nc\r\n", ["a", "b", "", "", "c"]), ("\r\r\n", ["\r"]), ("no end\r\n", ["no end"]),
    ])
    func `Lines end at LF or CRLF, also byte by byte`(input: String, lines: [String]) async throws {
        try await onLoop {
            for isDripping in [false, true] {
                let (client, server) = try pair()
                Loop.spawn {
                    for byte in Array(input.utf8) {
                        client.post([byte])
                        if isDripping {
                            client.flush()
                            await Loop.yield()
                        }
                    }
                    await client.finish()
                }
                var received: [String] = []
                while let line = try await server.readLine(limit: 100) {
                    received.append(String(decoding: line, as: UTF8.self))
                }
                #expect(received == lines)
            }
        }
    }

    @Test func `A line over the limit is an error before its end has come, a line of that length is none`() async throws
    {
        try await onLoop {
            let (client, server) = try pair()
            client.post([UInt8](repeating: 65, count: 100) + [10])
            #expect(try await server.readLine(limit: 100)?.count == 100)
            client.post([UInt8](repeating: 65, count: 101))
            await #expect(throws: ConnectionError.tooLong) { _ = try await server.readLine(limit: 100) }
        }
    }

    @Test func `The end of the stream inside a line or a frame is an error, between two it is the end`() async throws {
        try await onLoop {
            let (client, server) = try pair()
            client.post("whole\nhalf")
            await client.finish()
            #expect(try await server.readLine(limit: 100) == Array("whole".utf8))
            await #expect(throws: ConnectionError.unexpectedEnd) { _ = try await server.readLine(limit: 100) }
            let (writer, reader) = try pair()
            writer.post("12345678")
            await writer.finish()
            #expect(try await reader.read(exactly: 5) == Array("12345".utf8))
            await #expect(throws: ConnectionError.unexpectedEnd) { _ = try await reader.read(exactly: 5) }
            _ = reader.take()
            #expect(try await reader.read(exactly: 5) == nil)
        }
    }

    @Test func `Looking at the input uses up what was asked for and no more`() async throws {
        try await onLoop {
            let (client, server) = try pair()
            client.post("abcdef")
            #expect(try await server.fill())
            server.consume { span in
                #expect(span.count == 6)
                return 2
            }
            server.consume { _ in -5 }
            #expect(server.take(2) == Array("cd".utf8))
            server.consume { _ in 99 }
            #expect(server.buffered == 0)
            client.post("gh")
            #expect(try await server.fill())
            #expect(server.take() == Array("gh".utf8))
        }
    }

    @Test func `A released descriptor leaves the loop, and what it had buffered stays with its owner`() async throws {
        try await onLoop {
            let (client, server) = try pair()
            client.post("early")
            #expect(try await server.fill())
            let early = server.take()
            guard let descriptor = server.release() else {
                Issue.record("no descriptor")
                return
            }
            let again = try Connection(descriptor)
            client.post(" late\n")
            #expect(early + (try await again.readLine(limit: 100) ?? []) == Array("early late".utf8))
            let isGone = server.release().isNil
            #expect(isGone)
        }
    }

    @Test func `Several posts of a turn leave together`() async throws {
        try await onLoop {
            let (client, server) = try pair()
            for part in ["a", "b", "c"] { client.post(part) }
            client.post { $0.append(contentsOf: Array("d".utf8)) }
            #expect(client.pending == 4)
            #expect(try await server.fill())
            #expect(server.take() == Array("abcd".utf8))
        }
    }
}
