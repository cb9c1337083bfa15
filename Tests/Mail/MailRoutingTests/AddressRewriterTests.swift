// SPDX-License-Identifier: Apache-2.0
import MailAddress
import Testing

@testable import MailRouting

@Suite("Address rewriting (trivial-rewrite(8))")
struct AddressRewriterTests {
    @Test(
        arguments: [
            ("alice", "alice@example.org"), ("Alice@Example.NET", "Alice@Example.NET"), ("bob@host", "bob@host"),
            ("postmaster", "postmaster@example.org"), ("\"a b\"", "\"a b\"@example.org"),
            ("a@[192.0.2.1]", "a@[192.0.2.1]"),
            ("site!user", "site!user@example.org"), ("user%site", "user%site@example.org"),
        ]
    )
    func `an address is completed`(given: String, result: String) throws {
        #expect(AddressRewriter(settings()).rewrite(try address(given)).externalForm == result)
    }

    @Test func `the null path stays`() {
        #expect(AddressRewriter(settings()).rewrite(.null).isNull)
    }

    @Test(
        arguments: [
            ("bob@host", "bob@host.example.org"), ("bob@host.net", "bob@host.net"),
            ("bob@[192.0.2.1]", "bob@[192.0.2.1]"),
            ("site!user", "user@site.example.org"), ("user%site.net", "user@site.net"),
            ("a!b!user", "\"b!user\"@a.example.org"), ("!user", "!user@example.org"), ("user%", "user%@example.org"),
            ("site!user@host.net", "site!user@host.net"), ("user%bad..site", "user%bad..site@example.org"),
        ]
    )
    func `the ways of old are there where they are asked for`(given: String, result: String) throws {
        let rewriter = AddressRewriter(
            settings {
                $0.appendDotMyDomain = true
                $0.swapBangPath = true
                $0.allowPercentHack = true
            }
        )
        #expect(rewriter.rewrite(try address(given)) == (try address(result)))
    }

    @Test func `nothing is appended where that is switched off`() throws {
        let rewriter = AddressRewriter(settings { $0.appendAtMyOrigin = false })
        #expect(rewriter.rewrite(try address("alice")).externalForm == "alice")
    }
}
