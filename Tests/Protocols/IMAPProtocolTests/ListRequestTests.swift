// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Testing

@Suite("LIST, extended (RFC 5258, RFC 5819, RFC 6154)")
struct ListRequestTests {
    private static let star = ListPattern("*")

    @Test(arguments: [
        ("() \"\" *", ListRequest([star], isExtended: true)),
        ("(SUBSCRIBED) a *", ListRequest(reference: Array("a".utf8), [star], selection: .subscribed, isExtended: true)),
        (
            "(subscribed RECURSIVEMATCH) \"\" *",
            ListRequest([star], selection: [.subscribed, .recursiveMatch], isExtended: true)
        ),
        ("(REMOTE SPECIAL-USE) \"\" *", ListRequest([star], selection: [.remote, .specialUse], isExtended: true)),
        (
            "\"\" (INBOX \"a/%\" {1}\r\n*)",
            ListRequest([ListPattern("INBOX"), ListPattern("a/%"), star], isExtended: true)
        ),
        ("\"\" * RETURN ()", ListRequest([star], isExtended: true)),
        (
            "\"\" * return (subscribed CHILDREN SPECIAL-USE)",
            ListRequest([star], returns: [.subscribed, .children, .specialUse], isExtended: true)
        ),
        (
            "\"\" * RETURN (CHILDREN STATUS (MESSAGES UNSEEN))",
            ListRequest([star], returns: .children, status: [.messages, .unseen], isExtended: true)
        ),
    ])
    func `Options and patterns are read`(line: String, expected: ListRequest) {
        #expect(request("LIST \(line)") == .list(expected))
    }

    @Test(arguments: [
        "() \"\"", "(FOO) \"\" *", "(RECURSIVEMATCH) \"\" *", "(REMOTE RECURSIVEMATCH) \"\" *", "(SUBSCRIBED \"\" *",
        "\"\" ()", "\"\" (a", "\"\" (a  b)", "\"\" * RETURN", "\"\" * RETURN (FOO)", "\"\" * RETURN (STATUS)",
        "\"\" * RETURN (STATUS ())", "\"\" * RETURN (STATUS (FOO))", "\"\" * RETURN (CHILDREN", "\"\" * RETURNS ()",
        "\"\" * RETURN () x", "(SUBSCRIBED)\"\" *",
    ])
    func `Wrong ones get BAD`(line: String) {
        #expect(refusal("LIST \(line)")?.condition == .bad)
    }

    @Test func `The number of patterns is bounded`() {
        let patterns = [String](repeating: "*", count: 65).joined(separator: " ")
        #expect(request("LIST \"\" (\(patterns.dropFirst(2)))") != nil)
        #expect(refusal("LIST \"\" (\(patterns))")?.condition == .bad)
    }
}
