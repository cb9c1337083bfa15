// SPDX-License-Identifier: Apache-2.0
import AuthProtocol
import EventLoop
import Logging
import MailConfiguration
import POSIX
import SystemPackage
import TestSupport
import Testing

@testable import auth

@Suite struct `A passwd-file` {
    private static let text = """
        # comment
        bob@example.org:{PLAIN}secret:1000:100:Bob:/home/bob:/bin/sh:userdb_mail=maildir:~/Maildir nopassword allow_nets=10.0.0.0/8

        :nobody
        alice:{PLAIN}x\r
        carl:{PLAIN}y::::/home/carl
        alice:{PLAIN}second
        dora
        """

    private var table: PasswdFileTable { PasswdFileTable([UInt8](Self.text.utf8)) }

    @Test func `has its users with all their fields`() throws {
        let bob = try #require(table["bob@example.org"])
        #expect(bob.password == [UInt8]("{PLAIN}secret".utf8))
        #expect(bob.uid == "1000" && bob.gid == "100" && bob.home == "/home/bob")
        #expect(bob.userFields == ["uid": "1000", "gid": "100", "home": "/home/bob", "mail": "maildir:~/Maildir"])
        #expect(bob.passwordFields.contains("nopassword"))
        #expect(bob.passwordFields["allow_nets"] == "10.0.0.0/8")
        #expect(bob.passwordFields["userdb_home"] == "/home/bob")
    }

    @Test func `may leave out all but the name`() throws {
        #expect(table["alice"]?.password == [UInt8]("{PLAIN}x".utf8))
        #expect(table["carl"]?.userFields == ["home": "/home/carl"])
        #expect(table["dora"]?.password == nil)
        #expect(table.count == 4)
    }

    @Test func `knows neither comments nor nameless lines, and reports a user who comes twice`() {
        #expect(table["# comment"] == nil && table[""] == nil && table["ALICE"] == nil)
        #expect(table.unusable == [7])
        #expect(table.sample == [UInt8]("{PLAIN}secret".utf8))
    }

    @Test(arguments: ["", "\n", "a", "a\n", ":", "#", "\r\n\r\n", "a:b:c:d:e:f:g:h:i:j=k=l"])
    func `may be small`(_ text: String) {
        let table = PasswdFileTable([UInt8](text.utf8))
        #expect(table.count == (text.first == "a" ? 1 : 0))
        for user in table.users { #expect(table[user] != nil) }
    }

    @Test func `passes over lines that are too long or no text`() {
        let long = [UInt8](repeating: 65, count: PasswdFileTable.lineLimit + 1)
        let table = PasswdFileTable(long + [10, 0xFF, 0xFE, 58, 10] + [UInt8]("good:x\n".utf8))
        #expect(table.users == ["good"])
        #expect(table.unusable == [1, 2])
    }

    @Test func `does not trap on any bytes`() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            let table = PasswdFileTable(random.mutation(of: random.mutation(of: [UInt8](Self.text.utf8))))
            for user in table.users { _ = table[user]?.userFields }
        }
    }

    @Test func `is read again when it has changed, whether written over or replaced`() async throws {
        let folder = TemporaryFolder()
        let path = folder["users"]
        try folder.write("users", "a:{PLAIN}1\n")
        let files = try await onLoop { PasswdFiles(log: Logger(label: "test")) }
        #expect(try await onLoop { try await files.table(path)["a"]?.password } == [UInt8]("{PLAIN}1".utf8))
        try folder.write("users", "a:{PLAIN}22\n")
        #expect(try await onLoop { try await files.table(path)["a"]?.password } == [UInt8]("{PLAIN}22".utf8))
        try folder.write("new", "b:{PLAIN}33\n")
        #expect(rename(folder["new"], path))
        #expect(try await onLoop { try await files.table(path).users } == ["b"])
        try removeFile(path)
        await #expect(throws: Errno.noSuchFileOrDirectory) { try await onLoop { try await files.table(path).users } }
    }

    private func rename(_ old: String, _ new: String) -> Bool {
        guard let here = try? Descriptor.open("/", .directory) else { return false }
        return (try? here.rename(String(old.dropFirst()), to: String(new.dropFirst()), in: here)) != nil
    }

    @Test(
        arguments: zip(
            ["bob@example.org", "x@..", "..", "a@b/c", "x@."],
            ["/m/example.org/bob", nil, nil, "/m/b_c/a", nil]
        )
    )
    func `with variables in its path stays below its folder`(_ user: String, _ path: String?) throws {
        #expect(try PasswdFileDriver.expand("/m/%d/%n", DovecotVariables(user: user)) == path)
    }

    @Test func `with a filter in its path stays below its folder`() throws {
        let path = "/m/%{user | domain}/passwd"
        #expect(try PasswdFileDriver.expand(path, DovecotVariables(user: "root@..")) == nil)
        #expect(try PasswdFileDriver.expand(path, DovecotVariables(user: "a@b.example")) == "/m/b.example/passwd")
    }
}
