// SPDX-License-Identifier: Apache-2.0
import EventLoop
import POSIX
import TestSupport
import Testing

@testable import IPC

@Suite struct FrameConnectionTests {
    private static let own = WireProtocol(name: "sample", version: 1)

    @Loop
    private static func raw() throws -> (Connection, FrameConnection) {
        try Descriptor.withSocketPair { one, other in
            (
                try Connection(one, carriesDescriptors: true),
                FrameConnection(try Connection(other, carriesDescriptors: true))
            )
        }
    }

    /// A frame as it goes over the wire.
    private static func frame(_ kind: UInt8, _ payload: [UInt8], descriptors: UInt8 = 0) -> [UInt8] {
        let length = payload.count + 2
        return [UInt8(length >> 24 & 255), UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255)]
            + [kind, descriptors] + payload
    }

    @Test func `Messages arrive whole and in order, and then the end`() async throws {
        try await onLoop {
            let (peer, frames) = try Self.raw()
            let sender = FrameConnection(peer)
            for number in 0..<100 {
                var sample = Sample.full
                sample.number = number
                sender.send(sample)
            }
            Loop.spawn { await peer.finish() }
            for number in 0..<100 { #expect(try await frames.receive(Sample.self).number == number) }
            let hasEnded = try await frames.receive().map { _ in false } ?? true
            #expect(hasEnded)
            await #expect(throws: IPCError.ended) { _ = try await frames.receive(Sample.self) }
        }
    }

    @Test func `The bytes on the wire are length, kind, descriptors, fields`() async throws {
        try await onLoop {
            let (peer, frames) = try Self.raw()
            frames.send(WireProtocol(name: "x", version: 2))
            let expected = Self.frame(0, [1, 0, 0, 0, 1, 120, 2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 2])
            #expect(try await peer.read(exactly: expected.count) == expected)
        }
    }

    @Test func `A frame that comes byte by byte is the same frame`() async throws {
        try await onLoop {
            let (peer, frames) = try Self.raw()
            Loop.spawn {
                for byte in Self.frame(9, Sample.full.encoded) {
                    peer.post([byte])
                    peer.flush()
                    await Loop.yield()
                }
            }
            #expect(try await frames.receive(Sample.self) == .full)
        }
    }

    @Test func `Both sides say protocol and version first, and another one is refused`() async throws {
        try await onLoop {
            let (peer, server) = try Self.raw()
            let client = FrameConnection(peer)
            let accepted = Promise<Bool>()
            Loop.spawn { accepted.fulfil((try? await server.accept(Self.own)) != nil) }
            client.send(Self.own)
            #expect(try await client.receive(WireProtocol.self) == Self.own)
            #expect(await accepted.get())
            for theirs in [WireProtocol(name: "sample", version: 2), WireProtocol(name: "other", version: 1)] {
                let (peer, server) = try Self.raw()
                FrameConnection(peer).send(theirs)
                await #expect(
                    throws: IPCError.wire(.mismatch("\(theirs.name) \(theirs.version) instead of sample 1"))
                ) { try await server.accept(Self.own) }
            }
        }
    }

    @Test(arguments: [(0, 0), (0, 3), (3, 0)])
    func `A peer of another minor version is accepted, by both sides`(_ minors: (ours: Int, theirs: Int)) async throws {
        try await onLoop {
            let (peer, server) = try Self.raw()
            let client = FrameConnection(peer)
            let accepted = Promise<Bool>()
            let ours = WireProtocol(name: "sample", version: 1, minor: minors.ours)
            Loop.spawn { accepted.fulfil((try? await server.accept(ours)) != nil) }
            try await client.introduce(as: WireProtocol(name: "sample", version: 1, minor: minors.theirs))
            #expect(await accepted.get())
        }
    }

    @Test func `The accepting side takes no frame beyond the protocol's limit`() async throws {
        try await onLoop {
            let (peer, server) = try Self.raw()
            let short = WireProtocol(name: "sample", version: 1, requestLimit: 100)
            FrameConnection(peer).send(short)
            try await server.accept(short)
            peer.post(Self.frame(9, [UInt8](repeating: 0, count: 98)))
            #expect(try await server.receive()?.payload.count == 98)
            peer.post(Self.frame(9, [UInt8](repeating: 0, count: 99)))
            await #expect(throws: IPCError.connection(.tooLong)) { _ = try await server.receive() }
        }
    }

    @Test func `Another kind of frame than the one that is due is an error`() async throws {
        try await onLoop {
            let (peer, frames) = try Self.raw()
            peer.post(Self.frame(77, []))
            await #expect(throws: IPCError.wire(.unexpected(kind: 77))) { _ = try await frames.receive(Sample.self) }
        }
    }

    @Test(
        arguments: [
            [0, 0, 0, 0], [0, 0, 0, 1, 9], [0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff], [2, 0, 0, 1],
        ] as [[UInt8]]
    )
    func `A frame that is too short or too long is refused before it is read`(head: [UInt8]) async throws {
        try await onLoop {
            let (peer, frames) = try Self.raw()
            peer.post(head)
            await #expect(throws: IPCError.connection(.tooLong)) { _ = try await frames.receive() }
        }
    }

    @Test func `A stream that ends inside a frame is an error`() async throws {
        try await onLoop {
            let whole = Self.frame(9, Sample.full.encoded)
            for end in [1, 3, 4, 5, whole.count - 1] {
                let (peer, frames) = try Self.raw()
                peer.post(Array(whole[..<end]))
                Loop.spawn { await peer.finish() }
                await #expect(throws: IPCError.connection(.unexpectedEnd)) { _ = try await frames.receive() }
            }
        }
    }

    @Test func `A goodbye is no frame of the conversation, but the connection is not used again after it`() async throws
    {
        try await onLoop {
            let (peer, client) = try Self.raw()
            let server = FrameConnection(peer)
            #expect(!client.isSpent)
            // It crosses a request: the answer comes nevertheless.
            client.send(Sample.full)
            server.sendGoodbye()
            #expect(try await server.receive(Sample.self) == .full)
            server.send(Sample())
            #expect(try await client.receive(Sample.self) == Sample())
            #expect(client.isSpent)
            // An idle client sees it before it sends.
            let (other, idle) = try Self.raw()
            FrameConnection(other).sendGoodbye()
            for _ in 0..<5 { await Loop.yield() }
            #expect(idle.isSpent)
        }
    }

    @Test func `A descriptor comes with its message`() async throws {
        let folder = TemporaryFolder()
        try folder.write("file", "content")
        try await onLoop {
            let (peer, frames) = try Self.raw()
            let sender = FrameConnection(peer)
            sender.send(Sample())
            sender.send(Sample.full, with: try Descriptor.open(folder["file"], .read))
            #expect(try await frames.receive()?.descriptors == 0)
            #expect(try await frames.receive()?.descriptors == 1)
            let descriptor = try frames.takeDescriptor()
            #expect(try descriptor.read(at: 0, count: 100) == Array("content".utf8))
            #expect(throws: IPCError.wire(.truncated)) { _ = try frames.takeDescriptor() }
        }
    }

    @Test func `A service that is not there is unreachable, and the error names it`() async throws {
        let folder = TemporaryFolder()
        try await onLoop {
            do {
                _ = try await FrameConnection.connect(path: folder["none"], as: Self.own)
                Issue.record("it connected")
            } catch IPCError.unreachable(let reason) {
                #expect(reason.hasPrefix(folder["none"]))
            }
        }
    }

    @Test func `Random streams are refused or end, never trap`() async throws {
        try await onLoop {
            var generator = SeededGenerator(seed: 5)
            let whole = Self.frame(9, Sample.full.encoded)
            for _ in 0..<500 {
                let (peer, frames) = try Self.raw()
                peer.post(generator.mutation(of: whole) + generator.mutation(of: whole))
                Loop.spawn { await peer.finish() }
                while let frame = try? await frames.receive() { _ = try? frame.decode(Sample.self) }
            }
        }
    }
}
