// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Glibc
import TLS
import TestSupport
import Testing

@testable import LoginService

@Suite struct `A log-in through TLS` {
    /// A server's context with a certificate of its own.
    private func serverContext() async throws -> TLSContext {
        // As every daemon does: OpenSSL writes with write(2).
        signal(SIGPIPE, SIG_IGN)
        let folder = TemporaryFolder("relais-tls")
        let made = try await Command.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=test", "-keyout", folder["key.pem"], "-out", folder["cert.pem"],
        ])
        try #require(made.isSuccess, "\(made)")
        return try TLSContext.server(
            certificateFile: folder["cert.pem"],
            keyFile: folder["key.pem"],
            service: "test"
        )
    }

    @Test func `is carried to the mail process in both directions, megabytes included`() async throws {
        let server = try await serverContext()
        try await onLoop {
            let fixture = try LoginFixture(tls: server, allowsCleartext: false)
            let client = try fixture.connect(isTLS: true)
            try await client.startTLS(try TLSContext.client(), isServer: false)
            let greeting = await client.talk("")
            #expect(greeting.first?.contains("AUTH=PLAIN") == true && greeting.first?.contains("STARTTLS") == false)
            client.post("a LOGIN bob bob\r\nb N")
            let session = try #require(await fixture.handedOver.next())
            #expect(session.order.isSecure && session.order.input == [UInt8]("b N".utf8))
            session.client.post("a OK\r\n")
            #expect(await client.talk("OOP\r\n") == ["a OK"])
            #expect(try await session.client.readLine(limit: 99) == [UInt8]("OOP".utf8))

            let mail = session.client
            Loop.spawn {
                for part in 0..<40 {
                    mail.post([UInt8](repeating: UInt8(part), count: 100_000))
                    try? await mail.drained()
                }
                await mail.finish()
            }
            var seen = 0
            var isRight = true
            while try await client.fill() {
                for byte in client.take() {
                    if Int(byte) != seen / 100_000 { isRight = false }
                    seen += 1
                }
            }
            #expect(isRight && seen == 4_000_000)
            client.close()
        }
    }

    @Test(arguments: ["imap", "pop3"])
    func `begins with STARTTLS, after which passwords are taken`(_ name: String) async throws {
        let server = try await serverContext()
        try await onLoop {
            let fixture = try LoginFixture(name, tls: server, allowsCleartext: false)
            let client = try fixture.connect()
            _ = await client.talk("")
            let begin = await client.talk(name == "imap" ? "a STARTTLS\r\n" : "STLS\r\n")
            #expect(begin.first?.contains("OK Begin TLS") == true)
            try await client.startTLS(try TLSContext.client(), isServer: false)
            client.post(name == "imap" ? "b LOGIN bob bob\r\n" : "AUTH PLAIN AGJvYgBib2I=\r\n")
            let session = try #require(await fixture.handedOver.next())
            #expect(session.order.isSecure)
            client.close()
            #expect(try await session.client.readLine(limit: 99) == nil)
            session.client.close()
        }
    }

    @Test func `does not take for protected what came before it`() async throws {
        let server = try await serverContext()
        try await onLoop {
            let client = try LoginFixture(tls: server).connect()
            _ = await client.talk("")
            #expect(await client.talk("a STARTTLS\r\nx LOGIN bob bob\r\n").first?.hasPrefix("a OK") == true)
            try await client.startTLS(try TLSContext.client(), isServer: false)
            // The injected command was dropped: the next answer is to what came through TLS.
            #expect(await client.talk("b NOOP\r\n") == ["b OK NOOP completed."])
            client.close()

            let reader = try LoginFixture("pop3", tls: server).connect()
            _ = await reader.talk("")
            #expect(await reader.talk("STLS\r\nUSER bob\r\n", lines: 2) == ["-ERR Input after STLS."])
            reader.close()
        }
    }

    @Test func `ends when the client does not speak TLS`() async throws {
        let server = try await serverContext()
        try await onLoop {
            let client = try LoginFixture(tls: server).connect(isTLS: true)
            client.post("a LOGIN bob bob\r\n")
            while (try? await client.fill()) == true { _ = client.take() }
            #expect(client.isBroken)
            client.close()
        }
    }
}
