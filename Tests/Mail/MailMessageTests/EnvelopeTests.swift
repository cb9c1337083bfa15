// SPDX-License-Identifier: Apache-2.0

import MailAddress
import MailMessage
import Testing

@Suite("The envelope of a header (RFC 3501 §7.4.2)")
struct EnvelopeTests {
    static func envelope(_ text: String) -> HeaderEnvelope {
        let bytes = Array(text.utf8)
        return HeaderEnvelope(header: bytes.span, 0..<bytes.count)
    }

    @Test func `holds the fields as they stand`() {
        let envelope = Self.envelope(
            """
            Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r
            From: Terry Gray <gray@cac.example>\r
            Subject: IMAP4rev1 WG mtg\r
             summary and minutes\r
            To: imap@cac.example, g: a@x;\r
            cc: minutes@cnri.example\r
            To: more@x\r
            Message-Id: <B27397@cac.example>\r
            In-Reply-To: <1@x>\r
            \r
            Bcc: body@x\r

            """
        )
        #expect(envelope.date == Array("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)".utf8))
        #expect(envelope.subject == Array("IMAP4rev1 WG mtg summary and minutes".utf8))
        #expect(envelope.from.map { $0.emailAddress?.internalForm } == ["gray@cac.example"])
        #expect(envelope.from.first?.displayName == Array("Terry Gray".utf8))
        #expect(envelope.sender == envelope.from)
        #expect(envelope.replyTo == envelope.from)
        #expect(envelope.to.map(\.kind) == [.mailbox, .groupStart, .mailbox, .groupEnd, .mailbox])
        #expect(envelope.cc.count == 1)
        #expect(envelope.bcc.isEmpty)
        #expect(envelope.messageID == Array("<B27397@cac.example>".utf8))
        #expect(envelope.inReplyTo == Array("<1@x>".utf8))
    }

    @Test func `tells a missing field from an empty one, and an empty sender gives way to from`() {
        let envelope = Self.envelope("Subject:\nFrom: a@x\nSender:\nReply-To: b@x\n\n")
        #expect(envelope.subject == [])
        #expect(envelope.date == nil)
        #expect(envelope.sender == envelope.from)
        #expect(envelope.replyTo.map { $0.emailAddress?.localPart } == ["b"])
    }

    @Test func `places addresses in the message, not in the field`() throws {
        let bytes = Array("X: y\nTo: Joe <joe@x>\n\n".utf8)
        let list = HeaderEnvelope(header: bytes.span, 0..<bytes.count).to
        let address = try #require(list.first)
        #expect(String(decoding: bytes[address.range], as: UTF8.self) == "joe@x")
    }

    @Test func `of a header with a million addresses and huge fields stays bounded`() {
        let text =
            "To: " + String(repeating: "a@b,", count: 500_000) + "\nSubject: " + String(repeating: "x", count: 500_000)
        let bytes = Array(text.utf8)
        let envelope = HeaderEnvelope(header: bytes.span, 0..<bytes.count, maximumAddresses: 100, maximumText: 1_000)
        #expect(envelope.to.count == 100)
        #expect(envelope.subject?.count == 1_000)
    }
}
