// SPDX-License-Identifier: Apache-2.0
import EventLoop
import InternalProtocols
import TestSupport
import Testing

@testable import smtpd

@Suite("Sessions of smtpd and their restrictions")
struct SessionTests {
    /// Plays a transcript; what was logged, and what cleanup got.
    @discardableResult
    private func play(
        _ lines: [String],
        _ transcript: Transcript
    ) async throws -> (log: [String], messages: [(envelope: MessageEnvelope, end: MessageEnd)]) {
        let fixture = try await onLoop { try SMTPFixture(lines) }
        try await blocking {
            let client = try fixture.connect()
            try transcript.play(client)
            _ = try client.rest()
        }
        return (fixture.log.all, try await onLoop { fixture.messages })
    }

    @Test func `a refusal names its subject, and the log has Postfix' form`() async throws {
        let log = try await play(
            ["smtpd_helo_restrictions = reject"],
            Transcript(
                "S: 220 *",
                "C: HELO client.test",
                "S: 250 mx.example.org",
                "C: MAIL FROM:<a@client.test>",
                "S: 250 2.1.0 Ok",
                "C: RCPT TO:<alice@example.org>",
                "S: 554 5.7.1 <client.test>: Helo command rejected: Access denied",
                "C: QUIT",
                "S: 221 2.0.0 Bye"
            )
        ).log
        #expect(
            log.contains(
                "NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 <client.test>: Helo command rejected: Access denied; from=<a@client.test> to=<alice@example.org> proto=SMTP helo=<client.test>"
            ),
            "\(log)"
        )
    }

    @Test func `without delay a client is refused in place of the greeting, and may only leave`() async throws {
        let log = try await play(
            ["smtpd_delay_reject = no", "smtpd_client_restrictions = inline:{{203.0.113.5 = REJECT go away}}"],
            Transcript(
                "S: 554 5.7.1 <unknown[203.0.113.5]>: Client host rejected: go away",
                "C: EHLO client.test",
                "S: 503 5.7.0 Error: access denied",
                "C: QUIT",
                "S: 221 2.0.0 Bye"
            )
        ).log
        #expect(
            log.contains(
                "NOQUEUE: reject: CONNECT from unknown[203.0.113.5]: 554 5.7.1 <unknown[203.0.113.5]>: Client host rejected: go away; proto=SMTP"
            ),
            "\(log)"
        )
    }

    @Test func `without delay HELO and MAIL are refused as they come, and the session goes on`() async throws {
        try await play(
            [
                "smtpd_delay_reject = no", "smtpd_helo_restrictions = inline:{bad.test=REJECT}",
                "smtpd_sender_restrictions = inline:{bad.test=REJECT}",
            ],
            Transcript(
                "S: 220 *",
                "C: HELO bad.test",
                "S: 554 5.7.1 <bad.test>: Helo command rejected: Access denied",
                "C: HELO good.test",
                "S: 250 mx.example.org",
                "C: MAIL FROM:<a@bad.test>",
                "S: 554 5.7.1 <a@bad.test>: Sender address rejected: Access denied",
                "C: RCPT TO:<alice@example.org>",
                "S: 503 5.5.1 Error: need MAIL command",
                "C: MAIL FROM:<a@good.test>",
                "S: 250 2.1.0 Ok",
                "C: RCPT TO:<alice@example.org>",
                "S: 250 2.1.5 Ok",
                "C: QUIT",
                "S: 221 2.0.0 Bye"
            )
        )
    }

    @Test func `a warning is logged, and nothing refused`() async throws {
        let log = try await play(
            ["smtpd_sender_restrictions = warn_if_reject reject"],
            Transcript(
                "S: 220 *",
                "C: EHLO c.test",
                "S: 250-mx.example.org",
                "S: 250-PIPELINING",
                "S: 250-SIZE*",
                "S: 250-VRFY",
                "S: 250-ENHANCEDSTATUSCODES",
                "S: 250-8BITMIME",
                "S: 250-DSN",
                "S: 250-SMTPUTF8",
                "S: 250 CHUNKING",
                "C: MAIL FROM:<>",
                "S: 250 2.1.0 Ok",
                "C: RCPT TO:<alice@example.org>",
                "S: 250 2.1.5 Ok",
                "C: QUIT",
                "S: 221 2.0.0 Bye"
            )
        ).log
        #expect(
            log.contains(
                "NOQUEUE: reject_warning: RCPT from unknown[203.0.113.5]: 554 5.7.1 <>: Sender address rejected: Access denied; from=<> to=<alice@example.org> proto=ESMTP helo=<c.test>"
            ),
            "\(log)"
        )
    }

    @Test(arguments: ["DATA", "BDAT 4 LAST"]) func `content may be refused when it is whole`(begin: String) async throws
    {
        let lines = begin == "DATA" ? ["C: DATA", "S: 354 *", "C: a", "C: ."] : ["C: \(begin)\r\na\r\n."]
        let refused = "S: 554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: Access denied"
        let fixture = try await onLoop { try SMTPFixture(["smtpd_end_of_data_restrictions = reject"]) }
        try await blocking {
            let client = try fixture.connect()
            try Transcript("S: 220 *", "C: HELO c.test", "S: 250 *", "C: MAIL FROM:<>", "S: 250 *").play(client)
            try Transcript("C: RCPT TO:<alice@example.org>", "S: 250 *").play(client)
            if begin == "DATA" {
                try Transcript(lines[0], lines[1], lines[2], lines[3], refused).play(client)
            } else {
                // Without EHLO nothing may come behind a command before its reply.
                _ = try client.command("EHLO c.test")
                try Transcript("C: MAIL FROM:<>", "S: 250 *").play(client)
                try Transcript("C: RCPT TO:<alice@example.org>", "S: 250 *").play(client)
                try client.send("BDAT 4 LAST\r\na\r\n.")
                try Transcript(refused).play(client)
            }
            try Transcript("C: MAIL FROM:<>", "S: 250 *", "C: QUIT", "S: 221 *").play(client)
        }
        #expect(try await onLoop { fixture.messages.isEmpty })
    }

    @Test func `what tables ask for goes to cleanup with the message, and not with the next one`() async throws {
        let messages = try await play(
            [
                "smtpd_sender_restrictions = inline:{{a@client.test = HOLD}}",
                "smtpd_recipient_restrictions = inline:{{alice@example.org = PREPEND X-Seen: yes}}",
                "smtpd_data_restrictions = check_sender_access inline:{{a@client.test = BCC bob@example.org}}",
                "smtpd_end_of_data_restrictions = check_sender_access inline:{{a@client.test = REDIRECT bob@example.org}}",
            ],
            Transcript(
                "S: 220 *",
                "C: HELO c.test",
                "S: 250 *",
                "C: MAIL FROM:<a@client.test>",
                "S: 250 *",
                "C: RCPT TO:<alice@example.org>",
                "S: 250 *",
                "C: DATA",
                "S: 354 *",
                "C: text",
                "C: .",
                "S: 250 2.0.0 Ok: queued as TEST",
                "C: MAIL FROM:<b@client.test>",
                "S: 250 *",
                "C: RCPT TO:<bob@example.org>",
                "S: 250 *",
                "C: DATA",
                "S: 354 *",
                "C: text",
                "C: .",
                "S: 250 2.0.0 Ok: queued as TEST",
                "C: QUIT",
                "S: 221 *"
            )
        ).messages
        try #require(messages.count == 2)
        let (envelope, end) = messages[0]
        #expect(envelope.actions.holds && envelope.actions.prepended == ["X-Seen: yes"])
        #expect(envelope.actions.bcc == ["bob@example.org"] && envelope.actions.redirect.isEmpty)
        #expect(end.actions.redirect == "bob@example.org" && end.actions.holds)
        #expect(messages[1].envelope.actions == MessageActions() && messages[1].end.actions == MessageActions())
    }

    @Test func `a table that does not answer is 451, never a missing answer`() async throws {
        try await play(
            ["relay_domains = fail:{down}", "smtpd_relay_restrictions = permit_auth_destination, reject"],
            Transcript(
                "S: 220 *",
                "C: HELO c.test",
                "S: 250 *",
                "C: MAIL FROM:<>",
                "S: 250 *",
                "C: RCPT TO:<x@else.where>",
                "S: 451 4.3.0 <x@else.where>: Temporary lookup failure",
                "C: VRFY x@else.where",
                "S: 451 4.3.0 *",
                "C: QUIT",
                "S: 221 *"
            )
        )
    }

    @Test func `a list that cannot be used ends the start`() async throws {
        for line in [
            "smtpd_sender_restrictions = reject_sender_login_mismach",
            "smtpd_client_restrictions = reject_rbl_client x.y",
            "smtpd_relay_restrictions = permit_mynetworks",
        ] {
            await #expect(throws: (any Error).self, "\(line)") { try await onLoop { _ = try SMTPFixture([line]) } }
        }
    }
}
