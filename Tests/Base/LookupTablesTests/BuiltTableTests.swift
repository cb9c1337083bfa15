// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import LookupTables

@Suite("Built tables (hash: btree: lmdb:)")
struct BuiltTableTests {
    @Test(arguments: ["hash", "btree", "lmdb"])
    func `a built table answers as its text does`(type: String) throws {
        let folder = TemporaryFolder()
        let source = try folder.write(
            "map",
            "alice@example.org a\nBOB@example.org b c\nalice@example.org twice\nlonely\n"
        )
        let outcome = try TableBuilder().build(specification: "\(type):\(source)")
        #expect(outcome.path == "\(source).lmdb")
        #expect(outcome.count == 2)
        #expect(outcome.notices.map(\.line) == [3, 4])
        let table = try TableOpener().open("\(type):\(source)")
        #expect(table is LMDBTable)
        #expect(table.notices.isEmpty)
        #expect(try table.lookup("Alice@Example.org") == "a")
        #expect(try table.lookup("bob@example.org") == "b c")
        #expect(try table.lookup("carol@example.org") == nil)
        #expect(try table.lookup(String(repeating: "x", count: 600)) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["map", "map.lmdb"])
    }

    @Test func `a table that is not built yet is read from its text, with a notice`() throws {
        let folder = TemporaryFolder()
        let source = try folder.write("aliases", "root: alice\n")
        let table = try TableOpener().open("hash:\(source)")
        #expect(try table.lookup("ROOT") == "alice")
        #expect(table.notices.count == 1)
        #expect(table.notices.first?.text.contains("mailctl map hash:\(source)") == true)
    }

    @Test func `a built table older than its text says that it is stale`() throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "k old\n")
        _ = try TableBuilder().build(specification: "hash:\(source)")
        let table = try TableOpener().open("hash:\(source)")
        #expect(table.staleness() == nil)
        try folder.write("map", "k new\n")
        try folder.touch("map", secondsFromNow: 60)
        #expect(table.staleness()?.text.contains("newer") == true)
        #expect(try TableOpener().open("hash:\(source)").notices.count == 1)
        #expect(try table.lookup("k") == "old")
    }

    @Test func `readers keep the table they opened`() throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "k old\n")
        _ = try TableBuilder().build(specification: "hash:\(source)")
        let old = try TableOpener().open("hash:\(source)")
        try folder.write("map", "k new\nl more\n")
        _ = try TableBuilder().build(specification: "hash:\(source)")
        #expect(try old.lookup("k") == "old")
        #expect(try old.lookup("l") == nil)
        #expect(try TableOpener().open("hash:\(source)").lookup("k") == "new")
    }

    @Test func `the built file may be read by those who may read its source`() throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "k v\n")
        for (mode, expected) in [(0o640, 0o640), (0o600, 0o600), (0o664, 0o644), (0o444, 0o644)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: source)
            let path = try TableBuilder().build(specification: "hash:\(source)").path
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect((attributes[.posixPermissions] as? Int) == expected)
        }
    }

    @Test func `many entries in any order, and keys too long for the file`() throws {
        let folder = TemporaryFolder()
        var text = (0..<20_000).reversed().map { "user\($0)@example.org box\($0)" }.joined(separator: "\n")
        text += "\n\(String(repeating: "x", count: 512)) v\n\(String(repeating: "y", count: 511)) v\n"
        text += "big \(String(repeating: "v", count: 100_000))\n"
        let source = try folder.write("map", text)
        let outcome = try TableBuilder().build(specification: "hash:\(source)")
        #expect(outcome.count == 20_002)
        #expect(outcome.notices.count == 1)
        let table = try TableOpener().open("hash:\(source)")
        for number in stride(from: 0, to: 20_000, by: 997) {
            #expect(try table.lookup("user\(number)@example.org") == "box\(number)")
        }
        #expect(try table.lookup(String(repeating: "y", count: 511)) == "v")
        #expect(try table.lookup("big")?.utf8.count == 100_000)
    }

    @Test func `an empty source builds an empty table`() throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "# nothing\n")
        #expect(try TableBuilder().build(specification: "hash:\(source)").count == 0)
        #expect(try TableOpener().open("hash:\(source)").lookup("k") == nil)
    }

    @Test func `what is no built file is an error, not an empty table`() throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "k v\n")
        for content in ["", "garbage", String(repeating: "x", count: 100_000)] {
            try folder.write("map.lmdb", content)
            #expect(throws: TableOpenError.self) { try TableOpener().open("hash:\(source)") }
        }
    }

    @Test func `only types with a built form are built`() throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "k v\n")
        for bad in ["texthash:\(source)", "regexp:\(source)", "nope:x", "hash:\(source)-missing"] {
            #expect(throws: TableOpenError.self) { try TableBuilder().build(specification: bad) }
        }
    }

    @Test func `a table is asked from several threads`() async throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", (0..<500).map { "k\($0) v\($0)\n" }.joined())
        _ = try TableBuilder().build(specification: "hash:\(source)")
        let table = try TableOpener().open("hash:\(source)")
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask { (0..<500).allSatisfy { (try? table.lookup("k\($0)")) == "v\($0)" } }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
