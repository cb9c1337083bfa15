// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailStore
import POSIX
import TestSupport
import Testing

@Suite("Deliveries into a storage")
struct StorageDeliveryTests {
    let folder = TemporaryFolder()
    let delivery = MailDelivery()
    static let content = "Subject: x\n\nhello\n"

    var maildir: MailStorage { MailStorage(location: MailLocation(mailbox: folder.path + "/m/")) }
    var mbox: MailStorage { MailStorage(location: MailLocation(mailbox: folder.path + "/box")) }

    func append(
        to storage: MailStorage,
        _ name: String = "INBOX",
        flags: MessageFlags = [],
        head: Int = 0
    ) throws {
        let source = try Descriptor.open(folder.write("queue", "12345678" + Self.content), .read)
        let message = DeliveredMessage(
            lines: Array("Return-Path: <a@b>\n".utf8),
            offset: 8,
            length: Self.content.utf8.count,
            head: Array(Self.content.utf8.prefix(head)),
            sender: "a@b"
        )
        let appended = try storage.append(message, from: source, to: name, flags: flags, date: 0, by: delivery)
        if case .owing(let placed) = appended { try placed.flush() }
    }

    @Test func `A path that ends in a slash is a Maildir, any other an mbox`() {
        #expect(MailLocation(mailbox: "/srv/bob/") == MailLocation(format: .maildir, root: "/srv/bob"))
        #expect(MailLocation(mailbox: "/srv/bob").format == .mbox)
        #expect(MailLocation(mailbox: "/srv/bob").inbox == "/srv/bob")
        #expect(MailLocation(mailbox: "//") == MailLocation(format: .maildir, root: "/"))
    }

    @Test(arguments: [0, 1, 12, 18])
    func `INBOX is made, and gets the message, whatever of it was read before`(head: Int) throws {
        try append(to: maildir, head: head)
        let names = folder.names("m/new")
        #expect(names.map { folder.text("m/new/" + $0) } == ["Return-Path: <a@b>\n" + Self.content])
        try append(to: mbox, "inbox", head: head)
        #expect(folder.text("box").hasSuffix("\nReturn-Path: <a@b>\n" + Self.content + "\n"))
    }

    @Test func `No index and no UID is written`() throws {
        try append(to: maildir)
        #expect(folder.names("m") == ["cur", "new", "tmp"])
        try append(to: mbox)
        #expect(Set(folder.names()) == ["box", "m", "queue"])
    }

    @Test(arguments: [MessageFlags.seen, [.flagged, .answered], [.seen, .flagged, .answered, .draft, .deleted]])
    func `Flags of a delivery are those that a reader finds`(flags: MessageFlags) throws {
        let box = MailLocation(format: .mbox, root: folder.path + "/folders", inbox: folder.path + "/box")
        for (storage, reader) in [(maildir, maildir), (mbox, MailStorage(location: box))] {
            try append(to: storage, flags: flags)
            let messages = try reader.open("INBOX").synchronise().messages
            #expect(messages.map(\.flags) == [flags], "\(storage.location.format)")
        }
        #expect(folder.names("m/new").isEmpty && folder.names("m/cur").count == 1)
    }

    @Test func `A folder of a Maildir gets mail where it is there`() throws {
        try maildir.create("Archiv/Ä")
        try append(to: maildir, "Archiv/Ä")
        #expect(folder.names("m/.Archiv.&AMQ-/new").count == 1 && folder.names("m/new").isEmpty)
        let failure = #expect(throws: DeliveryFailure.self) { try append(to: maildir, "Elsewhere") }
        #expect(failure?.reason == .system(.noSuchFileOrDirectory) && failure?.isTemporary == true)
        #expect(!folder.names("m").contains(".Elsewhere"))
    }

    @Test(arguments: ["", "..", "../x", "a//b", "/etc", "~root", "a\u{0}b", "a.b", "box", "queue"])
    func `No name leads out of the storage, and an mbox has no folders`(name: String) throws {
        try append(to: mbox)
        let before = folder.text("box")
        #expect(throws: DeliveryFailure.self) { try append(to: mbox, name) }
        #expect(throws: DeliveryFailure.self) { try append(to: maildir, name) }
        #expect(folder.text("box") == before && Set(folder.names()) == ["box", "queue"])
    }

    @Test func `A link in place of cur is refused`() throws {
        try append(to: maildir)
        try folder.makeFolder("other")
        rmdir(folder.path + "/m/cur")
        symlink(folder.path + "/other", folder.path + "/m/cur")
        #expect(throws: DeliveryFailure.self) { try append(to: maildir, flags: .seen) }
        #expect(folder.names("other").isEmpty && folder.names("m/tmp").isEmpty)
    }
}
