// SPDX-License-Identifier: Apache-2.0

import MailAddress
import SASL
import SMTPProtocol
import TestSupport
import Testing

@Suite("SMTP commands (RFC 5321 section 4.1)")
struct SMTPCommandTests {
    private func parse(_ line: String, _ options: SMTPParserOptions = SMTPParserOptions()) -> SMTPCommandParser.Outcome
    {
        SMTPCommandParser.parse(Array(line.utf8)[...], options)
    }

    static let simple: [(line: String, command: SMTPCommand)] = [
        ("HELO mx", .helo(HeloCommand(name: "mx", isExtended: false))),
        ("ehlo [192.0.2.1]", .helo(HeloCommand(name: "[192.0.2.1]", isExtended: true))),
        ("STARTTLS", .startTLS), ("data", .data), ("DATA ", .data), ("RSET", .rset), ("NOOP whatever", .noop),
        ("QUIT", .quit),
        ("QUIT now", .quit), ("VRFY bob", .vrfy("bob")), ("ETRN example.org", .etrn("example.org")),
        ("AUTH PLAIN", .auth(AuthCommand(mechanism: "PLAIN"))),
        ("auth plain =", .auth(AuthCommand(mechanism: "PLAIN", initialResponse: SASLSecret("")))),
        ("AUTH PLAIN AGEAYg==", .auth(AuthCommand(mechanism: "PLAIN", initialResponse: SASLSecret("AGEAYg==")))),
        ("BDAT 86 LAST", .bdat(BdatCommand(size: 86, isLast: true))),
        ("bdat 0 last", .bdat(BdatCommand(size: 0, isLast: true))),
        ("BDAT 1000", .bdat(BdatCommand(size: 1000, isLast: false))), (" \tNOOP", .noop),
    ]

    @Test(arguments: simple)
    func `a command is understood`(line: String, command: SMTPCommand) {
        #expect(parse(line) == .command(command))
    }

    @Test(arguments: [
        ("MAIL FROM:<a@example.org>", "a@example.org"), ("mail from:<>", ""),
        ("MAIL FROM: <a@example.org>", "a@example.org"),
        ("MAIL FROM:a@example.org", "a@example.org"), ("MAIL  FROM:<\"a b\"@example.org>", "a b@example.org"),
        ("MAIL FROM:<@relay.example:a@example.org>", "a@example.org"), ("MAIL FROM:<ü@example.org>", "ü@example.org"),
        ("MAIL FROM:<a@[192.0.2.1]>", "a@[192.0.2.1]"),
    ])
    func `a sender is understood`(line: String, sender: String) throws {
        let address = try #require(EmailAddress(internalForm: sender))
        #expect(parse(line) == .command(.mail(MailCommand(sender: address))))
    }

