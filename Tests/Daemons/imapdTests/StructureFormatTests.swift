// SPDX-License-Identifier: Apache-2.0
import IMAPProtocol
import MailMessage
import TestSupport
import Testing

@testable import imapd

/// A message and what FETCH tells of it.
struct FormatFixture: CustomTestStringConvertible, Sendable {
    let name: String
    let message: String
    let expected: String

    var testDescription: String { name }
    var bytes: [UInt8] { Array(message.utf8) }
}

@Suite("ENVELOPE, BODY and BODYSTRUCTURE (RFC 3501 section 7.4.2)")
struct StructureFormatTests {
    static let envelopes = [
        FormatFixture(
            name: "groups, missing domains, quotes",
            message: """
                Date: Fri, 20 Nov 2026 10:11:12 +0100
                Subject: say "hi"
                From: Joe <joe@example.org>, joe
                To: Friends: a@x.org, b@y.org;
                Message-ID: <1@x>

                """,
            expected: "(\"Fri, 20 Nov 2026 10:11:12 +0100\" \"say \\\"hi\\\"\" "
                + "((\"Joe\" NIL \"joe\" \"example.org\")(NIL NIL \"joe\" \"MISSING_DOMAIN\")) "
                + "((\"Joe\" NIL \"joe\" \"example.org\")(NIL NIL \"joe\" \"MISSING_DOMAIN\")) "
                + "((\"Joe\" NIL \"joe\" \"example.org\")(NIL NIL \"joe\" \"MISSING_DOMAIN\")) "
                + "((NIL NIL \"Friends\" NIL)(NIL NIL \"a\" \"x.org\")(NIL NIL \"b\" \"y.org\")(NIL NIL NIL NIL)) "
                + "NIL NIL NIL \"<1@x>\")"
        ),
        FormatFixture(
            name: "nothing",
            message: "\n",
            expected: "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
        ),
        FormatFixture(
            name: "8-bit text is a literal",
            message: "Subject: Gr\u{fc}n\n\n",
            expected: "(NIL {5}\r\nGr\u{fc}n NIL NIL NIL NIL NIL NIL NIL NIL)"
        ),
    ]

    @Test("ENVELOPE", arguments: envelopes)
    func envelope(_ fixture: FormatFixture) {
        var writer = IMAPResponseWriter()
        let bytes = fixture.bytes
        writer.envelope(HeaderEnvelope(header: bytes.span, 0..<bytes.count))
        #expect(String(decoding: writer.take(), as: UTF8.self) == fixture.expected)
    }

    static let structures = [
        FormatFixture(
            name: "plain text has its default charset",
            message: "Subject: x\n\none\ntwo\n",
            expected: "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 10 2 NIL NIL NIL NIL)"
        ),
        FormatFixture(
            name: "multipart with an attachment",
            message: """
                Content-Type: multipart/mixed; boundary=b

                --b
                Content-Type: text/html; charset=utf-8
                Content-Language: de, en

                x
                --b
                Content-Type: application/pdf; name=a.pdf
                Content-Disposition: attachment; filename=a.pdf
                Content-Transfer-Encoding: base64
                Content-ID: <i>
                Content-MD5: m
                Content-Location: http://x/

                AAAA
                --b--

                """,
            expected: "((\"text\" \"html\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 1 0 NIL NIL (\"de\" \"en\") NIL)"
                + "(\"application\" \"pdf\" (\"name\" \"a.pdf\") \"<i>\" NIL \"base64\" 4 \"m\" "
                + "(\"attachment\" (\"filename\" \"a.pdf\")) NIL \"http://x/\") "
                + "\"mixed\" (\"boundary\" \"b\") NIL NIL NIL)"
        ),
        FormatFixture(
            name: "an enclosed message has envelope, structure and lines",
            message: "Content-Type: message/rfc822\n\nSubject: inner\n\nhello\n",
            expected: "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 25 "
                + "(NIL \"inner\" NIL NIL NIL NIL NIL NIL NIL NIL) "
                + "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 7 1 NIL NIL NIL NIL) 3 "
                + "NIL NIL NIL NIL)"
        ),
    ]

    @Test("BODYSTRUCTURE", arguments: structures)
    func bodyStructure(_ fixture: FormatFixture) {
        #expect(format(fixture.bytes, isExtended: true) == fixture.expected)
    }

    @Test func `BODY leaves the extension data out`() {
        let text = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n"
        let part = "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0)"
        #expect(format(Array(text.utf8), isExtended: false) == "(\(part) \"mixed\")")
    }

    @Test func `A multipart without parts keeps to the grammar`() {
        let empty = "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0)"
        let text = "Content-Type: multipart/mixed; boundary=b\n\n--b--\n"
        #expect(format(Array(text.utf8), isExtended: false) == "(\(empty) \"mixed\")")
    }

    /// Parentheses balance and quoted strings end, whatever the message is.
    @Test func `Damaged messages give well-formed structures`() {
        var generator = SeededGenerator(seed: 11)
        let seed = Self.structures.map(\.bytes)
        for round in 0..<400 {
            let bytes = generator.mutation(of: seed[round % seed.count])
            for isExtended in [true, false] {
                var writer = IMAPResponseWriter()
                writer.structure(MessageStructure(parsing: bytes.span), of: bytes, isExtended: isExtended)
                #expect(isBalanced(writer.take()), "\(bytes)")
            }
            var writer = IMAPResponseWriter()
            writer.envelope(HeaderEnvelope(header: bytes.span, 0..<bytes.count))
            #expect(isBalanced(writer.take()), "\(bytes)")
        }
    }

    private func format(_ bytes: [UInt8], isExtended: Bool) -> String {
        var writer = IMAPResponseWriter()
        writer.structure(MessageStructure(parsing: bytes.span), of: bytes, isExtended: isExtended)
        return String(decoding: writer.take(), as: UTF8.self)
    }

    private func isBalanced(_ bytes: [UInt8]) -> Bool {
        var depth = 0
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "\""):
                index += 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    if bytes[index] == UInt8(ascii: "\\") { index += 1 }
                    if index < bytes.count, bytes[index] == 13 || bytes[index] == 10 { return false }
                    index += 1
                }
                guard index < bytes.count else { return false }
            case UInt8(ascii: "{"):
                var size = 0
                index += 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "}") {
                    size = size * 10 + Int(bytes[index]) - 48
                    index += 1
                }
                index += 2 + size
            default: break
            }
            guard depth > 0 || index == bytes.count - 1 else { return false }
            index += 1
        }
        return depth == 0
    }
}
