// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import LookupTables

@Suite("Table types (DATABASE_README)")
struct TableOpenerTests {
    private func lookup(_ specification: String, _ key: String) throws -> String? {
        try TableOpener().open(specification).lookup(key)
    }

    @Test(
        arguments: [
            ("static:OK", "any", "OK"), ("static:{a b}", "any", "a b"), ("proxy:static:OK", "any", "OK"),
            ("inline:{ x=y, {A = c d} }", "a", "c d"), ("inline:{x=y}", "X", "y"), ("inline:{x=y}", "z", nil),
            ("unionmap:{static:1,inline:{k=2},inline:{z=3}}", "k", "1,2"),
            ("unionmap:{inline:{z=3}}", "k", nil), ("unionmap:{ {inline:{{k=a b}}} static:c }", "k", "a b,c"),
            ("pipemap:{inline:{k=1},inline:{1=end}}", "k", "end"), ("pipemap:{inline:{k=1},inline:{2=end}}", "k", nil),
            ("randmap:{one}", "k", "one"), ("cidr:{{10.0.0.0/8 in}}", "10.1.1.1", "in"),
            ("regexp:{{/^(.)b$/ <$1>}}", "ab", "<a>"), ("unix:passwd.byname", "no-such-user-here", nil),
            ("unix:group.byname", "no-such-group-here", nil),
        ]
    )
    func `a table answers`(specification: String, key: String, answer: String?) throws {
        #expect(try lookup(specification, key) == answer)
    }

    @Test func `accounts are given as lines of passwd(5) and group(5)`() throws {
        let user = try #require(try lookup("unix:passwd.byname", "root"))
        #expect(user.hasPrefix("root:") && user.contains(":0:0:") && user.split(separator: ":").count >= 5)
        let group = try #require(try lookup("unix:group.byname", "root"))
        #expect(group.hasPrefix("root:") && group.contains(":0:"))
        for key in ["root:x", "../root", "", "root\n", String(repeating: "r", count: 100_000)] {
            #expect(try lookup("unix:passwd.byname", key) == nil)
        }
    }

    @Test func `the environment is looked up with its case`() throws {
        let path = try #require(ProcessInfo.processInfo.environment["PATH"])
        #expect(try lookup("environ:x", "PATH") == path)
        #expect(try lookup("environ:x", "path") == ProcessInfo.processInfo.environment["path"])
    }

    @Test func `randmap answers all of its texts`() throws {
        let table = try TableOpener().open("randmap:{a, b}")
        let answers = try Set((0..<200).compactMap { _ in try table.lookup("k") })
        #expect(answers == ["a", "b"])
    }

    @Test func `a failing table is an error and not a missing key, also inside others and in lists`() async throws {
        for specification in ["fail:x", "unionmap:{static:1 fail:x}", "pipemap:{static:1 fail:x}"] {
            #expect(throws: LookupError.self, "\(specification)") { try lookup(specification, "k") }
        }
        await #expect(throws: LookupError.self) { try await TableList("inline:{z=1} fail:x static:3").lookup("k") }
        #expect(try await TableList("inline:{k=1} fail:x").lookup("k") == "1")
    }

    @Test(
        arguments: [
            ("hsah:/x", "perhaps \"hash\" is meant"), ("nonsense:/x", "known: btree cidr"), ("pcre:/x", "regexp:"),
            ("ldap:/x", "only daemons ask it"), ("alias", "type:name"), (":x", "type:name"), ("hash:", "type:name"),
            ("texthash:/no/such/file", "No such file"), ("texthash:/", "directory"), ("inline:{x}", "name = value"),
            ("inline:x=y", "braces"), ("randmap:{}", "empty"), ("unix:shadow.byname", "unix:passwd.byname"),
            ("cidr:{10.0.0.0/8 x}", "each rule"), ("unionmap:{nope:x}", "unknown table type"), ("", "type:name"),
        ]
    )
    func `what cannot be opened says why`(specification: String, reason: String) throws {
        let error = try #require(throws: TableOpenError.self) { try TableOpener().open(specification) }
        #expect(error.description.contains(reason))
    }

    @Test func `tables that hold each other too deeply are refused`() {
        var specification = "static:x"
        for _ in 0..<50 { specification = "unionmap:{{\(specification)}}" }
        #expect(throws: TableOpenError.self) { try TableOpener().open(specification) }
    }

    @Test func `keys from outside that no table can hold are not found`() throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "key value\n")
        _ = try TableBuilder().build(specification: "hash:\(source)")
        let tables = [
            "static:x", "inline:{key=value}", "texthash:\(source)", "hash:\(source)", "regexp:{{/^/ x}}",
            "cidr:{{0.0.0.0/0 x}}", "randmap:{x}", "environ:x",
        ]
        let keys = [
            "", "\0", "key\0", "\0key", "key\nkey", "key\r", "1.2.3.4\n", String(repeating: "k", count: 5000),
            String(repeating: "k", count: 3_000_000),
        ]
        for specification in tables {
            let table = try TableOpener().open(specification)
            for key in keys { #expect(try table.lookup(key) == nil, "\(specification)") }
        }
    }

    @Test func `a list splits at commas and white space outside of braces`() async throws {
        #expect(SpecificationSyntax.items(of: " a:b, c:{d, e} \n f:{{g h}} ") == ["a:b", "c:{d, e}", "f:{{g h}}"])
        #expect(SpecificationSyntax.items(of: "a:{b c") == ["a:{b c"])
        #expect(SpecificationSyntax.items(of: "a} b") == ["a}", "b"])
        #expect(try await TableList("").lookup("k") == nil)
        let list = try TableList("inline:{a=1}, static:2")
        #expect(try await list.lookup("a") == "1")
        #expect(try await list.lookup("b") == "2")
        #expect(list.specifications == ["inline:{a=1}", "static:2"])
    }

    @Test func `relative names stand in the opener's folder`() throws {
        let folder = TemporaryFolder()
        try folder.write("map", "k v\n")
        let opener = TableOpener(directory: folder.path)
        #expect(try opener.open("texthash:map").lookup("k") == "v")
    }

    @Test func `letters outside of ASCII fold too`() throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "J\u{D6}RG@example.org v\n")
        #expect(try lookup("texthash:\(source)", "j\u{F6}rg@Example.org") == "v")
        _ = try TableBuilder().build(specification: "hash:\(source)")
        #expect(try lookup("hash:\(source)", "j\u{F6}rg@Example.org") == "v")
    }

    @Test func `no specification traps`() {
        var generator = SeededGenerator(seed: 3)
        let pieces = [
            "static:", "inline:", "unionmap:", "regexp:", "cidr:", "{", "}", "=", "a", " ", ",", "/", "$1", "!", "\0",
        ]
        for _ in 0..<4_000 {
            let text = (0..<Int.random(in: 0...14, using: &generator)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &generator)]
            }.joined()
            if let table = try? TableOpener().open(text) { _ = try? table.lookup("a") }
        }
    }
}
