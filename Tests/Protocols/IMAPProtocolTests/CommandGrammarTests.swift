// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Testing

@Suite("Commands (RFC 3501 section 6)")
struct CommandGrammarTests {
    @Test(arguments: [
        ("CAPABILITY", IMAPRequest.capability), ("noop", .noop), ("LoGoUt", .logout), ("STARTTLS", .startTLS),
        ("NAMESPACE", .namespace), ("IDLE", .idle), ("CHECK", .check), ("CLOSE", .close), ("UNSELECT", .unselect),
        ("NOOP ", .noop), ("EXPUNGE", .expunge(uids: nil)), ("UID EXPUNGE 1:2", .expunge(uids: .of((1, 2)))),
        ("ENABLE CONDSTORE utf8=accept", .enable(["CONDSTORE", "UTF8=ACCEPT"])),
        ("ID NIL", .id(nil)), ("ID ()", .id([])),
        ("ID (\"name\" \"x\" \"os\" NIL)", .id([IDField("name", "x"), IDField("os", nil)])),
        ("AUTHENTICATE plain", .authenticate(mechanism: "PLAIN", initialResponse: nil)),
        ("AUTHENTICATE PLAIN =", .authenticate(mechanism: "PLAIN", initialResponse: [])),
        ("AUTHENTICATE PLAIN YQ==", .authenticate(mechanism: "PLAIN", initialResponse: Array("YQ==".utf8))),
        ("LOGIN alice p]w", .login(user: Array("alice".utf8), password: Secret(Array("p]w".utf8)))),
        ("LOGIN \"al\\\"i\\\\ce\" \"\"", .login(user: Array("al\"i\\ce".utf8), password: Secret([]))),
        ("LOGIN a \"pässword\"", .login(user: Array("a".utf8), password: Secret(Array("pässword".utf8)))),
        ("LOGIN NIL nil", .login(user: Array("NIL".utf8), password: Secret(Array("nil".utf8)))),
        ("LIST \"\" *", .list(ListRequest([ListPattern("*")]))),
        ("LIST INBOX. \"%\"", .list(ListRequest(reference: Array("INBOX.".utf8), [ListPattern("%")]))),
        ("LIST \"\" \"\"", .list(ListRequest([ListPattern("")]))),
        ("LSUB {0+}\r\n &AOQ-%", .lsub(reference: [], ListPattern("ä%"))),
    ])
    func `A command is read in any case of its verb`(line: String, expected: IMAPRequest) {
        #expect(request(line) == expected)
    }

    @Test func `Commands on a mailbox take its name`() throws {
        let inbox = IMAPMailboxName.inbox
        let folder = try mailbox("Entwürfe/2")
        #expect(request("SELECT inbox") == .select(inbox))
        #expect(request("EXAMINE \"InBox\"") == .examine(inbox))
        #expect(request("CREATE Entw&APw-rfe/2") == .create(folder))
        #expect(request("DELETE \"Entw&APw-rfe/2\"") == .delete(folder))
        #expect(request("RENAME {14}\r\nEntw&APw-rfe/2 INBOX") == .rename(folder, to: inbox))
        #expect(request("SUBSCRIBE Entw&APw-rfe/2") == .subscribe(folder))
        #expect(request("UNSUBSCRIBE INBOX") == .unsubscribe(inbox))
        let items: [StatusItem] = [.messages, .recent, .uidNext, .uidValidity, .unseen]
        #expect(request("STATUS INBOX (messages RECENT UIDNEXT UIDVALIDITY UNSEEN)") == .status(inbox, items))
    }

    @Test func `Commands on messages take numbers or UIDs`() throws {
        let junk = try mailbox("Junk")
        #expect(request("COPY 1:3,* Junk") == .copy(.of((1, 3), (0, 0)), to: junk, .sequence))
        #expect(request("uid copy 7 Junk") == .copy(.of((7, 7)), to: junk, .uid))
        #expect(request("MOVE 2 Junk") == .move(.of((2, 2)), to: junk, .sequence))
        #expect(request("UID MOVE *:2 Junk") == .move(.of((0, 2)), to: junk, .uid))
    }

