// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Testing

@Suite("SEARCH (RFC 3501 section 6.4.4)")
struct SearchGrammarTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(arguments: [
        ("ALL", SearchKey.all), ("ANSWERED", .flag(.answered, isSet: true)), ("DELETED", .flag(.deleted, isSet: true)),
        ("DRAFT", .flag(.draft, isSet: true)), ("FLAGGED", .flag(.flagged, isSet: true)),
        ("SEEN", .flag(.seen, isSet: true)), ("RECENT", .flag(.recent, isSet: true)),
        ("OLD", .flag(.recent, isSet: false)), ("UNANSWERED", .flag(.answered, isSet: false)),
        ("UNDELETED", .flag(.deleted, isSet: false)), ("UNDRAFT", .flag(.draft, isSet: false)),
        ("UNFLAGGED", .flag(.flagged, isSet: false)), ("unseen", .flag(.seen, isSet: false)),
        ("NEW", .and([.flag(.recent, isSet: true), .flag(.seen, isSet: false)])),
        ("BCC a", .header(field: bytes("BCC"), value: bytes("a"))),
        ("CC \"a b\"", .header(field: bytes("CC"), value: bytes("a b"))),
        ("FROM {2}\r\nxy", .header(field: bytes("FROM"), value: bytes("xy"))),
        ("TO \"\"", .header(field: bytes("TO"), value: [])),
        ("SUBJECT ä", .header(field: bytes("SUBJECT"), value: bytes("ä"))),
        ("HEADER Message-ID \"<x@y>\"", .header(field: bytes("Message-ID"), value: bytes("<x@y>"))),
        ("BODY x", .body(bytes("x"))), ("TEXT \"x\"", .text(bytes("x"))),
        ("LARGER 0", .larger(0)), ("SMALLER 4294967296", .smaller(4_294_967_296)),
        ("1:3,*", .sequence(.of((1, 3), (0, 0)))), ("*", .sequence(.of((0, 0)))), ("UID 5:4", .uid(.of((5, 4)))),
        ("NOT SEEN", .not(.flag(.seen, isSet: true))), ("NOT NOT SEEN", .flag(.seen, isSet: true)),
        ("OR ALL NEW", .or([.all, .and([.flag(.recent, isSet: true), .flag(.seen, isSet: false)])])),
        ("OR 1 OR 2 OR 3 4", .or([1, 2, 3, 4].map { .sequence(.of(($0, $0))) })),
        (
            "OR (OR 1 2) 3",
            .or([.or([.sequence(.of((1, 1))), .sequence(.of((2, 2)))]), .sequence(.of((3, 3)))])
        ),
        ("(ALL)", .all), ("((ALL) 1)", .and([.all, .sequence(.of((1, 1)))])),
        ("ALL 1", .and([.all, .sequence(.of((1, 1)))])), ("CHARSET utf-8 ALL", .all),
        ("CHARSET \"US-ASCII\" ALL", .all),
    ])
    func `A key is read`(text: String, key: SearchKey) {
        // Without CHARSET the text is US-ASCII, but clients send UTF-8 in quotes: so the bare umlaut is quoted here.
        let line = text.replacing("ä", with: "\"ä\"")
        let namesUTF8 = text.contains("utf-8")
        #expect(request("SEARCH \(line)") == .search(SearchProgram(key, namesUTF8: namesUTF8), .sequence))
        #expect(request("UID SEARCH \(line)") == .search(SearchProgram(key, namesUTF8: namesUTF8), .uid))
    }

    @Test func `Dates and keywords are read`() throws {
        let day = try #require(IMAPDate(year: 2026, month: 2, day: 3))
        let rows: [(String, SearchKey)] = [
            ("BEFORE 3-Feb-2026", .internalDate(.before, day)), ("ON \"03-FEB-2026\"", .internalDate(.on, day)),
            ("SINCE 03-feb-2026", .internalDate(.since, day)), ("SENTBEFORE 3-Feb-2026", .sentDate(.before, day)),
            ("SENTON 3-Feb-2026", .sentDate(.on, day)), ("SENTSINCE 3-Feb-2026", .sentDate(.since, day)),
            ("KEYWORD $a", .keyword(try #require(Keyword("$A")), isSet: true)),
            ("UNKEYWORD $a", .keyword(try #require(Keyword("$A")), isSet: false)),
        ]
        for (text, key) in rows {
            #expect(request("SEARCH \(text)") == .search(SearchProgram(key), .sequence))
        }
    }

    @Test(arguments: [
        "", "FOO", "()", "(ALL", "ALL)", "( ALL)", "NOT", "OR ALL", "OR ALL ", "NOTALL", "KEYWORD", "KEYWORD \"a\"",
        "KEYWORD \\Seen", "HEADER a", "LARGER x", "LARGER -1", "LARGER 9223372036854775808", "SMALLER", "UID", "UID x",
        "UID 0", "0", "BEFORE", "BEFORE 31-Apr-2026", "BEFORE 3-Foo-2026", "BEFORE 3-Feb-26", "ON \"3-Feb-2026",
        "SINCE 99999999999999999999-Feb-2026", "CHARSET", "CHARSET UTF-8", "SUBJECT ä", "FROM {1}\r\n\u{0}",
    ])
    func `A wrong key gets BAD`(text: String) {
        #expect(refusal("SEARCH \(text)")?.condition == .bad)
    }

    @Test func `Invalid UTF-8 gets BAD`() {
        let all = events(Array("a SEARCH SUBJECT \"".utf8) + [0xC3, 0x28] + Array("\"\r\n".utf8), pieces: 1000)
        guard case .refused(let refusal)? = all.first else {
            Issue.record("\(all)")
            return
        }
        #expect(refusal.condition == .bad)
    }

    @Test func `An unknown charset gets NO BADCHARSET`() {
        let refusal = refusal("SEARCH CHARSET KOI8-R SUBJECT x")
        #expect(refusal?.condition == .no)
        #expect(refusal?.code == .badCharset(["US-ASCII", "UTF-8"]))
    }

    @Test func `Nesting and the number of keys are bounded`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "ALL" + String(repeating: ")", count: depth)
        }
        #expect(request("SEARCH \(nested(63))") == .search(SearchProgram(.all), .sequence))
        #expect(refusal("SEARCH \(nested(64))")?.text == "Error in IMAP command SEARCH: Too deeply nested search.")
        let left = String(repeating: "OR (", count: 100) + "ALL"
        #expect(refusal("SEARCH \(left)")?.text == "Error in IMAP command SEARCH: Too deeply nested search.")
        let chain = String(repeating: "OR 1 ", count: 4000) + "2"
        #expect(request("SEARCH \(chain)") != nil)
        let nots = String(repeating: "NOT ", count: 10_000) + "ALL"
        #expect(request("SEARCH \(nots)") == .search(SearchProgram(.all), .sequence))
        let many = String(repeating: "ALL ", count: 4096) + "ALL"
        #expect(refusal("SEARCH \(many)")?.text == "Error in IMAP command SEARCH: Too many search keys.")
    }
}
