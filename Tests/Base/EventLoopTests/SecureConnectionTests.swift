// SPDX-License-Identifier: Apache-2.0
import EventLoop
import POSIX
import TLS
import TestSupport
import Testing

@Suite struct SecureConnectionTests {
    private static func contexts() throws -> (server: TLSContext, client: TLSContext) {
        let pair = try TestCertificate.shared.get()
        return (
            try TLSContext.server(certificateFile: pair.certificate, keyFile: pair.key, service: "test"),
            try TLSContext.client()
        )
    }

    @Test func `Both roles: a handshake, four megabytes each way, an end that is seen`() async throws {
        let (server, client) = try Self.contexts()
        var generator = SeededGenerator(seed: 3)
        let content = generator.bytes(4 << 20)
        try await onLoop {
            let (one, other) = try pair()
            let echoed = Promise<Bool>()
            Loop.spawn {
                do {
                    try await other.startTLS(server, isServer: true)
                    while try await other.fill() {
                        other.post(other.take())
                        try await other.drained()
                    }
                    await other.finish()
                    echoed.fulfil(true)
                } catch {
                    Issue.record("server: \(error)")
                    echoed.fulfil(false)
                }
            }
            try await one.startTLS(client, isServer: false, hostName: "localhost")
            #expect(one.isSecure)
            #expect(one.security?.version == "TLSv1.3")
            #expect((one.security?.bits ?? 0) >= 128)
            let writing = Promise<Bool>()
            Loop.spawn {
                for start in stride(from: 0, to: content.count, by: 50_000) {
                    one.post(content[start..<min(start + 50_000, content.count)])
                    guard (try? await one.drained()) != nil else { return writing.fulfil(false) }
                }
                writing.fulfil(true)
            }
            var received: [UInt8] = []
            while received.count < content.count, try await one.fill() { received += one.take() }
            #expect(received == content)
            #expect(await writing.get())
            try await one.finishWriting()
            #expect(try await one.fill() == false)
            #expect(await echoed.get())
        }
    }

    @Test func `What was sent in the clear behind STARTTLS is dropped, never taken for protected`() async throws {
        let (server, client) = try Self.contexts()
        try await onLoop {
            let (one, other) = try pair()
            let lines = Channel<[UInt8]>()
            Loop.spawn {
                _ = try? await other.readLine(limit: 100)
                other.post("220 go ahead\r\n")
                guard (try? await other.startTLS(server, isServer: true)) != nil else { return lines.close() }
                while let line = try? await other.readLine(limit: 100) { lines.send(line) }
                lines.close()
            }
            // One segment, so that the injected line is read along with STARTTLS.
            one.post("STARTTLS\r\nMAIL FROM:<injected>\r\n")
            #expect(try await one.readLine(limit: 100) == Array("220 go ahead".utf8))
            try await one.startTLS(client, isServer: false)
            one.post("EHLO protected\r\n")
            await one.finish()
            #expect(await lines.next() == Array("EHLO protected".utf8))
            #expect(await lines.next() == nil)
        }
    }

    @Test func `Garbage in place of a handshake fails it, on either side`() async throws {
        let (server, client) = try Self.contexts()
        try await onLoop {
            for (context, isServer) in [(server, true), (client, false)] {
                let (one, other) = try pair()
                one.post("this is no handshake, but long enough to be taken for a record\r\n")
                do {
                    try await other.startTLS(context, isServer: isServer)
                    Issue.record("the handshake succeeded")
                } catch ConnectionError.tls {
                    #expect(other.isBroken)
                }
            }
        }
    }

    @Test func `A peer that goes silent or away in the handshake does not hold the session`() async throws {
        let (server, _) = try Self.contexts()
        try await onLoop {
            let (one, other) = try pair()
            other.timeout = .milliseconds(20)
            await #expect(throws: ConnectionError.timedOut) { try await other.startTLS(server, isServer: true) }
            withExtendedLifetime(one) {}
            let (gone, left) = try pair()
            gone.close()
            await #expect(throws: ConnectionError.self) { try await left.startTLS(server, isServer: true) }
        }
    }

    @Test(arguments: [true, false])
    func `A handshake that waits ends with the connection`(isClosed: Bool) async throws {
        let (server, client) = try Self.contexts()
        try await onLoop {
            for (context, isServer) in [(server, true), (client, false)] {
                let (silent, connection) = try pair()
                let handshake = Loop.spawn { () async -> ConnectionError? in
                    do throws(ConnectionError) {
                        try await connection.startTLS(context, isServer: isServer)
                        return nil
                    } catch {
                        return error
                    }
                }
                for _ in 0..<3 { await Loop.yield() }
                isClosed ? connection.close() : connection.abort()
                #expect(await handshake.value == .closed)
                silent.close()
            }
        }
    }

    @Test func `An older client is refused where the minimum is TLS 1.3`() async throws {
        let pair = try TestCertificate.shared.get()
        let server = try TLSContext.server(
            certificateFile: pair.certificate,
            keyFile: pair.key,
            service: "test",
            minimum: .tls13
        )
        let port = try await onLoop { try SecureServer(server).port }
        for (version, isServed) in [("-tls1_2", false), ("-tls1_3", true)] {
            let client = try await Command.run(
                ["openssl", "s_client", "-connect", "127.0.0.1:\(port)", version, "-quiet"],
                input: Array("\n".utf8)
            )
            #expect(client.text.contains("served") == isServed, "\(version): \(client)")
        }
    }

    /// Says `served` to each TLS client.
    @Loop
    private final class SecureServer {
        private static var all: [SecureServer] = []
        private let listener: Listener
        let port: UInt16

        init(_ context: TLSContext) throws {
            let socket = try Descriptor.listen(on: .ipv4([127, 0, 0, 1], port: 0))
            port = try socket.localAddress().port
            listener = Listener(socket) { descriptor, _ in
                guard let connection = try? Connection(descriptor) else { return }
                Loop.spawn {
                    try? await connection.startTLS(context, isServer: true)
                    connection.post("served\n")
                    await connection.finish()
                }
            }
            listener.resume()
            Self.all.append(self)
        }
    }
}
