// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Testing

@Suite("Mailbox names (RFC 3501 section 5.1)")
struct MailboxNameTests {
    @Test(arguments: ["&AAA-", "&AAo-", "&AA0-", "&AH8-"])
    func `Control characters cannot hide in modified UTF-7`(encoded: String) {
        #expect(throws: IMAPSyntaxError.invalidMailboxName) { try IMAPMailboxName(encoded: Array(encoded.utf8)) }
    }

    @Test func `Truncated and overlong UTF-8 is refused`() {
        for bytes: [UInt8] in [
            [0xC3], [0xE2, 0x82], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF], [0xF4, 0x90, 0x80, 0x80],
        ] {
            #expect(IMAPMailboxName(utf8: bytes) == nil)
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
}
