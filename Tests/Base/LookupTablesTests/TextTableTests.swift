// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import LookupTables

@Suite("Text sources (postmap(1), aliases(5))")
struct TextTableTests {
    private func parse(_ text: String, _ format: SourceFormat = .map) -> TextTableParser {
        TextTableParser(Array(text.utf8), source: "source", format: format)
    }

    @Test func `entries are key, white space, value, with comments and continued lines`() {
        let parser = parse(
            """
            # comment
               # indented comment
            alice@example.org    alice

            Bob@Example.ORG\tbob,
            # within
              carol
               \tdave  \r
            "a b"@example.org  quoted
            a\\ b@example.org  escaped
            """
        )
        #expect(
            parser.dictionary == [
                "alice@example.org": "alice", "bob@example.org": "bob,  carol   \tdave",
                "\"a b\"@example.org": "quoted", "a\\ b@example.org": "escaped",
            ]
        )
        #expect(parser.notices.isEmpty)
    }

    @Test func `faulty lines are skipped, each with a notice that names its line`() {
        let parser = TextTableParser(
            Array("good one\nlonely\n".utf8) + [0xFF, 0x20, 0x41, 0x0A] + Array("GOOD two\nnul\0 x\n".utf8),
            source: "file",
            format: .map
        )
        #expect(parser.dictionary == ["good": "one"])
        #expect(
            parser.notices.map(\.description) == [
                "file, line 2: expected format: key whitespace value; this line is ignored",
                "file, line 3: not UTF-8 text; this line is ignored",
                "file, line 4: duplicate entry \"good\"; line 1 counts",
                "file, line 5: not UTF-8 text; this line is ignored",
            ]
        )
    }

    @Test func `a source of aliases is recognised`() {
        let text = """
            postmaster: root
            Root:alice
            list: :include:/etc/list
            "odd name": "|/usr/bin/program --flag", bob
            spaced : carol,
              dave
            """
        let expected = [
            "postmaster": "root", "root": "alice", "list": ":include:/etc/list",
            "odd name": "\"|/usr/bin/program --flag\", bob", "spaced": "carol,  dave",
        ]
        #expect(parse(text, .detected).dictionary == expected)
        #expect(parse(text, .aliases).dictionary == expected)
    }

    @Test(
        arguments: [
            "2001:db8::1 OK", "example.org smtp:[192.0.2.1]:25", "alice@example.org /path/to:box", "a b\nc: d",
            "2001:db8 OK",
        ]
    )
    func `a map with colons is not taken for aliases`(text: String) throws {
        let key = try #require(text.split(separator: " ").first)
        #expect(parse(text, .detected).dictionary[String(key)] != nil)
    }

    @Test func `an aliases line without a colon is a notice`() {
        let parser = parse("root: alice\nbroken line\n", .aliases)
        #expect(parser.dictionary == ["root": "alice"])
        #expect(parser.notices.map(\.line) == [2])
    }

    @Test func `an empty source is an empty table`() {
        for text in ["", "\n\n", "# only\n", "   "] { #expect(parse(text, .detected).entries.count == 0) }
    }

    @Test func `a continued line before any other begins an entry`() {
        #expect(parse("  key value\n").dictionary == ["key": "value"])
    }

    @Test func `no source traps`() {
        var generator = SeededGenerator(seed: 11)
        let alphabet = Array("ab:\"\\ \t\n#,{}\0".utf8) + [0xC3, 0xA9, 0xFF]
        for _ in 0..<4_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            for format in [SourceFormat.map, .aliases, .detected] {
                let parser = TextTableParser(bytes, source: "fuzz", format: format)
                #expect(parser.entries.pairs.allSatisfy { !$0.key.isEmpty && !$0.value.isEmpty })
            }
        }
    }
}

extension TextTableParser {
    fileprivate var dictionary: [String: String] {
        Dictionary(entries.pairs.map { ($0.key, $0.value) }) { first, _ in first }
    }
}
