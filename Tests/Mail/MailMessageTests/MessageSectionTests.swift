// SPDX-License-Identifier: Apache-2.0

import MailMessage
import Testing

@Suite("Sections of a message (RFC 3501 §6.4.5)")
struct MessageSectionTests {
    static let nested = """
        Subject: outer
        Content-Type: multipart/mixed; boundary=b

        --b

        one
        --b
        X: two
        Content-Type: message/rfc822

        Subject: inner
        Content-Type: multipart/alternative; boundary=c

        --c

        in1
        --c
        X: in2

        in2
        --c--
        --b
        Content-Type: message/rfc822

        Subject: plain

        text
        --b--

        """

    static func piece(_ message: String, _ name: String) -> String? {
        guard let section = MessageSection(name) else { return "BAD" }
        let bytes = Array(message.utf8)
        return MessageStructure(parsing: bytes.span).extent(of: section)
            .map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }

    @Test(
        "are found by their numbers",
        arguments: [
            ("", nested), ("HEADER", "Subject: outer\nContent-Type: multipart/mixed; boundary=b\n\n"), ("1", "one"),
            ("1.MIME", "\n"), ("1.HEADER", nil), ("1.TEXT", nil), ("1.1", nil),
            ("2.MIME", "X: two\nContent-Type: message/rfc822\n\n"),
            ("2.HEADER", "Subject: inner\nContent-Type: multipart/alternative; boundary=c\n\n"), ("2.1", "in1"),
            ("2.2", "in2"),
            ("2.TEXT", "--c\n\nin1\n--c\nX: in2\n\nin2\n--c--"), ("2.2.mime", "X: in2\n\n"), ("2.3", nil),
            ("2.1.1", nil),
            ("3", "Subject: plain\n\ntext"), ("3.1", "text"), ("3.1.MIME", "Subject: plain\n\n"), ("3.TEXT", "text"),
            ("3.2", nil),
            ("3.1.1", nil), ("4", nil), ("4294967295", nil), ("MIME", "BAD"), ("0", "BAD"), ("1..2", "BAD"),
            ("1.", "BAD"),
            (".1", "BAD"), ("1.FOO", "BAD"), ("TEXT.1", "BAD"), ("99999999999999999999999", "BAD"),
            ("4294967296", "BAD"),
        ]
    )
    func find(_ name: String, _ expected: String?) {
        #expect(Self.piece(Self.nested, name) == expected)
    }

    @Test func `of a message without parts, number 1 is its body`() {
        let message = "Subject: x\n\nbody\n"
        #expect(Self.piece(message, "1") == "body\n")
        #expect(Self.piece(message, "TEXT") == "body\n")
        #expect(Self.piece(message, "1.MIME") == "Subject: x\n\n")
        #expect(Self.piece(message, "1.1") == nil)
        #expect(Self.piece(message, "2") == nil)
    }

    @Test func `of a message that is itself an enclosed message, number 1 is that one`() {
        let message = "Content-Type: message/rfc822\n\nSubject: in\n\nbody"
        #expect(Self.piece(message, "1") == "Subject: in\n\nbody")
        #expect(Self.piece(message, "1.HEADER") == "Subject: in\n\n")
        #expect(Self.piece(message, "1.1") == "body")
        #expect(Self.piece(message, "1.1.1") == nil)
    }

    @Test func `deeper than a hundred are refused`() {
        #expect(MessageSection(Array(repeating: "1", count: 102).joined(separator: ".")) == nil)
        #expect(MessageSection(Array(repeating: "1", count: 100).joined(separator: ".") + ".MIME") != nil)
    }
}
