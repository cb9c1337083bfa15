// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import TestSupport
import Testing

@Suite("Responses (RFC 3501 section 7)")
struct ResponseWriterTests {
    private func written(_ write: (inout IMAPResponseWriter) throws -> Void) rethrows -> String {
        var writer = IMAPResponseWriter()
        try write(&writer)
        return String(decoding: writer.take(), as: UTF8.self)
    }

    @Test(arguments: [
        ("", "\"\"", "\"\""), ("abc", "\"abc\"", "abc"), ("a b", "\"a b\"", "\"a b\""),
        ("a\"\\", "\"a\\\"\\\\\"", "\"a\\\"\\\\\""),
        ("a]", "\"a]\"", "a]"), ("NIL", "\"NIL\"", "\"NIL\""), ("nil", "\"nil\"", "\"nil\""),
        ("a%", "\"a%\"", "\"a%\""),
        ("a\tb", "\"a\tb\"", "\"a\tb\""), ("ä", "{2}\r\nä", "{2}\r\nä"), ("a\r\n", "{3}\r\na\r\n", "{3}\r\na\r\n"),
    ])
    func `A string is quoted, a literal or an atom`(text: String, string: String, astring: String) {
        #expect(written { $0.string(text) } == string)
        #expect(written { $0.nstring(text) } == string)
        #expect(written { $0.astring(Array(text.utf8)) } == astring)
    }

    @Test func `A string that is absent is NIL`() {
        #expect(written { $0.nstring(nil as String?) } == "NIL")
        #expect(written { $0.nstring(nil as [UInt8]?) } == "NIL")
    }

    @Test func `NUL never leaves, and long strings are literals`() {
        var writer = IMAPResponseWriter()
        writer.string([0x61, 0, 0x62] as [UInt8])
        #expect(writer.take() == Array("{3}\r\n".utf8) + [0x61, 0x80, 0x62])
        #expect(writer.take().isEmpty)
        #expect(written { $0.string(String(repeating: "a", count: 4097)) }.hasPrefix("{4097}\r\na"))
        #expect(written { $0.string(String(repeating: "a", count: 4096)) }.hasPrefix("\"a"))
    }

    @Test func `Numbers and sets are written`() {
        #expect(written { $0.number(UInt64.max) } == "18446744073709551615")
        #expect(written { $0.number(UInt32(0)) } == "0")
        #expect(written { $0.set(NumberSet([1...3, 5...5, 7...UInt32.max])) } == "1:3,5,7:4294967295")
        #expect(written { $0.set(NumberSet()) } == "")
    }

