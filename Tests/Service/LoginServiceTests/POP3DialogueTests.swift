// SPDX-License-Identifier: Apache-2.0
import EventLoop
import TestSupport
import Testing

@testable import LoginService

@Suite struct `pop3-login` {
    @Test(
        arguments: [
            ["USER bob\r\n", "PASS bob\r\n"], ["AUTH PLAIN AGJvYgBib2I=\r\n"], ["AUTH PLAIN\r\n", "AGJvYgBib2I=\r\n"],
            ["auth login\r\n", "Ym9i\r\n", "Ym9i\r\n"],
        ]
    )
    func `hands a client over with the ticket and what it sent too early`(_ texts: [String]) async throws {
        try await onLoop {
            let fixture = try LoginFixture("pop3")
            let client = try fixture.connect()
            #expect(await client.talk("") == ["+OK ready."])
            for text in texts.dropLast() { #expect(await client.talk(text).first?.hasPrefix("+") == true) }
            client.post((texts.last ?? "") + "STAT\r\nLI")
            let session = try #require(await fixture.handedOver.next())
            #expect(session.order.tag.isEmpty && session.order.cookie == "c0ffee")
            #expect(String(decoding: session.order.input, as: UTF8.self) == "STAT\r\nLI")
            session.client.post("+OK Logged in.\r\n")
            #expect(await client.talk("ST\r\n") == ["+OK Logged in."])
            #expect(try await session.client.readLine(limit: 99) == [UInt8]("ST".utf8))
            session.client.close()
            client.close()
        }
    }

    @Test func `refuses wrong passwords, goes on, and says goodbye`() async throws {
        try await onLoop {
            let fixture = try LoginFixture("pop3")
            let client = try fixture.connect()
            _ = await client.talk("")
            #expect(await client.talk("PASS bob\r\n") == ["-ERR No username given."])
            _ = await client.talk("USER bob\r\n")
            #expect(await client.talk("PASS bib\r\n") == ["-ERR [AUTH] Authentication failed."])
            _ = await client.talk("AUTH PLAIN\r\n")
            #expect(await client.talk("*\r\n").first?.hasPrefix("-ERR") == true)
            fixture.isAuthBroken = true
            _ = await client.talk("USER bob\r\n")
            #expect(await client.talk("PASS bob\r\n").first?.hasPrefix("-ERR [SYS/TEMP]") == true)
            #expect(await client.talk("QUIT\r\n", lines: 2) == ["+OK Logging out"])
            client.close()
        }
    }

    @Test func `tells a client whom no mail process wants`() async throws {
        try await onLoop {
            let fixture = try LoginFixture("pop3")
            fixture.mailError = "Maildrop is in use."
            let client = try fixture.connect()
            _ = await client.talk("USER bob\r\n", lines: 2)
            #expect(await client.talk("PASS bob\r\n", lines: 2) == ["-ERR [SYS/TEMP] Maildrop is in use."])
            client.close()
        }
    }

    @Test func `takes no password that others may hear`() async throws {
        try await onLoop {
            let client = try LoginFixture("pop3", allowsCleartext: false).connect()
            _ = await client.talk("")
            for command in ["USER bob", "AUTH PLAIN", "AUTH PLAIN AGJvYgBib2I="] {
                #expect(await client.talk("\(command)\r\n").first?.hasPrefix("-ERR [AUTH] Plaintext") == true)
            }
            client.close()
        }
    }

    @Test(arguments: ["FROB\r\n", "\r\n", "STAT\r\n", "USER\r\n"])
    func `has enough of bad commands`(_ command: String) async throws {
        try await onLoop {
            let client = try LoginFixture("pop3").connect()
            _ = await client.talk("")
            let answers = await client.talk(String(repeating: command, count: 30), lines: 40)
            #expect(answers.count == 11 && answers.allSatisfy { $0.hasPrefix("-ERR") })
            client.close()
        }
    }
}
