// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

@testable import MailStore

@Suite("Maildir++ storage")
struct MailStorageTests {
    let folder = TemporaryFolder()

    var storage: MailStorage { MailStorage(location: MailLocation(format: .maildir, root: folder.path + "/m")) }

    func append(_ text: String, to name: String) throws {
        let writer = try storage.open(name).beginAppend()
        try writer.write(Array(text.utf8))
        _ = try writer.commit()
    }

    func names() throws -> [String] { try storage.list().map(\.name) }

    @Test func `An empty store has an INBOX, which is made when it is opened`() throws {
        #expect(try storage.list() == [MailStorage.Entry(name: "INBOX", isSelectable: true, hasChildren: false)])
        #expect(try storage.open("InBoX").synchronise().messages == [])
        #expect(folder.names("m").contains("cur"))
        #expect(folder.mode("m") == 0o700)
    }

    @Test func `Mailboxes lie in folders with dots and modified UTF-7`() throws {
        try storage.create("Ärger/Sub")
        try storage.create("a&b")
        try storage.create("INBOX/Kid/")
        #expect(folder.names("m").filter { $0.hasPrefix(".") } == [".&AMQ-rger.Sub", ".INBOX.Kid", ".a&-b"])
        #expect(folder.names("m/.a&-b") == ["cur", "dovecot-uidlist", "maildirfolder", "new", "tmp"])
        let list = try storage.list()
        #expect(list.map(\.name) == ["INBOX", "INBOX/Kid", "a&b", "Ärger", "Ärger/Sub"])
        #expect(list.map(\.isSelectable) == [true, true, true, false, true])
        #expect(list.map(\.hasChildren) == [true, false, false, true, false])
        #expect(try storage.exists("Ärger/Sub"))
        #expect(try !storage.exists("Ärger"))
    }

    @Test func `The separator may be a dot`() throws {
        let dotted = MailStorage(location: storage.location, separator: ".")
        try dotted.create("A.B")
        #expect(try dotted.list().map(\.name) == ["INBOX", "A", "A.B"])
        #expect(try names() == ["INBOX", "A", "A/B"])
        #expect(throws: StoreError.self) { try dotted.create("A/B") }
    }

    @Test(arguments: [
        "", "/", "a//b", "/a", "a/", "..", "a/../b", "a.b", "~root", "a\u{0}b", "a\nb", "a\u{7f}",
        String(repeating: "x", count: 221), String(repeating: "é", count: 100),
        String(repeating: "a/", count: 40) + "a",
    ])
    func `Names that could lead elsewhere or do not fit are refused`(name: String) throws {
        let failure = #expect(throws: StoreError.self) { _ = try storage.open(name) }
        guard case .invalidName = failure?.reason else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(folder.names("") == [])
    }

    @Test func `What cannot be created, deleted or renamed is refused`() throws {
        try storage.create("A/B")
        let cases: [(StoreError.Reason?, () throws -> Void)] = [
            (.mailboxExists, { try storage.create("A/B") }), (.mailboxExists, { try storage.create("inbox") }),
            (.noSuchMailbox, { try storage.delete("X") }), (nil, { try storage.delete("INBOX") }),
            (nil, { try storage.delete("A") }), (.noSuchMailbox, { try storage.rename("X", to: "Y") }),
            (.mailboxExists, { try storage.rename("A/B", to: "INBOX") }), (nil, { try storage.rename("A", to: "A/C") }),
            (.noSuchMailbox, { _ = try storage.open("A") }),
        ]
        for (reason, body) in cases {
            let failure = #expect(throws: StoreError.self) { try body() }
            if let reason { #expect(failure?.reason == reason) }
        }
        #expect(try names() == ["INBOX", "A", "A/B"])
    }

    @Test func `A deleted mailbox leaves those below it, and a new one of its name has another UIDVALIDITY`() throws {
        try storage.create("A")
        try storage.create("A/B")
        try append("x\n", to: "A")
        let first = try storage.open("A").synchronise().uidValidity
        try storage.delete("A")
        #expect(try storage.list().map(\.isSelectable) == [true, false, true])
        #expect(folder.names("m").filter { $0.hasPrefix(".") } == [".A.B"])
        try storage.create("A")
        let view = try storage.open("A").synchronise()
        #expect(view.uidValidity > first)
        #expect(view.messages == [])
    }

    @Test func `A deletion that was interrupted is finished by the next listing`() throws {
        try folder.write("m/..relais-trash.1.ab/cur/1.x:2,", "x")
        #expect(try names() == ["INBOX"])
        #expect(folder.names("m") == [])
    }

    @Test func `A renamed mailbox takes those below it, its messages and UIDs along`() throws {
        try storage.create("A")
        try storage.create("A/B/C")
        try storage.create("AB")
        try append("x\n", to: "A/B/C")
        let before = try storage.open("A/B/C").synchronise()
        try storage.rename("A", to: "New/Place")
        #expect(try names() == ["INBOX", "AB", "New", "New/Place", "New/Place/B", "New/Place/B/C"])
        let after = try storage.open("New/Place/B/C").synchronise()
        #expect(after.uidValidity == before.uidValidity)
        #expect(after.messages.map(\.uid) == [1])
        try storage.rename("New/Place/B", to: "D")
        #expect(try names() == ["INBOX", "AB", "D", "D/C", "New", "New/Place"])
    }

    @Test func `To rename INBOX moves its messages and leaves it empty`() throws {
        try append("1\n", to: "INBOX")
        try append("2\n", to: "INBOX")
        try storage.create("INBOX/Kid")
        try storage.rename("INBOX", to: "Old")
        #expect(try storage.open("INBOX").synchronise().messages.count == 0)
        #expect(try storage.open("INBOX").synchronise().uidNext == 3)
        #expect(try storage.open("Old").synchronise().messages.count == 2)
        #expect(try names() == ["INBOX", "INBOX/Kid", "Old"])
    }

    @Test func `Subscriptions are those of Dovecot`() throws {
        try folder.write("m/subscriptions", "V\t2\n\n&AMQ-rger\tSub\nJunk\nINBOX\na&-b\n")
        #expect(try storage.subscriptions() == ["Ärger/Sub", "Junk", "INBOX", "a&b"])
        try storage.subscribe("New/One")
        try storage.subscribe("Junk")
        try storage.unsubscribe("inbox")
        try storage.unsubscribe("never")
        #expect(folder.text("m/subscriptions") == "V\t2\n\n&AMQ-rger\tSub\nJunk\na&-b\nNew\tOne\n")
        try folder.write("m/subscriptions", "A.B\n..\n\u{1}\nC\n")
        #expect(try storage.subscriptions() == ["A/B", "C"])
        #expect(
            try MailStorage(location: MailLocation(format: .maildir, root: folder.path + "/n")).subscriptions() == []
        )
    }

    @Test func `Locations are read`() throws {
        let location = try MailLocation("maildir:~/Maildir/", home: "/home/a")
        #expect(location == MailLocation(format: .maildir, root: "/home/a/Maildir"))
        #expect(throws: MailLocation.Failure.unknownFormat("mdbox")) { try MailLocation("mdbox:~/x", home: "/h") }
        #expect(throws: MailLocation.Failure.badPath("x")) { try MailLocation("maildir:x", home: "/h") }
        #expect(throws: MailLocation.Failure.badPath("")) { try MailLocation("maildir", home: "/h") }
        #expect(throws: MailLocation.Failure.unknownOption("FOO=1")) {
            try MailLocation("maildir:/x:FOO=1", home: "/h")
        }
    }
}
