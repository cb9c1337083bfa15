// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import SystemPackage
import TestSupport
import Testing

@testable import MailStore

/// Links of a user among the mailboxes; here nothing but the store itself keeps them from being followed.
@Suite("Linked mailboxes")
struct LinkedMailboxTests {
    let folder = TemporaryFolder()
    private static let secret = "From b Sat Nov 21 02:15:00 2026\nSubject: secret\n\nbob's\n\n"

    init() throws {
        try folder.makeFolder("home/mail/deep")
        try folder.makeFolder("spool")
        try folder.write("spool/bob", Self.secret, mode: 0o600)
        link(folder["spool"], "home/mail/v")
        link(folder["spool"], "home/mail/deep/v")
        link(folder["spool/bob"], "home/mail/b")
        link(folder["spool/new"], "home/mail/d")
    }

    /// A link of a user, whoever runs the tests: those of root are the system's.
    private func link(_ target: String, _ name: String) {
        symlink(target, folder[name])
        if Surroundings.isRoot { lchown(folder[name], 61_001, 61_001) }
    }

    private var storage: MailStorage {
        MailStorage(
            location: MailLocation(format: .mbox, root: folder["home/mail"], inbox: folder["home/inbox"]),
            locking: MboxLocking(patience: LockPatience(attempts: 1, delay: 0, staleAfter: 1_000_000_000))
        )
    }

    private func append(_ name: String, in storage: MailStorage) throws {
        let writer = try storage.open(name).beginAppend()
        try writer.write(Array("Subject: own\n\nown\n".utf8))
        _ = try writer.commit()
    }

    @Test(arguments: ["v/bob", "deep/v/bob", "b", "v/dave", "d"])
    func `Nothing is opened, made, removed or renamed through a link`(name: String) throws {
        let storage = storage
        try storage.create("own")
        try append("own", in: storage)
        let own = try storage.open("own")
        let uids = try own.synchronise().messages.map(\.uid)
        #expect(uids.count == 1)
        let attempts: [(String, () throws -> Void)] = [
            ("open", { _ = try storage.open(name).synchronise() }),
            ("examine", { _ = try storage.open(name, readOnly: true).synchronise() }),
            ("append", { try append(name, in: storage) }),
            ("copy", { _ = try own.copy(uids, to: storage.open(name)) }),
            ("move", { _ = try own.move(uids, to: storage.open(name)) }),
            ("create", { try storage.create(name) }),
            ("create below", { try storage.create(name + "/below") }),
            ("delete", { try storage.delete(name) }),
            ("rename from", { try storage.rename(name, to: "taken") }),
            ("rename to", { try storage.rename("own", to: name) }),
        ]
        for (what, attempt) in attempts {
            #expect(throws: StoreError.self, "\(what)") { try attempt() }
            #expect(folder.names("spool") == ["bob"], "\(what)")
            #expect(folder.text("spool/bob") == Self.secret, "\(what)")
        }
        #expect(try !storage.exists(name))
        #expect(try storage.list().filter(\.isSelectable).map(\.name) == ["INBOX", "own"])
        #expect(try storage.open("own").synchronise().messages.count == 1)
    }

    @Test func `A name that leads to a mailbox is kept by the system's back-end at the last moment too`() throws {
        // The place was looked at and found good, then the folder became a link.
        let storage = storage
        try storage.create("sub/bob")
        let mailbox = try storage.open("sub/bob")
        _ = try mailbox.synchronise()
        rename(folder["home/mail/sub"], folder["home/mail/aside"])
        symlink(folder["spool"], folder["home/mail/sub"])
        #expect(throws: StoreError.self) { _ = try mailbox.expunge([1]) }
        #expect(throws: StoreError.self) { try storage.delete("sub/bob") }
        #expect(folder.names("spool") == ["bob"] && folder.text("spool/bob") == Self.secret)
    }

    @Test func `A root that is the user's own may be a link, one of others may not`() throws {
        rename(folder["home/mail"], folder["home/real"])
        link(folder["home/real"], "home/mail")
        try storage.create("own")
        #expect(folder.names("home/real").contains("own"))
        guard Surroundings.isRoot else { return }
        chown(folder["home/real"], 61_002, 61_002)
        #expect(throws: StoreError.self) { try storage.create("other") }
        #expect(throws: StoreError.self) { _ = try storage.list() }
        #expect(throws: StoreError.self) { try storage.subscribe("own") }
        #expect(!folder.names("home/real").contains("other") && !folder.names("home/real").contains(".subscriptions"))
    }

    @Test(.enabled(if: Surroundings.isRoot, "only root can give files away"))
    func `The file of another owner is no mailbox, whoever may read it`() throws {
        try folder.write("home/mail/foreign", Self.secret, mode: 0o666)
        chown(folder["home/mail/foreign"], 61_002, 61_002)
        #expect(throws: StoreError.self) { _ = try storage.open("foreign").synchronise() }
        #expect(try !storage.list().map(\.name).contains("foreign"))
        #expect(folder.text("home/mail/foreign") == Self.secret)
    }

    @Test(arguments: ["", "/new", "/cur", "/tmp"])
    func `A Maildir that is a link, or has one, is no mailbox`(part: String) throws {
        for name in ["", "/new", "/cur", "/tmp"] {
            try folder.makeFolder("other\(name)")
            if !(part.isEmpty || name == part) { try folder.makeFolder("m/.x\(name)") }
        }
        try folder.makeFolder("m")
        symlink(folder["other\(part)"], folder["m/.x\(part)"])
        let storage = MailStorage(location: MailLocation(format: .maildir, root: folder["m"]))
        #expect(throws: StoreError.self) { try append("x", in: storage) }
        #expect(throws: StoreError.self) { _ = try storage.open("x").synchronise() }
        for name in ["new", "cur", "tmp"] { #expect(folder.names("other/\(name)").isEmpty) }
        #expect(folder.names("other").sorted() == ["cur", "new", "tmp"])
    }

    @Test(.enabled(if: Surroundings.isRoot, "only root can give files away"), arguments: ["", "/new", "/tmp"])
    func `A delivery into a Maildir of which a folder is another's is refused`(part: String) throws {
        for name in ["", "/new", "/cur", "/tmp"] { try folder.makeFolder("m\(name)") }
        chown(folder["m\(part)"], 61_002, 61_002)
        #expect(throws: DeliveryFailure.self) {
            try MaildirDelivery().deliver(Array("x\n".utf8), to: folder["m"], owner: geteuid())
        }
        #expect(folder.names("m/new").isEmpty && folder.names("m/tmp").isEmpty)
    }

    @Test(.enabled(if: Surroundings.isRoot, "only root can give files away"))
    func `A delivery is not led into another owner's folder by a link`() throws {
        chown(folder["spool"], 61_002, 61_002)
        let envelope = MboxDelivery.Envelope(sender: "a@b.test", time: 0, owner: geteuid())
        for name in ["v/new", "v/bob"] {
            #expect(throws: DeliveryFailure.self) {
                try MboxDelivery().deliver(Array("x\n".utf8), to: folder["home/mail/\(name)"], envelope: envelope)
            }
        }
        #expect(folder.names("spool") == ["bob"] && folder.text("spool/bob") == Self.secret)
    }
}
