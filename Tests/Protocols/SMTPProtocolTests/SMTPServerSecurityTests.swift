// SPDX-License-Identifier: Apache-2.0

import MailStatus
import SASL
import SMTPProtocol
import Testing

@Suite("SMTP server: TLS, authentication, chunks")
struct SMTPServerSecurityTests {
    private func open(isTLS: Bool = false, _ change: (inout SMTPServerConfiguration) -> Void) -> SMTPTranscript {
        var configuration = SMTPServerConfiguration(hostname: "mx")
        change(&configuration)
        return SMTPTranscript(configuration, isTLS: isTLS)
    }

    private func submission(_ configuration: inout SMTPServerConfiguration) {
        configuration.mechanisms = ["PLAIN", "LOGIN"]
        configuration.tls = .required
        configuration.isTLSRequiredForAuth = true
    }

    @Test func `STARTTLS forgets what was said before`() {
        var smtp = open { $0.tls = .offered }
        smtp.send("EHLO evil.example")
        #expect(smtp.session.extensions.contains(.startTLS))
        #expect(smtp.send("STARTTLS") == ["220 2.0.0 Ready to start TLS", "<TLS>"])
        #expect(smtp.session.isTLS)
        #expect(smtp.session.helo == nil)
        #expect(!smtp.session.extensions.contains(.startTLS))
        #expect(smtp.send("STARTTLS") == ["554 5.5.1 Error: TLS already active"])
    }

