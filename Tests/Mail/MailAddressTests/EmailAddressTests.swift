// SPDX-License-Identifier: Apache-2.0

import MailAddress
import Testing

@Suite("An e-mail address")
struct EmailAddressTests {
    @Test(
        "is quoted only where the grammar asks for it",
        arguments: [
            ("joe", "joe@x"), ("a b", "\"a b\"@x"), ("", "\"\"@x"), ("a..b", "\"a..b\"@x"), (".a", "\".a\"@x"),
            ("a.", "\"a.\"@x"), ("a\"b\\c", "\"a\\\"b\\\\c\"@x"), ("a@b", "\"a@b\"@x"), ("ö", "ö@x"), ("|x", "|x@x"),
        ]
    )
    func quoting(_ local: String, _ external: String) throws {
        let address = try #require(EmailAddress(localPart: local, domain: "x"))
        #expect(address.externalForm == external)
        #expect(EmailAddress(external) == address)
        #expect(EmailAddress(internalForm: address.internalForm) == address)
    }

    @Test func `the domain compares without case, the local part with it`() throws {
        let address = try #require(EmailAddress("Joe@Example.ORG"))
        #expect(address == EmailAddress("Joe@example.org"))
        #expect(address != EmailAddress("joe@example.org"))
        #expect(address.domainKey == "example.org")
        #expect(address.domain == "Example.ORG")
        #expect(Set([address]).contains(try #require(EmailAddress("Joe@EXAMPLE.org"))))
    }

    @Test func `two Unicode spellings are two addresses`() throws {
        let composed = try #require(EmailAddress("\u{E9}@x"))
        let decomposed = try #require(EmailAddress("e\u{301}@x"))
        #expect(composed != decomposed)
        #expect(composed.needsUTF8)
    }

    @Test func `controls and malformed domains are refused`() {
        #expect(EmailAddress(localPart: "a\nb", domain: "x") == nil)
        #expect(EmailAddress(localPart: "a\r\nb", domain: "x") == nil)
        #expect(EmailAddress(localPart: "a", domain: "x\u{0}") == nil)
        #expect(EmailAddress(localPart: "a", domain: "x y") == nil)
        #expect(EmailAddress(localPart: "", domain: "") == nil)
        #expect(EmailAddress(internalForm: "a@") == nil)
        #expect(EmailAddress(internalForm: "")?.isNull == true)
        #expect(EmailAddress(internalForm: "a@b@c.example")?.localPart == "a@b")
    }

    struct Split: Sendable {
        let text: String
        let delimiters: String
        let base: String?
        let detail: String?
        init(_ text: String, _ delimiters: String, _ base: String?, _ detail: String?) {
            self.text = text
            self.delimiters = delimiters
            self.base = base
            self.detail = detail
        }
    }

    @Test(
        "gives its detail",
        arguments: [
            Split("joe+list@x", "+", "joe@x", "list"), Split("joe+a+b@x", "+", "joe@x", "a+b"),
            Split("joe@x", "+", nil, nil),
            Split("joe+@x", "+", "joe@x", ""), Split("+joe@x", "+", nil, nil), Split("joe-a+b@x", "+-", "joe@x", "a+b"),
            Split("joe+list@x", "", nil, nil), Split("owner-list@x", "-", nil, nil),
            Split("list-request@x", "-", nil, nil),
            Split("mailer-daemon@x", "-", nil, nil), Split("double-bounce@x", "-", nil, nil),
            Split("\"\"@x", "+", nil, nil),
        ]
    )
    func detail(_ row: Split) throws {
        let split = try #require(EmailAddress(row.text)).splittingDetail(delimiters: row.delimiters)
        #expect(split?.base.externalForm == row.base)
        #expect(split?.detail == row.detail)
    }
}
