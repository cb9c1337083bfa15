// SPDX-License-Identifier: Apache-2.0

import MailStatus
import SASL
import SMTPProtocol
import TestSupport
import Testing

@Suite("SMTP server session")
struct SMTPServerSessionTests {
    private func open(_ change: (inout SMTPServerConfiguration) -> Void = { _ in }) -> SMTPTranscript {
        var configuration = SMTPServerConfiguration(hostname: "mx.example.org")
        change(&configuration)
        return SMTPTranscript(configuration)
    }

    @Test func `a message is received`() {
        var smtp = open()
        #expect(smtp.run(smtp.session.greet()) == ["220 mx.example.org ESMTP"])
        #expect(
            smtp.send("EHLO client.example") == [
                "250-mx.example.org / 250-PIPELINING / 250-SIZE 10240000 / 250-VRFY / 250-ENHANCEDSTATUSCODES / 250-8BITMIME"
                    + " / 250-DSN / 250-SMTPUTF8 / 250 CHUNKING"
            ]
        )
        #expect(smtp.send("MAIL FROM:<alice@example.org> SIZE=100 BODY=8BITMIME") == ["250 2.1.0 Ok"])
        #expect(smtp.send("RCPT TO:<bob@example.org>") == ["250 2.1.5 Ok"])
        #expect(smtp.send("RCPT TO:<carol@example.org>") == ["250 2.1.5 Ok"])
        #expect(smtp.session.recipientCount == 2)
        #expect(smtp.send("DATA") == ["354 End data with <CR><LF>.<CR><LF>"])
        #expect(smtp.run(smtp.session.contentReceived(.queued(as: "4XyZ"))) == ["250 2.0.0 Ok: queued as 4XyZ"])
        #expect(smtp.session.mail == nil)
        #expect(smtp.send("QUIT") == ["221 2.0.0 Bye", "<close>"])
        #expect(
            smtp.run(smtp.session.receive(.line(Array("NOOP".utf8)))) == [
                "554 5.5.0 Error: SMTP protocol synchronization", "<close>",
            ]
        )
    }

    @Test func `HELO gets one line and no extensions`() {
        var smtp = open()
        #expect(smtp.send("helo x") == ["250 mx.example.org"])
        #expect(smtp.session.helo == HeloCommand(name: "x", isExtended: false))
        #expect(smtp.send("HELO") == ["501 Syntax: HELO hostname"])
        #expect(smtp.send("EHLO") == ["501 Syntax: EHLO hostname"])
    }

    static let outOfSequence: [(before: [String], line: String, reply: String)] = [
        ([], "RCPT TO:<a@b>", "503 5.5.1 Error: need MAIL command"),
        ([], "DATA", "503 5.5.1 Error: need RCPT command"),
        (["MAIL FROM:<>"], "MAIL FROM:<>", "503 5.5.1 Error: nested MAIL command"),
        (["MAIL FROM:<>"], "DATA", "554 5.5.1 Error: no valid recipients"),
        (["MAIL FROM:<>", "RCPT TO:<a@b.org>", "RSET"], "DATA", "503 5.5.1 Error: need RCPT command"),
        (["MAIL FROM:<>", "RCPT TO:<a@b.org>", "EHLO again"], "DATA", "503 5.5.1 Error: need RCPT command"),
        ([], "AUTH PLAIN", "503 5.5.1 Error: authentication not enabled"),
        ([], "STARTTLS", "502 5.5.1 Error: command not implemented"),
        ([], "ETRN example.org", "502 5.5.1 ETRN command is disabled"),
        ([], "VRFY bob", "252 2.0.0 bob"),
        ([], "NOOP anything", "250 2.0.0 Ok"),
        ([], "XYZZY", "500 5.5.2 Error: command not recognized"),
        ([], "", "500 5.5.2 Error: bad syntax"),
        ([], "MAIL\u{0}", "500 5.5.2 Error: bad syntax"),
        ([], "DATA x", "503 5.5.1 Error: need RCPT command"),
        ([], "RSET x", "501 5.5.4 Syntax: RSET"),
    ]

    @Test(arguments: outOfSequence)
    func `commands out of sequence are refused`(before: [String], line: String, reply: String) {
        var smtp = open()
        for line in before { smtp.send(line) }
        #expect(smtp.send(line) == [reply])
    }

    @Test func `HELO may be required`() {
        var smtp = open { $0.isHeloRequired = true }
        #expect(smtp.send("MAIL FROM:<>") == ["503 5.5.1 Error: send HELO/EHLO first"])
        smtp.send("EHLO x")
        #expect(smtp.send("MAIL FROM:<>") == ["250 2.1.0 Ok"])
    }

    @Test func `policy may refuse, and only accepted recipients count`() {
        var smtp = open()
        smtp.refusals = [
            "out@else.where": SMTPReply(554, EnhancedStatus(5, 7, 1), "Relay access denied"),
            "spam@er": SMTPReply(521, EnhancedStatus(5, 7, 1), "go away"),
        ]
        smtp.send("MAIL FROM:<a@example.org>")
        #expect(smtp.send("RCPT TO:<out@else.where>") == ["554 5.7.1 Relay access denied"])
        #expect(smtp.session.recipientCount == 0)
        #expect(smtp.send("DATA") == ["554 5.5.1 Error: no valid recipients"])
        smtp.send("RSET")
        #expect(smtp.send("MAIL FROM:<spam@er>") == ["521 5.7.1 go away", "<close>"])
    }

    @Test func `sizes over the limit are refused at MAIL`() {
        var smtp = open { $0.messageSizeLimit = 1000 }
        #expect(smtp.send("MAIL FROM:<> SIZE=1001") == ["552 5.3.4 Message size exceeds fixed limit"])
        #expect(smtp.send("MAIL FROM:<> SIZE=99999999999999999999") == ["552 5.3.4 Message size exceeds fixed limit"])
        #expect(smtp.send("MAIL FROM:<> SIZE=1000") == ["250 2.1.0 Ok"])
    }

    @Test func `recipients are limited`() {
        var smtp = open { $0.recipientLimit = 2 }
        smtp.send("MAIL FROM:<>")
        smtp.send("RCPT TO:<a@b.org>")
        smtp.send("RCPT TO:<b@b.org>")
        #expect(smtp.send("RCPT TO:<c@b.org>") == ["452 4.5.3 Error: too many recipients"])
    }

    @Test func `errors first slow down and then close`() {
        var smtp = open {
            $0.softErrorLimit = 1
            $0.hardErrorLimit = 3
        }
        smtp.send("X")
        #expect(!smtp.session.isSlowedDown)
        smtp.send("X")
        #expect(smtp.session.isSlowedDown)
        #expect(
            smtp.send("X") == [
                "500 5.5.2 Error: command not recognized", "421 4.7.0 mx.example.org Error: too many errors", "<close>",
            ]
        )
    }

    @Test func `junk commands become errors, and a message wipes the slate clean`() {
        var smtp = open {
            $0.junkCommandLimit = 2
            $0.hardErrorLimit = 2
        }
        for _ in 0..<3 { #expect(smtp.send("NOOP") == ["250 2.0.0 Ok"]) }
        #expect(smtp.session.errorCount == 1)
        for line in ["MAIL FROM:<>", "RCPT TO:<a@b.org>", "DATA"] { smtp.send(line) }
        smtp.run(smtp.session.contentReceived(.queued(as: "1")))
        #expect(smtp.session.errorCount == 0 && smtp.session.junkCount == 0)
        for _ in 0..<3 { smtp.send("RSET") }
        #expect(smtp.send("NOOP") == ["250 2.0.0 Ok", "421 4.7.0 mx.example.org Error: too many errors", "<close>"])
    }

    @Test(arguments: [
        "CONNECT mx:25 HTTP/1.1", "GET / HTTP/1.0", "post /", "Host: x", "Subject: hello", "{\"a\":1}", "\u{e9}t\u{e9}",
    ])
    func `what no mail program says ends the session`(line: String) {
        var smtp = open()
        #expect(smtp.send(line) == ["221 2.7.0 Error: I can break rules, too. Goodbye.", "<close>"])
    }

    @Test func `a command may be turned into NOOP`() {
        var smtp = open { $0.noopCommands = ["ONEX", "VRFY"] }
        #expect(smtp.send("onex") == ["250 2.0.0 Ok"])
        #expect(smtp.send("VRFY") == ["250 2.0.0 Ok"])
    }

    @Test func `a group of commands may be pipelined, but nothing behind its last one`() {
        var smtp = open()
        smtp.send("EHLO x")
        #expect(smtp.send("MAIL FROM:<>", pending: true) == ["250 2.1.0 Ok"])
        #expect(smtp.send("RCPT TO:<a@b.org>", pending: true) == ["250 2.1.5 Ok"])
        #expect(smtp.send("RSET", pending: true) == ["250 2.0.0 Ok"])
        #expect(smtp.send("EHLO y", pending: true) == ["554 5.5.0 Error: SMTP protocol synchronization", "<close>"])
    }

    @Test func `who has not said EHLO may not pipeline`() {
        var smtp = open()
        smtp.send("HELO x")
        #expect(
            smtp.send("MAIL FROM:<>", pending: true) == ["554 5.5.0 Error: SMTP protocol synchronization", "<close>"]
        )
        var lenient = open { $0.forbidsUnauthorizedPipelining = false }
        #expect(lenient.send("HELO x", pending: true) == ["250 mx.example.org"])
    }

    @Test func `a bare line feed is taken or ends the session, as configured`() {
        for policy in BareNewlinePolicy.allCases {
            var smtp = open { $0.bareNewline = policy }
            let replies = smtp.send(.bareLineFeed(Array("NOOP".utf8)))
            if policy == .reject {
                #expect(replies == ["550 5.5.2 mx.example.org Error: bare <LF> received", "<close>"])
            } else {
                #expect(replies == ["250 2.0.0 Ok"])
            }
        }
    }

    @Test func `a line over the limit is refused`() {
        var smtp = open()
        #expect(smtp.send(.tooLong) == ["500 5.5.2 Error: line too long"])
    }

    @Test func `calls that do not fit the state close the session instead of trapping`() {
        for call: (inout SMTPServerSession) -> SMTPServerAction in [
            { $0.accept() }, { $0.reject(SMTPReply(554, nil, "no")) }, { $0.challenge([]) },
            { $0.authenticated(user: "root") },
            { $0.authenticationFailed() }, { $0.contentReceived(.queued(as: "1")) }, { $0.chunkReceived() },
            { $0.tlsUnavailable() }, { $0.contentEnded() }, { $0.committed(.queued(as: "1")) },
        ] {
            var smtp = open()
            #expect(smtp.run(call(&smtp.session)) == ["554 5.5.0 Error: SMTP protocol synchronization", "<close>"])
            #expect(smtp.session.authenticatedUser == nil)
        }
    }

    @Test func `a client that is refused when it connects may only leave`() {
        var smtp = open()
        #expect(smtp.session.greet() == .decide(.connect))
        let refusal = SMTPReply(554, EnhancedStatus(5, 7, 1), "<unknown[192.0.2.1]>: Client host rejected: no")
        #expect(smtp.run(smtp.session.reject(refusal)) == ["554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: no"])
        for line in ["EHLO x", "MAIL FROM:<>", "NOOP"] {
            #expect(smtp.send(line) == ["503 5.7.0 Error: access denied"])
        }
        #expect(smtp.send("QUIT") == ["221 2.0.0 Bye", "<close>"])
    }

    @Test func `the driver decides about whole content, after DATA and after the last chunk`() {
        for begin in ["DATA", "BDAT 5 LAST"] {
            for isRefused in [false, true] {
                var smtp = open()
                for line in ["EHLO x", "MAIL FROM:<a@b.org>", "RCPT TO:<c@d.org>", begin] { smtp.send(line) }
                #expect(smtp.session.transaction?.mail.sender.internalForm == "a@b.org")
                #expect(smtp.session.transaction?.recipients.map(\.recipient.internalForm) == ["c@d.org"])
                #expect(smtp.session.contentEnded() == .decide(.endOfData))
                if isRefused {
                    let refusal = SMTPReply(554, EnhancedStatus(5, 7, 1), "no")
                    #expect(smtp.run(smtp.session.reject(refusal)) == ["554 5.7.1 no"])
                } else {
                    #expect(smtp.session.accept() == .commit)
                    #expect(smtp.run(smtp.session.committed(.queued(as: "1"))) == ["250 2.0.0 Ok: queued as 1"])
                }
                #expect(smtp.session.transaction == nil)
                #expect(smtp.send("MAIL FROM:<>") == ["250 2.1.0 Ok"])
            }
        }
    }

    @Test func `random dialogues never trap and always end in a sane state`() {
        var random = SeededGenerator(seed: 7)
        let lines = [
            "EHLO x", "HELO x", "MAIL FROM:<a@b.org>", "MAIL FROM:<>", "RCPT TO:<a@b.org>", "DATA", "BDAT 10",
            "BDAT 5 LAST", "RSET", "NOOP",
            "STARTTLS", "AUTH PLAIN", "AUTH PLAIN AGEAYg==", "AGEAYg==", "*", "VRFY x", "JUNK", "",
        ]
        for _ in 0..<400 {
            var smtp = open {
                $0.mechanisms = ["PLAIN"]
                $0.tls = .offered
                $0.messageSizeLimit = 12
            }
            for _ in 0..<25 where !smtp.isClosed {
                var line = Array((lines.randomElement(using: &random) ?? "").utf8)
                if Int.random(in: 0..<12, using: &random) == 0 {
                    line.append(UInt8.random(in: 0...255, using: &random))
                }
                let replies = smtp.send(.line(line), pending: Int.random(in: 0..<30, using: &random) == 0)
                guard let last = replies.last else {
                    Issue.record("no answer to \(line)")
                    continue
                }
                if last.hasPrefix("354") {
                    smtp.run(smtp.session.contentReceived(.queued(as: "1")))
                } else if last.hasPrefix("<chunk") {
                    smtp.run(smtp.session.chunkReceived(last.contains("last") ? .queued(as: "1") : nil))
                } else if last.hasPrefix("<auth") || last.hasPrefix("<response") {
                    smtp.run(
                        Bool.random(using: &random) ? smtp.session.challenge([]) : smtp.session.authenticated(user: "a")
                    )
                }
            }
            if smtp.isClosed { #expect(smtp.session.mail == nil) }
        }
    }
}