    @Test func `the parameters of MAIL are understood`() throws {
        let address = try #require(EmailAddress(internalForm: "a@example.org"))
        var expected = MailCommand(sender: address)
        expected.size = 1234
        expected.body = .eightBitMIME
        expected.isSMTPUTF8 = true
        expected.returned = .headers
        expected.envelopeID = "QQ=314"
        expected.submitter = .mailbox("e+b@x.org")
        #expect(
            parse("MAIL FROM:<a@example.org> size=1234 BODY=8bitmime SMTPUTF8 RET=HDRS ENVID=QQ+3D314 AUTH=e+2Bb@x.org")
                == .command(.mail(expected))
        )
        expected = MailCommand(sender: address)
        expected.submitter = .unknown
        #expect(parse("MAIL FROM:<a@example.org> AUTH=<>") == .command(.mail(expected)))
    }

    @Test func `the last of a parameter given twice counts`() {
        let line = Array("MAIL FROM:<a@b.org> SIZE=1 size=2".utf8)
        guard case .command(.mail(let command)) = SMTPCommandParser.parse(line[...], SMTPParserOptions()) else {
            Issue.record("not taken as MAIL")
            return
        }
        #expect(command.size == 2)
    }

    @Test func `the parameters of RCPT are understood`() throws {
        let address = try #require(EmailAddress(internalForm: "bob@example.org"))
        var expected = RcptCommand(recipient: address)
        expected.notify = [.success, .delay]
        expected.originalRecipient = .init(type: "rfc822", address: "b+x@example.org")
        #expect(
            parse("RCPT TO:<bob@example.org> NOTIFY=success,DELAY ORCPT=rfc822;b+2Bx@example.org")
                == .command(.rcpt(expected))
        )
        expected = RcptCommand(recipient: address)
        expected.notify = []
        #expect(parse("RCPT TO:<bob@example.org> NOTIFY=NEVER") == .command(.rcpt(expected)))
        let postmaster = try #require(EmailAddress(internalForm: "Postmaster"))
        #expect(parse("RCPT TO:<Postmaster>") == .command(.rcpt(RcptCommand(recipient: postmaster))))
    }

    static let refused: [(line: String, reply: String)] = [
        ("MAIL", "501 5.5.4 Syntax: MAIL FROM:<address>"), ("MAIL FROM", "501 5.5.4 Syntax: MAIL FROM:<address>"),
        ("MAIL FROM:", "501 5.5.4 Syntax: MAIL FROM:<address>"),
        ("MAIL TO:<a@b>", "501 5.5.4 Syntax: MAIL FROM:<address>"),
        ("MAIL FROM:<a@>", "501 5.1.7 Bad sender address syntax"),
        ("MAIL FROM:<a@b", "501 5.1.7 Bad sender address syntax"),
        ("MAIL FROM:<a b@c>", "501 5.1.7 Bad sender address syntax"),
        ("MAIL FROM:<a@b>x", "501 5.1.7 Bad sender address syntax"),
        ("MAIL FROM:<a@b.org> SIZE=x", "501 5.5.4 Error: Bad message size syntax"),
        ("MAIL FROM:<a@b.org> SIZE=-1", "501 5.5.4 Error: Bad message size syntax"),
        ("MAIL FROM:<a@b.org> SIZE=", "501 5.5.4 Error: Bad message size syntax"),
        ("MAIL FROM:<a@b.org> SIZE=123456789012345678901", "501 5.5.4 Error: Bad message size syntax"),
        ("MAIL FROM:<a@b.org> SIZE", "555 5.5.4 Unsupported option: SIZE"),
        ("MAIL FROM:<a@b.org> BODY=BINARYMIME", "555 5.5.4 Unsupported option: BODY=BINARYMIME"),
        ("MAIL FROM:<a@b.org> FOO=bar", "555 5.5.4 Unsupported option: FOO=bar"),
        ("MAIL FROM:<a@b.org> RET=ALL", "501 5.5.4 Error: Bad RET parameter syntax"),
        ("MAIL FROM:<a@b.org> ENVID=a+0Ab", "501 5.5.4 Error: Bad ENVID parameter syntax"),
        ("MAIL FROM:<a@b.org> ENVID=a+0", "501 5.5.4 Error: Bad ENVID parameter syntax"),
        ("MAIL FROM:<a@b.org> NOTIFY=NEVER", "555 5.5.4 Unsupported option: NOTIFY=NEVER"),
        ("RCPT", "501 5.5.4 Syntax: RCPT TO:<address>"), ("RCPT TO:<>", "501 5.1.3 Bad recipient address syntax"),
        ("RCPT TO:<@b>", "501 5.1.3 Bad recipient address syntax"),
        ("RCPT TO:<a@b..c>", "501 5.1.3 Bad recipient address syntax"),
        ("RCPT TO:<a@b.org> NOTIFY=", "501 5.5.4 Error: Bad NOTIFY parameter syntax"),
        ("RCPT TO:<a@b.org> NOTIFY=NEVER,DELAY", "501 5.5.4 Error: Bad NOTIFY parameter syntax"),
        ("RCPT TO:<a@b.org> ORCPT=rfc822", "501 5.5.4 Error: Bad ORCPT parameter syntax"),
        ("RCPT TO:<a@b.org> ORCPT=rfc822;", "501 5.5.4 Error: Bad ORCPT parameter syntax"),
        ("RCPT TO:<a@b.org> ORCPT=rfc822;x+0D+0Ay", "501 5.5.4 Error: Bad ORCPT parameter syntax"),
        ("RCPT TO:<a@b.org> ORCPT=rfc822;é", "501 5.5.4 Error: Bad ORCPT parameter syntax"),
        ("RCPT TO:<a@b.org> ORCPT=;x", "501 5.5.4 Error: Bad ORCPT parameter syntax"),
        ("RCPT TO:<a@b.org> SIZE=1", "555 5.5.4 Unsupported option: SIZE=1"),
        ("DATA now", "501 5.5.4 Syntax: DATA"), ("STARTTLS x", "501 5.5.4 Syntax: STARTTLS"),
        ("VRFY", "501 5.5.4 Syntax: VRFY address"),
        ("ETRN", "501 5.5.4 Syntax: ETRN domain"), ("AUTH", "501 5.5.4 Syntax: AUTH mechanism"),
        ("AUTH PLAIN a b", "501 5.5.4 Syntax: AUTH mechanism"),
        ("AUTH PLAIN ?", "501 5.5.2 Error: invalid base64 data"),
        ("AUTH PL\u{e4}IN", "501 5.5.4 Syntax: AUTH mechanism"), ("BDAT", "501 5.5.4 Syntax: BDAT count [LAST]"),
        ("BDAT -1", "501 5.5.4 Syntax: BDAT count [LAST]"), ("BDAT 1 FIRST", "501 5.5.4 Syntax: BDAT count [LAST]"),
        ("BDAT 99999999999999999999", "501 5.5.4 Syntax: BDAT count [LAST]"),
        ("BDAT 1 LAST x", "501 5.5.4 Syntax: BDAT count [LAST]"),
    ]

    @Test(arguments: refused)
    func `bad arguments get the reply that people know`(line: String, reply: String) {
        guard case .refused(_, let refusal) = parse(line) else {
            Issue.record("taken: \(line)")
            return
        }
        #expect(String(decoding: refusal.bytes, as: UTF8.self) == reply + "\r\n")
    }

    @Test func `what is no command is told apart`() {
        #expect(parse("FROBNICATE now") == .unknown("FROBNICATE"))
        #expect(parse("GET / HTTP/1.0") == .unknown("GET"))
        for line in ["", " ", "MAIL FROM:<a\u{0}@b>", "NOOP\u{7F}", "a\rb"] {
            guard case .garbage(let reply) = parse(line) else {
                Issue.record("taken: \(line)")
                continue
            }
            #expect(reply.bytes == Array("500 5.5.2 Error: bad syntax\r\n".utf8))
        }
        guard case .garbage(let reply) = SMTPCommandParser.parse(Array("MAIL FROM:<".utf8)[...] + [0xFF, 0x3E]) else {
            Issue.record("taken")
            return
        }
        #expect(reply.bytes == Array("500 5.5.2 Error: bad UTF-8 syntax\r\n".utf8))
    }

    @Test func `options change what is taken`() {
        let strict = SMTPParserOptions(extensions: [.size], requiresBrackets: true, isUTF8DeclarationRequired: true)
        for (line, code) in [
            ("MAIL FROM:a@b.org", 501), ("MAIL FROM:<ü@b.org>", 553), ("MAIL FROM:<a@b.org> SMTPUTF8", 555),
            ("MAIL FROM:<a@b.org> BODY=7BIT", 555), ("RCPT TO:<a@b.org> NOTIFY=NEVER", 555),
        ] as [(String, UInt16)] {
            guard case .refused(_, let reply) = parse(line, strict) else {
                Issue.record("taken: \(line)")
                continue
            }
            #expect(reply.code == code)
        }
    }

    @Test func `too many parameters are refused before they cost anything`() {
        let line = "MAIL FROM:<a@b.org>" + (0..<100).map { " X\($0)=1" }.joined()
        guard case .refused(_, let reply) = parse(line) else {
            Issue.record("taken")
            return
        }
        #expect(reply.code == 501)
    }

    @Test func `mutated commands never trap the parser`() {
        var random = SeededGenerator(seed: 11)
        let lines =
            Self.simple.map(\.line) + Self.refused.map(\.line) + [
                "MAIL FROM:<a@example.org> SIZE=1 BODY=8BITMIME ENVID=a+2Bb AUTH=<>",
                "RCPT TO:<\"a\\\"b\"@[IPv6:::1]> NOTIFY=NEVER ORCPT=rfc822;a+2Bb",
            ]
        for _ in 0..<8000 {
            var line = Array((lines.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0...line.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0 where at < line.count: line.remove(at: at)
                case 1 where at < line.count: line[at] = UInt8.random(in: 0...255, using: &random)
                default: line.insert(Array("<>@:;=+ \t\"\\9[".utf8).randomElement(using: &random) ?? 0, at: at)
                }
            }
            if case .refused(_, let reply) = SMTPCommandParser.parse(line[...]) {
                #expect(reply.isError)
                #expect(reply.bytes.filter { $0 == 0x0A }.count == 1)
            }
        }
    }
}
