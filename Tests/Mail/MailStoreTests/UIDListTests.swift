// SPDX-License-Identifier: Apache-2.0
import MailboxNames
import TestSupport
import Testing

@testable import MailStore

@Suite("dovecot-uidlist")
struct UIDListTests {
    static let fixture = """
        3 V1275660208 N25022 G3085f01b7f11094c501100008c4a11c1
        25006 :1276528487.M364837P9451.kurkku,S=1355,W=1394:2,
        25017 W2481 :1276533073.M242911P3632.kurkku:2,F
        25021 W1394 S1355 G00000000000000000000000000000001 :1276534000.M1P1.kurkku

        """

    func entries(_ list: UIDList) -> [String] {
        list.entries.indices.map { index in
            "\(list.entries[index].uid) \(String(decoding: list.base(index), as: UTF8.self))"
        }
    }

    @Test func `A file of Dovecot is read`() {
        let list = UIDList(Array(Self.fixture.utf8))
        #expect(list.uidValidity == 1_275_660_208)
        #expect(list.uidNext == 25022)
        #expect(list.guid == Array("3085f01b7f11094c501100008c4a11c1".utf8))
        #expect(!list.isDamaged)
        #expect(
            entries(list) == [
                "25006 1276528487.M364837P9451.kurkku,S=1355,W=1394", "25017 1276533073.M242911P3632.kurkku",
                "25021 1276534000.M1P1.kurkku",
            ]
        )
    }

    @Test func `It is written with the fields of other programs kept`() {
        let list = UIDList(Array(Self.fixture.utf8))
        let text = String(decoding: list.encoded(uidValidity: 7) { $0 != 0 }, as: UTF8.self)
        #expect(
            text == """
                3 V7 N25022 G3085f01b7f11094c501100008c4a11c1
                25017 W2481 :1276533073.M242911P3632.kurkku
                25021 W1394 S1355 G00000000000000000000000000000001 :1276534000.M1P1.kurkku

                """
        )
        #expect(!UIDList(Array(text.utf8)).isDamaged)
    }

    @Test func `The next UID is above the last line's even where the header is older`() {
        let list = UIDList(Array("3 V5 N1 Gab\n1 :a\n7 :b\n".utf8))
        #expect(list.uidNext == 8)
        #expect(!list.isDamaged)
    }

    @Test func `Version 1 is read, to be written anew as version 3`() {
        let list = UIDList(Array("1 1275660208 9\n1 a,S=1:2,S\n8 b\n".utf8))
        #expect(list.uidValidity == 1_275_660_208)
        #expect(list.uidNext == 9)
        #expect(entries(list) == ["1 a,S=1", "8 b"])
        #expect(list.isDamaged)
    }

    static let damaged: [(String, [String], UInt32)] = [
        ("", [], 1), ("\n", [], 1), ("3 V5 N9", [], 1), ("3 V5 N9\n1 :a", [], 9),
        ("3 V5 N3\n1 :a\n1 :b\n2 :c\n", ["1 b", "2 c"], 3),
        ("3 V5 N9\n5 :a\n3 :b\n4 :c\n6 :d\n", ["3 b", "4 c", "6 d"], 9),
        ("3 V5 N9\n1 :a\n900 :b\n3 :c\n", ["1 a", "3 c"], 9),
        ("3 V5 N9\n1 a\n", [], 9), ("3 V5 N9\n0 :a\n4294967295 :b\n99999999999999999999 :c\n", [], 9),
        ("3 V5 N9\n1 :\n2 :/etc/passwd\n3 :..\n4 :\u{1}\n", [], 9), ("3 N9\n1 :a\n", ["1 a"], 9),
        ("3 V0 N9 G\n1 :a\n", ["1 a"], 9),
        ("9 V5 N9\n1 :a\n", ["1 a"], 2), ("3 V5 N99999999999999\n1 :a\n", ["1 a"], 2),
    ]

    @Test(arguments: damaged)
    func `Damage is noted and what makes sense is kept`(text: String, kept: [String], next: UInt32) {
        let list = UIDList(Array(text.utf8))
        #expect(list.isDamaged || text.contains("N99999"))
        #expect(entries(list) == kept)
        #expect(list.uidNext == next)
    }

    @Test func `No change of a byte traps, and lines stay ascending`() {
        let bytes = Array(Self.fixture.utf8)
        for index in bytes.indices {
            for value in UInt8.min...UInt8.max {
                var changed = bytes
                changed[index] = value
                let list = UIDList(changed)
                let uids = list.entries.map(\.uid)
                #expect(uids == uids.sorted() && uids.allSatisfy { $0 < list.uidNext })
            }
        }
    }

    @Test func `Random input does not trap`() {
        var random = SeededGenerator(seed: 42)
        let alphabet = Array("3 VNG:\n0129,=.ab\u{0}".utf8) + [0xff, 0x80]
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            let list = UIDList(bytes)
            #expect(list.entries.allSatisfy { $0.uid < list.uidNext })
            _ = list.encoded(uidValidity: 1) { _ in true }
            _ = KeywordList(bytes)
            _ = Subscriptions(bytes, separator: "/", format: .maildir)
            _ = ModifiedUTF7.decode(String(decoding: bytes, as: UTF8.self))
            _ = MaildirFileName(bytes.span)
        }
    }

    @Test func `A hundred thousand subscriptions take linear time`() {
        let lines = (0..<100_000).map { "folder\($0)\n" }.joined()
        let list = Subscriptions(Array(("V\t2\n\n" + lines + lines).utf8), separator: "/", format: .maildir)
        #expect(list.names.count == 100_000)
    }

    @Test func `Keywords are read, found without regard to case, and full at 26`() {
        var list = KeywordList(Array("0 $Forwarded\n2 Work\n99 x\nfoo\n3 a b\n4 work\n".utf8))
        #expect(list.names == ["$Forwarded", "", "Work"])
        #expect(list.find("WORK") == 2)
        #expect(list.findOrAdd("new") == 1)
        #expect(list.findOrAdd("not valid") == nil)
        #expect(String(decoding: list.encoded, as: UTF8.self) == "0 $Forwarded\n1 new\n2 Work\n")
        for number in 3..<26 { #expect(list.findOrAdd("k\(number)") == number) }
        #expect(list.findOrAdd("more") == nil)
    }
}
