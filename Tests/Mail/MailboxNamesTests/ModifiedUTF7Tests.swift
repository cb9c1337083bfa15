// SPDX-License-Identifier: Apache-2.0
import MailboxNames
import TestSupport
import Testing

@Suite("Modified UTF-7 (RFC 3501 section 5.1.3)")
struct ModifiedUTF7Tests {
    @Test(arguments: [
        ("", ""), ("a", "a"), ("INBOX", "INBOX"), ("a&b", "a&-b"), ("&", "&-"), ("ä", "&AOQ-"), ("ää", "&AOQA5A-"),
        ("Entwürfe", "Entw&APw-rfe"), ("日本語", "&ZeVnLIqe-"), ("é&é", "&AOk-&-&AOk-"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("😀", "&2D3eAA-"), ("a😀&ä b", "a&2D3eAA-&-&AOQ- b"), ("€-", "&IKw--"),
    ])
    func `Names go both ways`(text: String, encoded: String) {
        #expect(ModifiedUTF7.encode(text.utf8) == Array(encoded.utf8))
        #expect(ModifiedUTF7.decode(encoded.utf8) == Array(text.utf8))
        #expect(ModifiedUTF7.encode(text) == encoded)
        #expect(ModifiedUTF7.decode(encoded) == text)
    }

    @Test(arguments: [
        "&", "a&", "&a", "&AOQ", "&AOQ=-", "&A-", "&AO-", "&AOR-", "&AGE-", "&AOQ-&AOQ-", "&2D0-", "&3gA-", "&2D3eAA",
        "&*-", "&=-", "&AOQA-", "ä", "a\u{7F}", "a\tb", "\u{1}", "&/-", "&AOQ-&", "&&-", "&ACY-", "&AOl-x",
    ])
    func `What the encoder would not write is refused`(encoded: String) {
        #expect(ModifiedUTF7.decode(encoded.utf8) == nil)
        #expect(ModifiedUTF7.decode(encoded) == nil)
    }

    @Test func `Malformed UTF-8 is encoded as something that decodes`() {
        for bytes: [UInt8] in [
            [0xC3], [0xE2, 0x82], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF], [0xF4, 0x90, 0x80, 0x80],
        ] {
            #expect(ModifiedUTF7.decode(bytes) == nil)
            #expect(ModifiedUTF7.decode(ModifiedUTF7.encode(bytes)) != nil)
        }
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
