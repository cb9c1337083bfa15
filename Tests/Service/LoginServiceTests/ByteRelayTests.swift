// SPDX-License-Identifier: Apache-2.0
import EventLoop
import POSIX
import TestSupport
import Testing

@testable import LoginService

@Suite struct `The relay behind TLS` {
    /// Two pairs with a relay between their inner ends, and the outer ends.
    @Loop private func relay() throws -> (client: Connection, mail: Connection, isOver: Promise<Void>) {
        func pair() throws -> (Connection, Connection) {
            try Descriptor.withSocketPair { (try Connection($0), try Connection($1)) }
        }
        let (client, near) = try pair()
        let (mail, far) = try pair()
        client.timeout = .seconds(300)
        mail.timeout = .seconds(300)
        let isOver = Promise<Void>()
        Loop.spawn {
            await ByteRelay.run(near, far)
            near.close()
            far.close()
            isOver.fulfil(())
        }
        return (client, mail, isOver)
    }

    @Test func `carries bytes both ways`() async throws {
        try await onLoop {
            let (client, mail, isOver) = try relay()
            client.post("hello\n")
            #expect(try await mail.readLine(limit: 10) == [UInt8]("hello".utf8))
            mail.post("there\n")
            #expect(try await client.readLine(limit: 10) == [UInt8]("there".utf8))
            client.close()
            #expect(try await mail.readLine(limit: 10) == nil)
            mail.close()
            await isOver.get()
        }
    }

    @Test func `passes the end of one direction on and keeps the other open`() async throws {
        try await onLoop {
            let (client, mail, isOver) = try relay()
            client.post("last\n")
            try await client.finishWriting()
            #expect(try await mail.readLine(limit: 10) == [UInt8]("last".utf8))
            #expect(try await mail.readLine(limit: 10) == nil)
            mail.post("answer\n")
            try await mail.finishWriting()
            #expect(try await client.readLine(limit: 10) == [UInt8]("answer".utf8))
            #expect(try await client.readLine(limit: 10) == nil)
            await isOver.get()
            client.close()
            mail.close()
        }
    }

    @Test func `carries megabytes to a slow reader, in order`() async throws {
        try await onLoop {
            let (client, mail, _) = try relay()
            let total = 8_000_000
            Loop.spawn {
                var sent = 0
                while sent < total {
                    mail.post((sent..<sent + 50_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
                    sent += 50_000
                    try? await mail.drained()
                }
                try? await mail.finishWriting()
            }
            var seen = 0
            var isRight = true
            while try await client.fill() {
                for byte in client.take() {
                    if byte != UInt8(truncatingIfNeeded: seen &* 31) { isRight = false }
                    seen += 1
                }
                if seen % 7 == 0 { await Loop.yield() }
            }
            #expect(isRight && seen == total)
            client.close()
            mail.close()
        }
    }
}
