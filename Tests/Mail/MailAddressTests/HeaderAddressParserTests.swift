// SPDX-License-Identifier: Apache-2.0

import MailAddress
import TestSupport
import Testing

@Suite("Address lists of header fields (RFC 5322 §3.4, §4.4)")
struct HeaderAddressParserTests {
    /// The list in a short form: `name|route|mailbox|host`, `[group`, `]`; nil is `-`.
    static func summary(_ text: String) -> [String] {
        HeaderAddressParser().parse(Array(text.utf8).span).map { element in
            func show(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "-" }
            switch element.kind {
            case .groupStart: return "[" + show(element.mailbox)
            case .groupEnd: return "]"
            case .mailbox:
                return [element.displayName, element.route, element.mailbox, element.host].map(show)
                    .joined(separator: "|")
            }
        }
    }

    @Test(
        "are read",
        arguments: [
            ("", []),
            (" , ,,", []),
            ("joe@example.org", ["-|-|joe|example.org"]),
            ("Joe <joe@example.org>", ["Joe|-|joe|example.org"]),
            ("Joe Q. Public <joe@example.org>", ["Joe Q. Public|-|joe|example.org"]),
            ("\"Public, Joe \\\"Q\\\"\" <joe@example.org>", ["Public, Joe \"Q\"|-|joe|example.org"]),
            ("joe@example.org (Joe (the) Public)", ["Joe (the) Public|-|joe|example.org"]),
            ("(c) joe (d) @ (e) example . org (f), x@y", ["f|-|joe|example.org", "-|-|x|y"]),
            ("<joe@example.org>", ["-|-|joe|example.org"]),
            ("<joe@example.org> (Joe)", ["Joe|-|joe|example.org"]),
            ("Joe <@a.example,@b.example:joe@c.example>", ["Joe|@a.example,@b.example|joe|c.example"]),
            ("A <a@x>, b@y,\r\n C <c@z>", ["A|-|a|x", "-|-|b|y", "C|-|c|z"]),
            ("undisclosed-recipients:;", ["[undisclosed-recipients", "]"]),
            ("A Group: Ed <ed@x>, joe@y; z@z", ["[A Group", "Ed|-|ed|x", "-|-|joe|y", "]", "-|-|z|z"]),
            ("g: a@x", ["[g", "-|-|a|x", "]"]),
            ("g: a;, b@c", ["[g", "-|-|a|", "]", "-|-|b|c"]),
            ("root", ["-|-|root|"]),
            ("root (System)", ["System|-|root|"]),
            ("\"a b\"@example.org", ["-|-|a b|example.org"]),
            ("\"\"@example.org", ["-|-||example.org"]),
            ("joe@[192.0.2.1]", ["-|-|joe|[192.0.2.1]"]),
            ("=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_M?= <j@x>", ["=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_M?=|-|j|x"]),
            ("a@x b@y, c@z", ["-|-|a|x", "-|-|c|z"]),
            ("A <a@x> junk, c@z", ["A|-|a|x", "-|-|c|z"]),
            ("<>, a@b", ["-|-|a|b"]),
            ("A <>", ["A|-||"]),
            ("A <a@x", ["A|-|a|x"]),
            ("\"open <a@x>, b@y", ["-|-|open <a@x>, b@y|"]),
            ("a@x (open, b@y", ["open, b@y|-|a|x"]),
            ("a@", ["-|-|a|"]),
            ("@b", ["-|-|@b|"]),
            ("a@x;b@y", ["-|-|a|x", "-|-|b|y"]),
            ("a.b.c@x", ["-|-|a.b.c|x"]),
            ("a . b @x", ["-|-|a.b|x"]),
        ]
    )
    func reads(_ text: String, _ expected: [String]) {
        #expect(Self.summary(text) == expected)
    }

    @Test func `the range covers the address proper`() {
        let text = Array("Joe (x) < joe@example.org >, b@c (C), root ".utf8)
        let found = HeaderAddressParser().parse(text.span).map { String(decoding: text[$0.range], as: UTF8.self) }
        #expect(found == ["joe@example.org", "b@c", "root"])
    }

    @Test func `an element becomes an envelope address only if it is sound`() {
        let list = HeaderAddressParser().parse(Array("Joe <joe@example.org>, \"a\u{1}\"@x, g: ;, x@y z".utf8).span)
        #expect(list.map { $0.emailAddress?.internalForm } == ["joe@example.org", nil, nil, nil, "x@y"])
    }

    @Test func `a million addresses are cut at the limit, and the group is closed`() {
        var text = Array("g:".utf8)
        text.reserveCapacity(4_000_010)
        for _ in 0..<1_000_000 { text += [0x61, 0x40, 0x62, 0x2C] }
        let list = HeaderAddressParser(maximumCount: 1_000).parse(text.span)
        #expect(list.count == 1_001)
        #expect(list.last?.kind == .groupEnd)
    }

    @Test(
        "hostile nesting takes linear time",
        arguments: [
            "(", "<", "<@", "\"", "\\", "(\\", "@", ":", ";:", "a:", "<(", ")", "((a)", "\"\"", "[", ",(", "<@a,",
        ]
    )
    func hostile(_ unit: String) {
        let text = Array(repeating: Array(unit.utf8), count: 100_000).flatMap(\.self)
        let list = HeaderAddressParser().parse(text.span)
        #expect(list.count <= 10_001)
        #expect(list.allSatisfy { $0.range.upperBound <= text.count })
    }

    @Test func `random changes never trap`() {
        var random = SeededGenerator(seed: 5322)
        let seeds = [
            "A Group: Ed (x) <ed@x>, joe@y; z@z", "Joe <@a.example,@b.example:joe@c.example>, \"q\\\"\" <q@[1.2.3.4]>",
        ].map { Array($0.utf8) }
        for _ in 0..<3_000 {
            let text = random.mutation(of: seeds[Int.random(in: 0..<seeds.count, using: &random)])
            var depth = 0
            for element in HeaderAddressParser().parse(text.span) {
                if element.kind == .groupStart { depth += 1 }
                if element.kind == .groupEnd { depth -= 1 }
                #expect((0...1).contains(depth))
                #expect(element.range.upperBound <= text.count)
            }
            #expect(depth == 0)
        }
    }
}