    @Test func `STORE replaces, adds and removes flags`() throws {
        let junk = try #require(Keyword("$Junk"))
        let one = SequenceSet.of((1, 1))
        let seen = FlagList([.seen])
        let rows: [(String, FlagChange)] = [
            ("FLAGS (\\Seen)", FlagChange(.replace, seen)), ("FLAGS ()", FlagChange(.replace, FlagList())),
            ("+flags \\seen $Junk $JUNK", FlagChange(.add, FlagList([.seen], [junk]))),
            ("-FLAGS.SILENT (\\SEEN)", FlagChange(.remove, seen, isSilent: true)),
            (
                "FLAGS.SILENT \\Answered \\Flagged \\Deleted \\Draft \\Seen",
                FlagChange(.replace, FlagList([.answered, .flagged, .deleted, .draft, .seen]), isSilent: true)
            ),
        ]
        for (line, change) in rows {
            #expect(request("STORE 1 \(line)") == .store(one, change, .sequence))
            #expect(request("UID STORE 1 \(line)") == .store(one, change, .uid))
        }
    }

    @Test(arguments: [
        "", " ", "FOO", "UID", "UID NOOP", "UID APPEND INBOX {3}\r\nabc", "UIDFETCH 1 FLAGS", "NOOP x", "NOOP\t",
        "NOOP\0",
        "CAPABILITY x", "EXPUNGE 1", "UID EXPUNGE", "ENABLE", "ENABLE (X)", "ID", "ID (\"a\")", "ID (a b)",
        "ID (\"a\" \"b\"", "ID \"a\"", "AUTHENTICATE", "AUTHENTICATE PLAIN YQ== x", "AUTHENTICATE PLAIN !", "LOGIN",
        "LOGIN alice", "LOGIN alice ", "LOGIN  alice b", "LOGIN alice b c", "LOGIN alice b(", "LOGIN \"a\\x\" b",
        "LOGIN \"a b", "LOGIN \"a\"b c", "LOGIN a {1}\r\n\0", "LOGIN a {0x1}", "LOGIN ä b", "LOGIN a%b c",
        "SELECT", "SELECT a b", "SELECT INBOX (CONDSTORE)", "SELECT (", "RENAME a", "LIST", "LIST \"\"", "LIST \"\" (",
        "LIST \"\" * *", "STATUS INBOX", "STATUS INBOX ()", "STATUS INBOX (FOO)", "STATUS INBOX (MESSAGES",
        "STATUS INBOX (MESSAGES  UNSEEN)", "STATUS INBOX MESSAGES", "STORE 1", "STORE 1 FLAGS",
        "STORE 1 FLAGS \\Recent",
        "STORE 1 FLAGS (\\Foo)", "STORE 1 FLAGS (\\)", "STORE 1 *FLAGS ()", "STORE 1 FLAGS (a b",
        "STORE 1 FLAGS (a\"b)",
        "STORE 1 FLAGS.LOUD ()", "STORE 0 FLAGS ()", "COPY 1", "COPY 1 a b", "COPY x a", "COPY 1 \"", "MOVE , a",
    ])
    func `A syntax error gets BAD with the tag`(line: String) throws {
        let found = try #require(refusal(line))
        #expect(found.condition == .bad)
        #expect(found.tag == IMAPTag("a"))
    }

    @Test(arguments: [
        ("FOO", "Error in IMAP command FOO: Unknown command."),
        ("uid foo", "Error in IMAP command UID FOO: Unknown command."),
        ("SELECT", "Error in IMAP command SELECT: Missing arguments."),
        ("NOOP x", "Error in IMAP command NOOP: Unexpected extra arguments."),
        ("(", "Error in IMAP command received by server."),
    ])
    func `The reply says what is wrong`(line: String, text: String) {
        #expect(refusal(line)?.text == text)
    }

    @Test(arguments: [
        "SELECT \"\"", "SELECT &", "SELECT &AOQ", "SELECT \"Entwürfe\"", "CREATE {3}\r\na\nb", "DELETE &AAo-",
        "RENAME a &",
        "SUBSCRIBE &2AA-", "LIST \"\" &*", "LIST & *", "STATUS && (MESSAGES)", "COPY 1 \"\u{7F}\"",
    ])
    func `A name that no mailbox may bear gets NO`(line: String) {
        #expect(refusal(line)?.condition == .no)
        #expect(refusal(line)?.code == .cannot)
    }

    @Test func `A password does not show itself`() {
        let login = request("LOGIN alice hunter2")
        #expect(!String(describing: login).contains("hunter2"))
        #expect(!String(reflecting: login).contains("hunter2"))
        var dumped = ""
        dump(login, to: &dumped)
        #expect(!dumped.contains("hunter2") && !dumped.contains("104"))
    }
}
