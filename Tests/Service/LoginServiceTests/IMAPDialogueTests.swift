// SPDX-License-Identifier: Apache-2.0
import EventLoop
import TestSupport
import Testing

@testable import LoginService

@Suite struct `imap-login` {
    private static let capabilities = "IMAP4rev1 LITERAL+ SASL-IR ID ENABLE IDLE AUTH=PLAIN AUTH=LOGIN"

    @Test func `greets, tells what it can, and says goodbye`() async throws {
        try await onLoop {
            let client = try LoginFixture().connect()
            #expect(await client.talk("") == ["* OK [CAPABILITY \(Self.capabilities)] ready."])
            let told = await client.talk("a CAPABILITY\r\n", lines: 2)
            #expect(told.first == "* CAPABILITY \(Self.capabilities)" && told.last?.hasPrefix("a OK") == true)
            #expect(await client.talk("b NOOP\r\n") == ["b OK NOOP completed."])
            #expect(
                await client.talk("c ID NIL\r\n", lines: 2) == ["* ID (\"name\" \"relais\")", "c OK ID completed."]
            )
            #expect(await client.talk("d STARTTLS\r\n") == ["d BAD TLS support isn't enabled."])
            #expect(await client.talk("e LOGOUT\r\n", lines: 3) == ["* BYE Logging out", "e OK Logout completed."])
            client.close()
        }
    }

    @Test(
        arguments: [
            ["a LOGIN bob bob\r\n"], ["a LOGIN \"bob\" {3+}\r\nbob\r\n"], ["a AUTHENTICATE PLAIN AGJvYgBib2I=\r\n"],
            ["a AUTHENTICATE PLAIN\r\n", "AGJvYgBib2I=\r\n"], ["a authenticate login\r\n", "Ym9i\r\n", "Ym9i\r\n"],
            ["a LOGIN {3}\r\n", "bob {3}\r\n", "bob\r\n"],
        ]
    )
    func `hands a client over with the ticket and what it sent too early`(_ texts: [String]) async throws {
        try await onLoop {
            let fixture = try LoginFixture()
            let client = try fixture.connect()
            _ = await client.talk("")
            for text in texts.dropLast() { #expect(await client.talk(text).first?.hasPrefix("+ ") == true) }
            client.post((texts.last ?? "") + "b SELECT INBOX\r\nc N")
            let session = try #require(await fixture.handedOver.next())
            #expect(session.order.tag == "a")
            #expect(String(decoding: session.order.input, as: UTF8.self) == "b SELECT INBOX\r\nc N")
            #expect(session.order.cookie == "c0ffee" && session.order.clientPID > 0 && session.order.requestID > 0)
            #expect(session.order.remoteAddress == "192.0.2.7" && !session.order.isSecure)
            session.client.post("a OK Logged in\r\n")
            #expect(await client.talk("OOP\r\n") == ["a OK Logged in"])
            #expect(try await session.client.readLine(limit: 99) == [UInt8]("OOP".utf8))
            session.client.close()
            #expect(try await client.readLine(limit: 99) == nil)
            client.close()
        }
    }

    @Test func `refuses a wrong password and goes on`() async throws {
        try await onLoop {
            let fixture = try LoginFixture()
            let client = try fixture.connect()
            _ = await client.talk("")
            #expect(await client.talk("a LOGIN bob bib\r\n") == ["a NO [AUTHENTICATIONFAILED] Authentication failed."])
            #expect(await client.talk("b AUTHENTICATE PLAIN\r\n") == ["+ "])
            #expect(await client.talk("*\r\n") == ["b BAD Authentication aborted by client."])
            #expect(await client.talk("c AUTHENTICATE PLAIN\r\n") == ["+ "])
            #expect(await client.talk("?\r\n") == ["c BAD Invalid base64 data in continued response."])
            #expect(await client.talk("d AUTHENTICATE GSSAPI\r\n") == ["d NO Unsupported authentication mechanism."])
            fixture.isAuthBroken = true
            let broken = await client.talk("e LOGIN bob bob\r\n")
            #expect(broken == ["e NO [UNAVAILABLE] Temporary authentication failure."])
            fixture.isAuthBroken = false
            client.post("f LOGIN bob bob\r\n")
            let session = try #require(await fixture.handedOver.next())
            #expect(session.order.tag == "f" && session.order.input.isEmpty)
            session.client.close()
            client.close()
        }
    }

    @Test func `tells a client whom no mail process wants`() async throws {
        try await onLoop {
            let fixture = try LoginFixture()
            fixture.mailError = "Too many sessions."
            let client = try fixture.connect()
            _ = await client.talk("")
            #expect(await client.talk("a LOGIN bob bob\r\n", lines: 2) == ["a NO [UNAVAILABLE] Too many sessions."])
            client.close()
        }
    }

    @Test func `takes no password that others may hear`() async throws {
        try await onLoop {
            let client = try LoginFixture(allowsCleartext: false).connect()
            let greeting = await client.talk("")
            #expect(greeting.first?.contains("LOGINDISABLED") == true && greeting.first?.contains("AUTH=") == false)
            for command in ["LOGIN bob bob", "AUTHENTICATE PLAIN", "AUTHENTICATE PLAIN AGJvYgBib2I="] {
                let answer = await client.talk("a \(command)\r\n")
                #expect(answer.first?.hasPrefix("a NO [PRIVACYREQUIRED]") == true)
            }
            client.close()
        }
    }

    @Test(arguments: ["a SELECT INBOX\r\n", "a FROB\r\n", "\r\n", "a\r\n", "\u{1}\u{2}\r\n", "a LOGIN\r\n"])
    func `has enough of bad commands`(_ command: String) async throws {
        try await onLoop {
            let client = try LoginFixture().connect()
            _ = await client.talk("")
            let answers = await client.talk(String(repeating: command, count: 30), lines: 40)
            #expect(answers.count == 11)
            #expect(answers.last == "* BYE Too many invalid IMAP commands.")
            client.close()
        }
    }

    @Test func `has enough of failed log-ins`() async throws {
        try await onLoop {
            let client = try LoginFixture().connect()
            _ = await client.talk("")
            let answers = await client.talk(String(repeating: "a LOGIN bob x\r\n", count: 30), lines: 40)
            #expect(answers.count == LoginConnection.attemptLimit + 1)
            #expect(answers.last == "* BYE Too many failed log-ins.")
            client.close()
        }
    }

    @Test(
        arguments: [
            String(repeating: "a", count: 100_000), "a LOGIN {99999999}\r\n", "a LOGIN {99999999+}\r\n",
            "a LOGIN " + String(repeating: "(", count: 15_000) + "\r\n", "a APPEND INBOX {10+}\r\n0123456789\r\n",
            "a AUTHENTICATE PLAIN " + String(repeating: "A", count: 15_000) + "\r\n",
        ]
    )
    func `ends or answers whatever a stranger sends`(_ text: String) async throws {
        try await onLoop {
            let client = try LoginFixture().connect()
            _ = await client.talk("")
            client.post(text)
            try await client.finishWriting()
            while (try? await client.fill()) == true { _ = client.take() }
            client.close()
        }
    }
}