    @Test func `plaintext behind STARTTLS ends the session, whatever the configuration`() {
        for forbids in [true, false] {
            var smtp = open {
                $0.tls = .offered
                $0.forbidsUnauthorizedPipelining = forbids
            }
            smtp.send("EHLO x")
            #expect(
                smtp.send("STARTTLS", pending: true) == ["554 5.5.0 Error: SMTP protocol synchronization", "<close>"]
            )
            #expect(!smtp.session.isTLS)
        }
    }

    @Test func `STARTTLS does not come inside a transaction, and may be unavailable`() {
        var smtp = open { $0.tls = .offered }
        smtp.send("MAIL FROM:<>")
        #expect(smtp.send("STARTTLS") == ["503 5.5.1 Error: MAIL transaction in progress"])
        smtp.send("RSET")
        #expect(
            smtp.session.receive(.line(Array("STARTTLS".utf8)))
                == .startTLS(SMTPReply(220, EnhancedStatus(2, 0, 0), "Ready to start TLS"))
        )
        #expect(smtp.run(smtp.session.tlsUnavailable()) == ["454 4.7.0 Error: TLS not available due to local problem"])
        #expect(smtp.send("NOOP") == ["250 2.0.0 Ok"])
    }

    @Test func `where TLS is required nothing else goes before it`() {
        var smtp = open(submission)
        smtp.send("EHLO x")
        #expect(!smtp.session.extensions.contains(.auth))
        for line in ["MAIL FROM:<>", "AUTH PLAIN AGEAYg==", "RCPT TO:<a@b.org>", "VRFY x", "RSET", "DATA"] {
            #expect(smtp.send(line) == ["530 5.7.0 Must issue a STARTTLS command first"])
        }
        #expect(smtp.send("BDAT 5 LAST") == ["530 5.7.0 Must issue a STARTTLS command first", "<close>"])
    }

    @Test func `AUTH with an initial response`() {
        var smtp = open(isTLS: true, submission)
        let ehlo = smtp.send("EHLO x")
        #expect(ehlo.first?.contains("AUTH PLAIN LOGIN") == true)
        #expect(smtp.send("AUTH PLAIN AGEAYg==") == ["<auth PLAIN AGEAYg==>"])
        #expect(smtp.run(smtp.session.authenticated(user: "a@example.org")) == ["235 2.7.0 Authentication successful"])
        #expect(smtp.session.authenticatedUser == "a@example.org")
        #expect(smtp.send("AUTH PLAIN AGEAYg==") == ["503 5.5.1 Error: already authenticated"])
    }

    @Test func `AUTH with challenges`() {
        var smtp = open(isTLS: true, submission)
        smtp.send("EHLO x")
        #expect(smtp.send("auth login") == ["<auth LOGIN ->"])
        #expect(smtp.run(smtp.session.challenge(Array("VXNlcm5hbWU6".utf8))) == ["334 VXNlcm5hbWU6"])
        #expect(smtp.session.lineLimit == 12288)
        #expect(smtp.send("YQ==") == ["<response YQ==>"])
        #expect(smtp.session.lineLimit == 2048)
        #expect(smtp.run(smtp.session.challenge([])) == ["334 "])
        #expect(smtp.send("Yg==") == ["<response Yg==>"])
        #expect(smtp.run(smtp.session.authenticationFailed()) == ["535 5.7.8 Error: authentication failed"])
        #expect(smtp.session.authenticatedUser == nil)
        #expect(smtp.session.errorCount == 1)
        #expect(smtp.send("NOOP") == ["250 2.0.0 Ok"])
    }

    @Test(arguments: [
        (SMTPInputLine.line(Array("*".utf8)), "501 5.7.0 Authentication aborted"),
        (.line(Array("what?".utf8)), "501 5.5.2 Error: invalid base64 data"),
        (.line([UInt8](repeating: 0x41, count: 12292)), "500 5.5.6 SASL response limit exceeded"),
        (.tooLong, "500 5.5.6 SASL response limit exceeded"),
    ])
    func `a broken response ends the exchange`(line: SMTPInputLine, reply: String) {
        var smtp = open(isTLS: true, submission)
        smtp.send("EHLO x")
        smtp.send("AUTH PLAIN")
        smtp.run(smtp.session.challenge([]))
        #expect(smtp.send(line) == ["<cancel>", reply])
        #expect(smtp.send("NOOP") == ["250 2.0.0 Ok"])
    }

    @Test func `AUTH has its conditions`() {
        var smtp = open {
            $0.mechanisms = ["PLAIN", "SCRAM-SHA-256"]
            $0.mechanismsForTLSOnly = ["PLAIN"]
            $0.announcesAuthTwice = true
        }
        #expect(smtp.send("AUTH PLAIN") == ["503 5.5.1 Error: send HELO/EHLO first"])
        smtp.send("HELO x")
        #expect(smtp.send("AUTH PLAIN") == ["503 5.5.1 Error: send HELO/EHLO first"])
        let ehlo = smtp.send("EHLO x")
        #expect(ehlo.first?.contains("250-AUTH SCRAM-SHA-256 / 250-AUTH=SCRAM-SHA-256") == true)
        #expect(smtp.send("AUTH PLAIN") == ["504 5.5.4 Error: unsupported authentication mechanism"])
        smtp.send("MAIL FROM:<>")
        #expect(smtp.send("AUTH SCRAM-SHA-256") == ["503 5.5.1 Error: MAIL transaction in progress"])

        var plain = open {
            $0.mechanisms = ["PLAIN"]
            $0.tls = .offered
            $0.isTLSRequiredForAuth = true
        }
        plain.send("EHLO x")
        #expect(plain.send("AUTH PLAIN") == ["538 5.7.11 Encryption required for requested authentication mechanism"])
    }

    @Test func `chunks make a message`() {
        var smtp = open { _ in }
        smtp.send("MAIL FROM:<>")
        smtp.send("RCPT TO:<a@b.org>")
        #expect(smtp.send("BDAT 2000") == ["<chunk 2000>"])
        #expect(smtp.run(smtp.session.chunkReceived()) == ["250 2.0.0 Ok: 2000 bytes"])
        #expect(smtp.send("DATA") == ["503 5.5.1 Error: DATA after BDAT"])
        #expect(smtp.send("RCPT TO:<b@b.org>") == ["503 5.5.1 Error: RCPT after BDAT"])
        #expect(smtp.send("BDAT 0 LAST") == ["<chunk 0 last>"])
        #expect(smtp.run(smtp.session.chunkReceived(.queued(as: "7"))) == ["250 2.0.0 Ok: queued as 7"])
        #expect(smtp.session.mail == nil)
    }

    @Test func `refused chunks are read nevertheless`() {
        var smtp = open { $0.messageSizeLimit = 3000 }
        #expect(smtp.send("BDAT 5000 LAST") == ["<chunk 5000 last discarded>"])
        #expect(smtp.run(smtp.session.chunkReceived()) == ["503 5.5.1 Error: need RCPT command"])
        smtp.send("MAIL FROM:<>")
        #expect(smtp.send("BDAT 5") == ["<chunk 5 discarded>"])
        #expect(smtp.run(smtp.session.chunkReceived()) == ["554 5.5.1 Error: no valid recipients"])
        smtp.send("RCPT TO:<a@b.org>")
        #expect(smtp.send("BDAT 2000") == ["<chunk 2000>"])
        smtp.run(smtp.session.chunkReceived())
        #expect(smtp.send("BDAT 9223372036854775806") == ["<chunk 9223372036854775806 discarded>"])
        #expect(smtp.run(smtp.session.chunkReceived()) == ["552 5.3.4 Error: message file too big"])
        #expect(smtp.send("BDAT 9 LAST") == ["<chunk 9 last discarded>"])
        #expect(smtp.run(smtp.session.chunkReceived()) == ["552 5.3.4 Error: message file too big"])
        #expect(smtp.session.mail == nil)
    }

    @Test func `a failed disk discards the rest of the chunks`() {
        var smtp = open { _ in }
        smtp.send("MAIL FROM:<>")
        smtp.send("RCPT TO:<a@b.org>")
        smtp.send("BDAT 2000")
        #expect(smtp.run(smtp.session.chunkReceived(.temporaryFailure)) == ["451 4.3.0 Error: queue file write error"])
        #expect(smtp.send("BDAT 1 LAST") == ["<chunk 1 last discarded>"])
    }

    @Test func `a BDAT that cannot be understood closes, for its octets would be taken for commands`() {
        var smtp = open { _ in }
        #expect(smtp.send("BDAT many") == ["501 5.5.4 Syntax: BDAT count [LAST]", "<close>"])
        var without = open { $0.discardedExtensions = [.chunking] }
        #expect(without.send("BDAT 5 LAST") == ["502 5.5.1 Error: command not implemented", "<close>"])
    }

    @Test func `many tiny chunks are junk`() {
        var smtp = open {
            $0.junkCommandLimit = 2
            $0.hardErrorLimit = 2
        }
        smtp.send("MAIL FROM:<>")
        smtp.send("RCPT TO:<a@b.org>")
        for _ in 0..<3 {
            smtp.send("BDAT 1")
            #expect(smtp.run(smtp.session.chunkReceived()) == ["250 2.0.0 Ok: 1 bytes"])
        }
        smtp.send("BDAT 1")
        #expect(smtp.run(smtp.session.chunkReceived()).last == "<close>")
    }

    @Test func `no secret shows in an action`() {
        var smtp = open(isTLS: true, submission)
        smtp.send("EHLO x")
        let action = smtp.session.receive(.line(Array("AUTH PLAIN AGFsaWNlAHNlY3JldA==".utf8)))
        var dumped = ""
        dump(action, to: &dumped)
        #expect(!"\(action)".contains("AGFs") && !dumped.contains("AGFs"))
        #expect(
            action
                == .authenticate(AuthCommand(mechanism: "PLAIN", initialResponse: SASLSecret("AGFsaWNlAHNlY3JldA==")))
        )
    }
}