    @Test func `Status responses are tagged, untagged or continue`() throws {
        let a = try tag("A.1")
        #expect(written { $0.tagged(a, .ok, text: "Logged in") } == "A.1 OK Logged in\r\n")
        #expect(
            written { $0.tagged(a, .ok, .readWrite, text: "Select completed.") }
                == "A.1 OK [READ-WRITE] Select completed.\r\n"
        )
        #expect(written { $0.untagged(.bye, text: "Logging out") } == "* BYE Logging out\r\n")
        #expect(written { $0.continuation() } == "+ OK\r\n")
        #expect(written { $0.continuation("idling") } == "+ idling\r\n")
        #expect(written { $0.challenge([]) } == "+ \r\n")
        #expect(written { $0.challenge(Array("YQ==".utf8)) } == "+ YQ==\r\n")
        #expect(written { $0.refusal(CommandRefusal(nil, .bad, text: "x")) } == "* BAD x\r\n")
        #expect(written { $0.refusal(CommandRefusal(a, .no, .tooBig, text: "x")) } == "A.1 NO [TOOBIG] x\r\n")
    }

    @Test func `Text cannot end its line`() throws {
        let a = try tag("a")
        #expect(written { $0.tagged(a, .no, text: "x\r\n* BYE\0\u{7F}") } == "a NO x??* BYE??\r\n")
        #expect(written { $0.untagged(.ok, text: "") } == "* OK -\r\n")
    }

    @Test(arguments: [
        (IMAPResponseCode.alert, "ALERT"), (.alreadyExists, "ALREADYEXISTS"),
        (.appendUID(validity: 7, uids: NumberSet([9...9])), "APPENDUID 7 9"),
        (.authenticationFailed, "AUTHENTICATIONFAILED"), (.badCharset(["A", "B"]), "BADCHARSET (A B)"),
        (.cannot, "CANNOT"),
        (.capability(["IMAP4rev1", "IDLE"]), "CAPABILITY IMAP4rev1 IDLE"), (.closed, "CLOSED"),
        (
            .copyUID(validity: 7, source: NumberSet([1...3]), destination: NumberSet([4...5, 8...8])),
            "COPYUID 7 1:3 4:5,8"
        ),
        (.highestModSeq(.max), "HIGHESTMODSEQ 18446744073709551615"), (.inUse, "INUSE"), (.limit, "LIMIT"),
        (.noModSeq, "NOMODSEQ"), (.noPermission, "NOPERM"), (.nonExistent, "NONEXISTENT"), (.overQuota, "OVERQUOTA"),
        (.parse, "PARSE"),
        (.permanentFlags(FlagList([.seen, .deleted]), acceptsKeywords: true), "PERMANENTFLAGS (\\Deleted \\Seen \\*)"),
        (.permanentFlags(FlagList(), acceptsKeywords: false), "PERMANENTFLAGS ()"),
        (.privacyRequired, "PRIVACYREQUIRED"),
        (.readOnly, "READ-ONLY"), (.readWrite, "READ-WRITE"), (.serverBug, "SERVERBUG"), (.tooBig, "TOOBIG"),
        (.tryCreate, "TRYCREATE"), (.uidNext(5), "UIDNEXT 5"), (.uidNotSticky, "UIDNOTSTICKY"),
        (.uidValidity(.max), "UIDVALIDITY 4294967295"), (.unavailable, "UNAVAILABLE"), (.unseen(3), "UNSEEN 3"),
    ])
    func `A response code stands in brackets`(code: IMAPResponseCode, text: String) {
        #expect(written { $0.untagged(.ok, code, text: "x") } == "* OK [\(text)] x\r\n")
    }

    @Test func `Mailbox responses are written`() throws {
        let name = try mailbox("Entwürfe & mehr")
        #expect(
            written { $0.list([.hasNoChildren, .drafts], separator: UInt8(ascii: "/"), name) }
                == "* LIST (\\HasNoChildren \\Drafts) \"/\" \"Entw&APw-rfe &- mehr\"\r\n"
        )
        #expect(
            written { $0.list([.nonExistent], separator: UInt8(ascii: "/"), name, hasSelectedChildren: true) }
                == "* LIST (\\NonExistent) \"/\" \"Entw&APw-rfe &- mehr\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n"
        )
        #expect(written { $0.lsub([.noSelect], separator: nil, .inbox) } == "* LSUB (\\Noselect) NIL INBOX\r\n")
        #expect(written { $0.list([], separator: UInt8(ascii: "\\"), .inbox) } == "* LIST () \"\\\\\" INBOX\r\n")
        #expect(written { $0.listSeparator(UInt8(ascii: ".")) } == "* LIST (\\Noselect) \".\" \"\"\r\n")
        #expect(
            written { $0.status(.inbox, [(.messages, 3), (.uidNext, .max)]) }
                == "* STATUS INBOX (MESSAGES 3 UIDNEXT 4294967295)\r\n"
        )
        #expect(written { $0.status(.inbox, []) } == "* STATUS INBOX ()\r\n")
        #expect(written { $0.exists(0) } + written { $0.recent(1) } == "* 0 EXISTS\r\n* 1 RECENT\r\n")
        #expect(written { $0.expunge(.max) } == "* 4294967295 EXPUNGE\r\n")
        #expect(written { $0.search([]) } == "* SEARCH\r\n")
        #expect(written { $0.search([1, 20]) } == "* SEARCH 1 20\r\n")
        let flags = FlagList([.answered, .draft], [try #require(Keyword("$Junk"))])
        #expect(written { $0.mailboxFlags(flags) } == "* FLAGS (\\Answered \\Draft $Junk)\r\n")
    }

    @Test func `Server responses are written`() {
        #expect(written { $0.capability(["IMAP4rev1", "IDLE"]) } == "* CAPABILITY IMAP4rev1 IDLE\r\n")
        #expect(written { $0.enabled([]) } + written { $0.enabled(["X"]) } == "* ENABLED\r\n* ENABLED X\r\n")
        #expect(written { $0.id(nil) } + written { $0.id([]) } == "* ID NIL\r\n* ID NIL\r\n")
        #expect(written { $0.id([IDField("a", "b"), IDField("c", nil)]) } == "* ID (\"a\" \"b\" \"c\" NIL)\r\n")
        let slash = UInt8(ascii: "/")
        #expect(
            written { $0.namespace(personal: [NamespaceDescription(prefix: "", separator: slash)]) }
                == "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"
        )
        let shared = [
            NamespaceDescription(prefix: "ä/", separator: slash), NamespaceDescription(prefix: "b", separator: nil),
        ]
        #expect(
            written { $0.namespace(personal: [], shared: shared) }
                == "* NAMESPACE NIL NIL ((\"&AOQ-/\" \"/\")(\"b\" NIL))\r\n"
        )
    }

    @Test func `A FETCH response separates its items by itself`() {
        let section = BodySection(part: [1, 2], .headerFields([Array("From".utf8), Array("a b".utf8)]))
        let text = written {
            $0.beginFetch(12)
            $0.fetchUID(42)
            $0.fetchFlags([.seen, .recent], ["$Junk"])
            $0.fetchSize(4711)
            $0.fetchInternalDate(IMAPDateTime(unixTime: 0))
            $0.fetchItem("ENVELOPE")
            $0.raw("()")
            $0.fetchItem(formatted: Array("X 1".utf8)[...])
            $0.fetchSection(section, origin: 3)
            $0.literal(Array("ab".utf8))
            $0.fetchSection(BodySection())
            $0.nstring(nil as String?)
            $0.endFetch()
            $0.beginFetch(13)
            $0.fetchFlags([])
            $0.endFetch()
        }
        #expect(
            text == "* 12 FETCH (UID 42 FLAGS (\\Seen \\Recent $Junk) RFC822.SIZE 4711 INTERNALDATE "
                + "\"01-Jan-1970 00:00:00 +0000\" ENVELOPE () X 1 BODY[1.2.HEADER.FIELDS (From \"a b\")]<3> {2}\r\nab "
                + "BODY[] NIL)\r\n* 13 FETCH (FLAGS ())\r\n"
        )
    }

    @Test(arguments: [
        (BodySection(.header), "HEADER"), (BodySection(.text), "TEXT"), (BodySection(part: [1]), "1"),
        (BodySection(part: [1], .mime), "1.MIME"), (BodySection(part: [1, 2], .text), "1.2.TEXT"),
        (BodySection(.headerFieldsNot([Array("X".utf8)])), "HEADER.FIELDS.NOT (X)"),
    ])
    func `A section is repeated as it was asked for`(section: BodySection, text: String) {
        let response = written {
            $0.beginFetch(1)
            $0.fetchSection(section)
        }
        #expect(response == "* 1 FETCH (BODY[\(text)] ")
        #expect(
            request("FETCH 1 BODY[\(text)]")
                == .fetch(.of((1, 1)), [.section(section, partial: nil, peek: false)], .sequence)
        )
    }

    @Test func `What is written as a string is read back`() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let value = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                UInt8.random(in: 1...255, using: &random)
            }
            var writer = IMAPResponseWriter()
            writer.raw("a LOGIN ")
            writer.astring(value)
            writer.raw(" ")
            writer.string(value)
            writer.lineEnd()
            let all = events(writer.take(), pieces: 9).filter { $0 != .continuationNeeded }
            guard case .command(let command)? = all.first else {
                Issue.record("\(value): \(all)")
                continue
            }
            #expect(command.request == .login(user: value, password: Secret(value)))
        }
    }
}
