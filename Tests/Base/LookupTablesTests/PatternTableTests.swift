// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import LookupTables

@Suite("Pattern tables (cidr_table(5), regexp_table(5))")
struct PatternTableTests {
    private func table(_ type: String, _ source: String) throws -> any LookupTable {
        let folder = TemporaryFolder()
        let path = try folder.write("rules", source)
        return try TableOpener().open("\(type):\(path)")
    }

    @Test func `networks are compared in their order, with negation and nested if`() throws {
        let table = try table(
            "cidr",
            """
            # rules
            192.0.2.1          REJECT one
            192.0.2.0/24       OK
            if 10.0.0.0/8
            10.1.0.0/16        ten-one
            if !10.2.0.0/16
            10.3.0.0/16        ten-three
            endif
            !10.4.0.0/16       ten
            endif
            2001:db8::/32      six
               continued
            [::1]/128          loop
            """
        )
        #expect(table.notices.isEmpty)
        let cases = [
            ("192.0.2.1", "REJECT one"), ("192.0.2.2", "OK"), ("10.1.2.3", "ten-one"), ("10.3.0.1", "ten-three"),
            ("10.2.0.1", "ten"), ("10.4.0.1", nil), ("11.0.0.1", nil), ("2001:db8::5", "six   continued"),
            ("::1", "loop"),
            ("::2", nil), ("not an address", nil), ("010.1.2.3", nil),
        ]
        for (key, answer) in cases { #expect(try table.lookup(key) == answer, "\(key)") }
    }

    @Test func `a negated network says nothing about the other family`() throws {
        let table = try TableOpener().open("cidr:{{!10.0.0.0/8 X}}")
        #expect(try table.lookup("1.2.3.4") == "X")
        #expect(try table.lookup("10.2.3.4") == nil)
        #expect(try table.lookup("::1") == nil)
    }

    @Test func `broken networks are skipped and said`() throws {
        let table = try table("cidr", "1.2.3.4/24 a\n1.2.3.4/33 b\nhost c\n1.2.3.4\nendif\nif 1.2.3.4\n1.2.3.4 ok\n")
        #expect(try table.lookup("1.2.3.4") == "ok")
        #expect(table.notices.map(\.line) == [1, 2, 3, 4, 5, 6])
        #expect(table.notices.first?.text.contains("1.2.3.0/24") == true)
        #expect(table.notices.last?.text == "if without endif")
    }

    @Test func `a broken if hides the lines up to its endif`() throws {
        // The lines inside were meant for some keys only; used for all, they could admit what they should not.
        let table = try table("cidr", "if 1.2.3.4/24\n0.0.0.0/0 OK\nendif\n1.1.1.1 last\n")
        #expect(try table.lookup("9.9.9.9") == nil)
        #expect(try table.lookup("1.1.1.1") == "last")
    }

    @Test(
        arguments: [
            ("/a(.)c/ x$1", "abc", "xb"), ("/a(.)c/ ${1}z$$", "abc", "bz$"), ("/a(.)(.)?c/ $(1)-$2-", "abc", "b--"),
            ("/up/ v", "UP", "v"), ("/up/i v", "UP", nil), ("!/foo/ v", "bar", "v"), ("!/foo/ v", "foo", nil),
            ("/d/!/e/ v", "d", "v"), ("/d/!/e/ v", "de", nil), ("|x y| v", "ax yb", "v"), ("/a\\/b/ v", "a/b", "v"),
            ("/^a$/ v", "ba", nil), ("/a+/x v", "a+", "v"), ("/a+/x v", "aa", nil), ("/(a)|(b)/ $1$2", "b", "b"),
            ("if /q/\n/x/ one\nendif\n/x/ two", "qx", "one"), ("if /q/\n/x/ one\nendif\n/x/ two", "x", "two"),
            ("if !/q/\n/x/ one\nendif\n/x/ two", "qx", "two"), ("/\u{FC}(.*)/ $1", "f\u{FC}r", "r"),
            ("/a/ first\n/a/ second", "a", "first"), ("/a/", "a", ""),
        ]
    )
    func `an expression answers`(rules: String, key: String, answer: String?) throws {
        #expect(try table("regexp", rules).lookup(key) == answer)
    }

    @Test(
        arguments: [
            ("/(a)/ $2", "out of range"), ("/a/ $1y", "number"), ("!/(a)/ $1", "negated"), ("/a( v", "delimiter"),
            ("/a(/ v", "regular expression"), ("/a/q v", "unknown flag"), ("abc v", "delimiters"), ("endif", "endif"),
            ("if /a/", "if without endif"), ("/a/ $", "$"), ("/a/ ${1", "unclosed"), ("/a/ $0", "number"),
            ("!", "delimiters"),
            ("/a/!/b v", "delimiter"), ("/a/ ${99999999999999999999}", "number"),
        ]
    )
    func `a faulty rule is skipped and said`(rule: String, remark: String) throws {
        let table = try table("regexp", "\(rule)\n/z/ good\n")
        #expect(table.notices.contains { $0.text.contains(remark) }, "\(table.notices)")
        if !rule.hasPrefix("if") { #expect(try table.lookup("z") == "good") }
    }

    @Test func `keys of several lines are for tables opened for them`() throws {
        let folder = TemporaryFolder()
        let path = try folder.write("rules", "/^subject:.*\n/ never\n/b$/ end\n/^b/m line\n")
        let single = try TableOpener().open("regexp:\(path)")
        #expect(try single.lookup("Subject: a\n b") == nil)
        let multiline = try TableOpener(multilineKeys: true).open("regexp:\(path)")
        #expect(try multiline.lookup("Subject: a\n b") == "end")
        #expect(try multiline.lookup("Subject: a\nbc") == "line")
        #expect(try multiline.lookup("a\0b") == nil)
    }

    @Test func `pattern tables are passed over for parts of addresses`() async throws {
        let list = try TableList("regexp:{{/./ pattern}} inline:{part=found}")
        #expect(try await list.lookup("part") == "pattern")
        #expect(try await list.lookup("part", isPart: true) == "found")
        let union = try TableList("unionmap:{{regexp:{{/./ pattern}}}}")
        #expect(try await union.lookup("part", isPart: true) == nil)
    }

    @Test func `no rules trap`() throws {
        var generator = SeededGenerator(seed: 5)
        let pieces = [
            "/", "a", "(", ")", "[", "]", "\\", "$1", "${", "}", "!", "if ", "endif", "\n", " ", "*", "x", "::1", "/8",
            "1.2.3.4",
        ]
        for _ in 0..<3_000 {
            let text = (0..<Int.random(in: 0...16, using: &generator)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &generator)]
            }.joined()
            let lines = Array(LogicalLines(Array(text.utf8)))
            _ = try? RegexpTable(specification: "regexp:fuzz", lines: lines).lookup("aax")
            _ = try? CIDRTable(specification: "cidr:fuzz", lines: lines).lookup("1.2.3.4")
        }
    }
}
