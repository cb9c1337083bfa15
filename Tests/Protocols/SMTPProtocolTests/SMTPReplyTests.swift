// SPDX-License-Identifier: Apache-2.0

import MailStatus
import SMTPProtocol
import Testing

@Suite("SMTP replies (RFC 5321 section 4.2, RFC 3463)")
struct SMTPReplyTests {
    @Test func `a reply is written with code, status and hyphens`() {
        #expect(SMTPReply(250, EnhancedStatus(2, 1, 0), "Ok").bytes == Array("250 2.1.0 Ok\r\n".utf8))
        #expect(SMTPReply(220, nil, "mx ESMTP").bytes == Array("220 mx ESMTP\r\n".utf8))
        #expect(
            SMTPReply(550, EnhancedStatus(5, 7, 1), lines: ["one", "two"]).bytes
                == Array("550-5.7.1 one\r\n550 5.7.1 two\r\n".utf8)
        )
        #expect(SMTPReply(250, nil, lines: []).bytes == Array("250 \r\n".utf8))
    }

    @Test func `a text cannot begin another reply`() {
        #expect(SMTPReply(550, nil, "a\r\n250 b\u{0}\u{7F}").bytes == Array("550 a??250 b??\r\n".utf8))
    }

    @Test func `codes sort into success and failure`() {
        #expect(SMTPReply(250, nil, "").isSuccess && !SMTPReply(250, nil, "").isError)
        #expect(!SMTPReply(354, nil, "").isSuccess && !SMTPReply(354, nil, "").isError)
        #expect(SMTPReply(451, nil, "").isError && !SMTPReply(451, nil, "").isSuccess)
        #expect(SMTPReply(550, nil, "").isError)
        #expect("\(SMTPReply(451, EnhancedStatus(4, 3, 0), "later"))" == "451 4.3.0 later")
    }

    @Test(arguments: ["", "abc", "a+b=c", "björn", "a b", "x@y.org"])
    func `xtext carries any text`(text: String) {
        let encoded = XText.encode(text)
        #expect(encoded.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "=") })
        #expect(XText.decode(encoded[...]) == text)
    }

    @Test(arguments: ["+", "+4", "+4g", "+2b", "=", "a b", "a\u{0}", "+00", "+0D", "+7F", "+FF", "é"])
    func `bad xtext is refused`(text: String) {
        #expect(XText.decode(Array(text.utf8)[...]) == nil)
    }

    @Test func `raw UTF-8 passes where the address type allows it`() {
        #expect(XText.decode(Array("é@x.org".utf8)[...], allowsUTF8: true) == "é@x.org")
        #expect(XText.decode([0xFF], allowsUTF8: true) == nil)
    }
}
