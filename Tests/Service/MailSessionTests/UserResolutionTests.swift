// SPDX-License-Identifier: Apache-2.0
import AuthProtocol
import Foundation
import InternalProtocols
import MailConfiguration
import MailSession
import MailStore
import Testing

@Suite("Whose process serves a user")
struct UserResolutionTests {
    private func resolution(_ text: String, isRoot: Bool = true) throws -> UserResolution {
        let (configuration, _) = DovecotConfiguration.parse(Array(text.utf8), file: "dovecot.conf")
        return UserResolution(places: try MailPlaces(configuration, service: "imap"), isRoot: isRoot)
    }

    private func entry(_ uid: UInt32?, _ gid: UInt32?, home: String? = "/nowhere/joe", mail: String? = nil) -> UserEntry
    {
        UserEntry(user: "joe", uid: uid, gid: gid, home: home, mail: mail)
    }

    @Test("Identities that mail may not have are refused", arguments: [(0, 1000), (499, 1000), (1000, 0)])
    func refusal(_ uid: UInt32, _ gid: UInt32) throws {
        let resolution = try resolution("mail_location = maildir:~/Maildir\n")
        #expect(throws: (any Error).self) { try resolution.resolve(entry(uid, gid)) }
    }

    @Test func `A user without uid gets mail_uid, and without it is refused`() throws {
        let configured = try resolution("mail_uid = 5000\nmail_gid = 5001\nmail_location = maildir:~/Maildir\n")
        let user = try configured.resolve(entry(nil, nil))
        #expect(user.uid == 5000)
        #expect(user.gid == 5001)
        #expect(user.groups == [5001])
        let bare = try resolution("mail_location = maildir:~/Maildir\n")
        #expect(throws: (any Error).self) { try bare.resolve(entry(nil, 1000)) }
    }

    @Test func `first_valid_uid and last_valid_uid are bounds`() throws {
        let resolution = try resolution("first_valid_uid = 100\nlast_valid_uid = 200\n")
        #expect(try resolution.resolve(entry(100, 1)).uid == 100)
        #expect(throws: (any Error).self) { try resolution.resolve(entry(201, 1)) }
    }

    @Test func `Without root everybody is who runs the process`() throws {
        let resolution = try resolution("mail_location = maildir:~/Maildir\n", isRoot: false)
        #expect(try resolution.resolve(entry(0, 0)).uid == Int(geteuid()))
    }

    @Test("A name or a home must not lead out of its folder", arguments: ["/home/../etc", "relative"])
    func badHome(_ home: String) throws {
        let resolution = try resolution("mail_location = maildir:~/Maildir\n")
        #expect(throws: (any Error).self) { try resolution.resolve(entry(1000, 1000, home: home)) }
    }

    @Test func `A user name with dots is no path`() throws {
        let resolution = try resolution("mail_location = maildir:/srv/mail/%u\n")
        let hostile = UserEntry(user: "../joe", uid: 1000, gid: 1000, home: "/srv/joe")
        #expect(throws: (any Error).self) { try resolution.resolve(hostile) }
    }

    @Test func `Users of one uid below one folder share a process, others do not`() throws {
        let folder = NSTemporaryDirectory() + "root-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for user in ["a", "b"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(user)", withIntermediateDirectories: true)
        }
        let resolution = try resolution("mail_location = maildir:~/Maildir\n", isRoot: false)
        func user(_ name: String, home: String) throws -> MailIdentity {
            try resolution.resolve(UserEntry(user: name, uid: 1, gid: 1, home: home))
        }
        let first = try resolution.key(of: user("a", home: "\(folder)/a"))
        let second = try resolution.key(of: user("b", home: "\(folder)/b"))
        let other = try resolution.key(of: user("c", home: "/nowhere/c"))
        #expect(first == second)
        #expect(UserRoot.contains(first.root, folder))
        #expect(other.root == "/nowhere/c")
        #expect(first.socketName(service: "imap") == second.socketName(service: "imap"))
        #expect(first.socketName(service: "imap") != other.socketName(service: "imap"))
        #expect(other.socketName(service: "imap").hasPrefix("imap.\(geteuid())."))
        #expect(try resolution.belongs(user("b", home: "\(folder)/b"), to: first))
        #expect(try !resolution.belongs(user("c", home: "/nowhere/c"), to: first))
    }

    @Test func `Folders of mail outside of the root belong to the key`() throws {
        let resolution = try resolution("mail_location = mbox:~/mail:INBOX=/nowhere/spool/%u\n", isRoot: false)
        let user = try resolution.resolve(UserEntry(user: "joe", uid: 1, gid: 1, home: "/nowhere/home/joe"))
        let key = try resolution.key(of: user)
        #expect(key.root == "/nowhere/home/joe")
        #expect(key.others == ["/nowhere/spool"])
    }
}

@Suite("Where a user's mail is")
struct MailPlacesTests {
    private func storage(_ text: String, user: String = "joe@example.org") throws -> MailStorage {
        let (configuration, _) = DovecotConfiguration.parse(Array(text.utf8), file: "dovecot.conf")
        let places = try MailPlaces(configuration, service: "imap")
        let location = try places.location(user: user, home: "/nowhere/joe", override: "")
        return try places.storage(location, user: user, home: "/nowhere/joe")
    }

    @Test func `mail_location is expanded for the user`() throws {
        #expect(
            try storage("mail_location = maildir:/srv/%d/%n\n").location
                == MailLocation(format: .maildir, root: "/srv/example.org/joe")
        )
        #expect(try storage("mail_location = maildir:~/M\n").location.root == "/nowhere/joe/M")
    }

    @Test func `Nothing said is a Maildir in the home folder`() throws {
        #expect(try storage("").location == MailLocation(format: .maildir, root: "/nowhere/joe/Maildir"))
    }

    @Test func `The separator is the namespace's, or what is usual with the store`() throws {
        #expect(try storage("mail_location = maildir:~/M\n").separator == ".")
        #expect(try storage("mail_location = mbox:~/m\n").separator == "/")
        let configured = "mail_location = maildir:~/M\nnamespace inbox {\n inbox = yes\n separator = /\n}\n"
        #expect(try storage(configured).separator == "/")
    }

    @Test func `A driver that we do not have is refused`() {
        #expect(throws: (any Error).self) { try storage("mail_location = mdbox:~/m\n") }
    }
}
