// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import TestSupport
import Testing

@Suite("Mailbox names (RFC 3501 section 5.1)")
struct MailboxNameTests {
    @Test(arguments: [
        ("", ""), ("INBOX", "INBOX"), ("a&b", "a&-b"), ("&", "&-"), ("ä", "&AOQ-"), ("ää", "&AOQA5A-"),
        ("Entwürfe", "Entw&APw-rfe"), ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("😀", "&2D3eAA-"), ("a😀&ä b", "a&2D3eAA-&-&AOQ- b"), ("€-", "&IKw--"),
    ])
    func `Modified UTF-7 goes both ways`(text: String, encoded: String) {
        #expect(ModifiedUTF7.encode(text.utf8) == Array(encoded.utf8))
        #expect(ModifiedUTF7.decode(encoded.utf8) == Array(text.utf8))
    }

    @Test(arguments: [
        "&", "a&", "&AOQ", "&AOQ=-", "&A-", "&AO-", "&AOR-", "&AGE-", "&AOQ-&AOQ-", "&2D0-", "&3gA-", "&2D3eAA", "&*-",
        "&AOQA-", "ä", "a\u{7F}", "a\tb", "&/-", "&AOQ-&", "&&-", "&ACY-",
    ])
    func `What the encoder would not write is refused`(encoded: String) {
        #expect(ModifiedUTF7.decode(encoded.utf8) == nil)
    }

    @Test(arguments: ["&AAA-", "&AAo-", "&AA0-", "&AH8-"])
    func `Control characters cannot hide in modified UTF-7`(encoded: String) {
        #expect(throws: IMAPSyntaxError.invalidMailboxName) { try IMAPMailboxName(encoded: Array(encoded.utf8)) }
    }

    @Test func `Truncated and overlong UTF-8 is refused`() {
        for bytes: [UInt8] in [
            [0xC3], [0xE2, 0x82], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF], [0xF4, 0x90, 0x80, 0x80],
        ] {
            #expect(IMAPMailboxName(utf8: bytes) == nil)
            #expect(ModifiedUTF7.decode(bytes) == nil)
            // The encoder has an answer for anything, and the decoder takes it back.
            #expect(ModifiedUTF7.decode(ModifiedUTF7.encode(bytes)) != nil)
        }
    }

    @Test func `INBOX is the same name in any case, and only as a whole`() throws {
        #expect(try mailbox("inBOX").isInbox)
        #expect(try mailbox("inBOX").string == "INBOX")
        #expect(try !mailbox("inbox/a").isInbox)
        #expect(try mailbox("inbox/a").string == "inbox/a")
    }

    @Test func `Names that differ in bytes differ`() throws {
        #expect(try mailbox("\u{E9}") != mailbox("e\u{301}"))
    }

    @Test func `Empty, long and control-ridden names are refused`() {
        #expect(IMAPMailboxName("") == nil)
        #expect(IMAPMailboxName("a\r\nb") == nil)
        #expect(IMAPMailboxName("a\0") == nil)
        #expect(IMAPMailboxName(String(repeating: "a", count: 4096)) != nil)
        #expect(IMAPMailboxName(String(repeating: "a", count: 4097)) == nil)
    }

    @Test func `Whatever decodes is what was encoded`() {
        var random = SeededGenerator(seed: 7)
        let alphabet = Array("&&&-AOQwrkDe+,/=aä".utf8)
        var decoded = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            if let text = ModifiedUTF7.decode(bytes) {
                decoded += 1
                #expect(ModifiedUTF7.encode(text) == bytes)
            }
        }
        #expect(decoded > 100)
    }
}
