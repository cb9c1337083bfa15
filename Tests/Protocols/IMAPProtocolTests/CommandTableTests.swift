// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Testing

@Suite("The command table (RFC 3501 section 6)")
struct CommandTableTests {
    private static let any: Set<IMAPVerb> = [.capability, .noop, .logout, .id]
    private static let notAuthenticated: Set<IMAPVerb> = [.startTLS, .authenticate, .login]
    private static let selected: Set<IMAPVerb> = [
        .check, .close, .unselect, .expunge, .search, .fetch, .store, .copy, .move,
    ]

    @Test(arguments: IMAPVerb.allCases)
    func `A verb is valid in its states only`(verb: IMAPVerb) throws {
        let isAny = Self.any.contains(verb)
        let isEarly = Self.notAuthenticated.contains(verb)
        let isSelected = Self.selected.contains(verb)
        #expect(verb.isValid(in: .notAuthenticated) == (isAny || isEarly))
        #expect(verb.isValid(in: .authenticated) == (isAny || !isEarly && !isSelected))
        #expect(verb.isValid(in: .selected) == !isEarly)
    }

    @Test func `A command in a wrong state gets BAD`() throws {
        let a = try tag("a")
        #expect(IMAPVerb.noop.refusal(in: .selected, tag: a) == nil)
        let early = "Error in IMAP command received by server."
        #expect(IMAPVerb.select.refusal(in: .notAuthenticated, tag: a) == CommandRefusal(a, .bad, text: early))
        #expect(
            IMAPVerb.fetch.refusal(in: .authenticated, tag: a) == CommandRefusal(a, .bad, text: "No mailbox selected.")
        )
        let late = "Error in IMAP command LOGIN: Already logged in."
        #expect(IMAPVerb.login.refusal(in: .selected, tag: a) == CommandRefusal(a, .bad, text: late))
        #expect(IMAPVerb.login.refusal(in: .authenticated, tag: a) == CommandRefusal(a, .bad, text: late))
    }

    @Test func `Every verb but APPEND can be read as a command`() {
        let lines = [
            "CAPABILITY", "NOOP", "LOGOUT", "ID NIL", "STARTTLS", "AUTHENTICATE PLAIN", "LOGIN a b", "ENABLE X",
            "SELECT a",
            "EXAMINE a", "CREATE a", "DELETE a", "RENAME a b", "SUBSCRIBE a", "UNSUBSCRIBE a", "LIST a b", "LSUB a b",
            "STATUS a (UNSEEN)", "NAMESPACE", "IDLE", "CHECK", "CLOSE", "UNSELECT", "EXPUNGE", "SEARCH ALL",
            "FETCH 1 UID",
            "STORE 1 FLAGS ()", "COPY 1 a", "MOVE 1 a",
        ]
        let verbs = lines.compactMap { request($0)?.verb }
        #expect(verbs.map(\.name) == lines.map { $0.prefix { $0 != " " } }.map(String.init))
        #expect(Set(verbs).union([.append]) == Set(IMAPVerb.allCases))
    }
}
