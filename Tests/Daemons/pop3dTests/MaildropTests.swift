// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import pop3d

@Suite("Unique ids of POP3")
struct MaildropTests {
    @Test func `The unique id is that of Dovecot's default format`() {
        #expect(Maildrop.uniqueID(13, 0x4b5b_0a2f) == "0000000d4b5b0a2f")
        #expect(Maildrop.uniqueID(.max, 1) == "ffffffff00000001")
    }
}
