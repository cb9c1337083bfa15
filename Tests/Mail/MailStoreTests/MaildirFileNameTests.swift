// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MailStore

@Suite("Maildir file names")
struct MaildirFileNameTests {
    static let names: [(String, Int, MessageFlags, UInt32)] = [
        ("1.M1P1.h,S=1:2,", 9, [], 0), ("a:2,DFRST", 1, [.draft, .flagged, .answered, .seen, .deleted], 0),
        ("a:2,Sab", 1, [.seen], 3), ("a:2,PSz", 1, [.seen], 1 << 25), ("a", 1, [], 0), ("a:1,S", 1, [], 0),
        ("a:2", 1, [], 0), ("a:", 1, [], 0), ("a:2,S,extraF", 1, [.seen], 0),
    ]

    @Test(arguments: names)
    func `Flags are read`(name: String, base: Int, flags: MessageFlags, keywords: UInt32) {
        let parsed = MaildirFileName(Array(name.utf8).span)
        #expect(parsed?.baseLength == (name.hasPrefix("1.M") ? 12 : base))
        #expect(parsed?.flags == flags)
        #expect(parsed?.keywords == keywords)
    }

    @Test(arguments: ["", ".", "..", ".hidden", ":2,S", String(repeating: "a", count: 256)])
    func `What is no message is passed over`(name: String) {
        #expect(MaildirFileName(Array(name.utf8).span) == nil)
    }

    @Test(
        arguments: [
            ("a", [.seen], 0, "a:2,S"), ("a:2,", [.seen, .answered], 5, "a:2,RSac"), ("a:2,PSx", [.draft], 0, "a:2,DP"),
            ("a:2,S,other", [], 0, "a:2,,other"), ("a:1,x", [.flagged], 0, "a:2,F"),
        ] as [(String, MessageFlags, UInt32, String)]
    )
    func `Flags are written in order and unknown letters stay`(
        old: String,
        flags: MessageFlags,
        keywords: UInt32,
        new: String
    ) {
        let name = MaildirFileName.name(Array(old.utf8)[...], baseLength: 1, flags: flags, keywords: keywords)
        #expect(String(decoding: name, as: UTF8.self) == new)
    }

    @Test(
        arguments: [
            ("1.h,S=15,W=18", 15, 18), ("1.h,W=18", nil, 18), ("1.h", nil, nil), ("1.h,S=", nil, nil),
            ("1.h,S=x1", nil, nil),
            ("1.h,S=99999999999999999999", nil, nil), ("1,S=0,W=0", 0, 0),
        ] as [(String, Int?, Int?)]
    )
    func `Sizes are read`(base: String, size: Int?, virtual: Int?) {
        #expect(MaildirFileName.size(UInt8(ascii: "S"), in: Array(base.utf8)[...]) == size)
        #expect(MaildirFileName.size(UInt8(ascii: "W"), in: Array(base.utf8)[...]) == virtual)
    }

    @Test func `Names are ordered by time and not by digits`() {
        let names = ["2.M5P1.h", "10.M99999P1.h", "10.M250831P1.h", "10.x", "x"]
        let sorted = names.shuffled().sorted {
            MaildirFileName.Arrival(Array($0.utf8)[...]) < MaildirFileName.Arrival(Array($1.utf8)[...])
        }
        #expect(sorted == ["x", "2.M5P1.h", "10.x", "10.M99999P1.h", "10.M250831P1.h"])
    }

    @Test func `Characters of other programs among the flags stay whole`() {
        let old = Array("1.a:2,\u{e9}S\u{fd}~,x\u{e9}".utf8)
        let name = MaildirFileName.name(old[...], baseLength: 3, flags: [.seen, .flagged], keywords: 1)
        #expect(String(decoding: name, as: UTF8.self) == "1.a:2,FSa~\u{e9}\u{fd},x\u{e9}")
        #expect(String(validating: name, as: UTF8.self) != nil)
    }
}
