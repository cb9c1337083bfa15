// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailStore
import POSIX
import TestSupport
import Testing

@testable import local

@Suite struct MailboxWriterTests {
    static let content = "Subject: hello\n\nFrom here\n"
    /// Ids that no account has: the file system does not ask for names.
    static let stranger = Identity(name: "relais-joe", uid: 64_321, gid: 64_322)
    static let mailGroup = 64_323

    static func user(home: String) -> Identity {
        if !Privileges.isRoot {
            return Identity(name: "joe", uid: Identity.effectiveUser, gid: Identity.effectiveGroup, home: home)
        }
        return Identity(name: "joe", uid: stranger.uid, gid: stranger.gid, home: home)
    }

    static func message(header: String = "Delivered-To: joe@example.org\n") -> MailboxWriter.Message {
        MailboxWriter.Message(
            sender: "ann@example.com",
            header: Array(header.utf8),
            contentOffset: 0,
            contentLength: content.utf8.count
        )
    }

    /// Delivers one message; as root to a stranger, otherwise to the own user.
    static func deliver(_ settings: LocalSettings, in folder: TemporaryFolder, home: String) throws -> String {
        let writer = MailboxWriter(settings, changesOwner: Privileges.isRoot)
        let file = try Descriptor.open(folder.write("message", content), .read)
        return try writer.deliver(message(), file, to: user(home: home))
    }

    static func giveAway(_ path: String) {
        if Privileges.isRoot { chown(path, stranger.uid, stranger.gid) }
    }

    @Test func `Mail goes into the home's Maildir, private to its owner`() throws {
        let folder = TemporaryFolder()
        let home = try folder.makeFolder("home", mode: 0o700)
        Self.giveAway(home)
        var settings = LocalSettings()
        settings.homeMailbox = "Maildir/"
        #expect(try Self.deliver(settings, in: folder, home: home) == "delivered to maildir")
        let names = folder.names("home/Maildir/new")
        #expect(names.count == 1)
        let text = folder.text("home/Maildir/new/\(names.first ?? "")")
        #expect(text == "Delivered-To: joe@example.org\n" + Self.content)
        let user = Self.user(home: home)
        #expect(folder.access("home/Maildir") == [Int(user.uid), Int(user.gid), 0o700])
        #expect(folder.access("home/Maildir/new/\(names.first ?? "")").first == Int(user.uid))
    }

    @Test func `Mail goes into the home's mbox, private to its owner`() throws {
        let folder = TemporaryFolder()
        let home = try folder.makeFolder("home", mode: 0o700)
        Self.giveAway(home)
        var settings = LocalSettings()
        settings.homeMailbox = "mbox"
        #expect(try Self.deliver(settings, in: folder, home: home) == "delivered to mailbox")
        #expect(try Self.deliver(settings, in: folder, home: home) == "delivered to mailbox")
        let text = folder.text("home/mbox")
        #expect(text.hasPrefix("From ann@example.com  "))
        #expect(text.components(separatedBy: "\nFrom ann@example.com").count == 2)
        #expect(text.contains("\n>From here\n"))
        let user = Self.user(home: home)
        #expect(folder.access("home/mbox") == [Int(user.uid), Int(user.gid), 0o600])
        #expect(folder.names("home") == ["mbox"], "the lock file is gone")
    }

    @Test func `The spool's mailbox belongs to the user and the spool's group, mode 0600`() throws {
        let folder = TemporaryFolder()
        let spool = try folder.makeFolder("spool")
        let group = Privileges.isRoot ? Self.mailGroup : Int(Identity.effectiveGroup)
        if Privileges.isRoot { chown(spool, 0, gid_t(group)) }
        chmod(spool, 0o2775)
        var settings = LocalSettings()
        settings.spool = spool
        #expect(try Self.deliver(settings, in: folder, home: "/nonexistent") == "delivered to mailbox")
        let user = Self.user(home: "")
        #expect(folder.access("spool/joe") == [Int(user.uid), group, 0o600])
        #expect(folder.names("spool") == ["joe"])
    }

    @Test func `In a spool that everybody may write to the mailbox is the user's alone`() throws {
        let folder = TemporaryFolder()
        let spool = try folder.makeFolder("spool", mode: 0o1777)
        var settings = LocalSettings()
        settings.spool = spool
        _ = try Self.deliver(settings, in: folder, home: "/nonexistent")
        let user = Self.user(home: "")
        #expect(folder.access("spool/joe") == [Int(user.uid), Int(user.gid), 0o600])
    }

    @Test func `A spool that ends in a slash holds Maildirs`() throws {
        let folder = TemporaryFolder()
        let spool = try folder.makeFolder("spool", mode: 0o1777)
        var settings = LocalSettings()
        settings.spool = spool + "/"
        #expect(try Self.deliver(settings, in: folder, home: "/nonexistent") == "delivered to maildir")
        #expect(folder.names("spool/joe/new").count == 1)
    }

    @Test func `A mailbox over its limit fails for good, and keeps what it had`() throws {
        let folder = TemporaryFolder()
        let home = try folder.makeFolder("home", mode: 0o700)
        Self.giveAway(home)
        var settings = LocalSettings()
        settings.homeMailbox = "mbox"
        settings.sizeLimit = 150
        _ = try Self.deliver(settings, in: folder, home: home)
        let before = folder.text("home/mbox")
        do {
            _ = try Self.deliver(settings, in: folder, home: home)
            Issue.record("delivered over the limit")
        } catch MailboxWriter.Refusal.mailbox(let failure) {
            #expect(failure.status == "5.2.3" && !failure.isTemporary)
        }
        #expect(folder.text("home/mbox") == before)
    }

    @Test func `A mailbox that is a link is refused`() throws {
        let folder = TemporaryFolder()
        let home = try folder.makeFolder("home", mode: 0o700)
        let target = try folder.write("home/other", "")
        symlink(target, home + "/mbox")
        Self.giveAway(home)
        Self.giveAway(target)
        var settings = LocalSettings()
        settings.homeMailbox = "mbox"
        #expect(throws: MailboxWriter.Refusal.self) { try Self.deliver(settings, in: folder, home: home) }
        #expect(folder.text("home/other").isEmpty)
    }

    @Test func `Root gets no mailbox`() throws {
        let folder = TemporaryFolder()
        let writer = MailboxWriter(LocalSettings(), changesOwner: true)
        let file = try Descriptor.open(folder.write("message", Self.content), .read)
        let text = "root has no mailbox here: alias root to a person in alias_maps"
        #expect(throws: MailboxWriter.Refusal.policy(text)) {
            try writer.deliver(Self.message(), file, to: Identity(name: "root", uid: 0, gid: 0, home: "/root"))
        }
    }

    @Test func `Without root only the own user gets mail`() throws {
        let folder = TemporaryFolder()
        let writer = MailboxWriter(LocalSettings(), changesOwner: false)
        let file = try Descriptor.open(folder.write("message", Self.content), .read)
        #expect(throws: MailboxWriter.Refusal.self) {
            try writer.deliver(Self.message(), file, to: Self.stranger)
        }
    }

    @Test(arguments: [true, false])
    func `A home that is not there delays the mail, with require_home_directory in so many words`(_ needs: Bool) throws
    {
        let folder = TemporaryFolder()
        var settings = LocalSettings()
        settings.homeMailbox = "mbox"
        settings.needsHome = needs
        do {
            _ = try Self.deliver(settings, in: folder, home: folder.path + "/none")
            Issue.record("delivered into nothing")
        } catch MailboxWriter.Refusal.mailbox(let failure) {
            #expect(failure.isTemporary && failure.action == (needs ? "access home directory" : "open directory"))
        }
    }

    @Test(.enabled(if: Privileges.isRoot, "needs root: takes the ids of others"))
    func `A delivery reaches no other user's folder, and leaves the thread as it was`() throws {
        let folder = TemporaryFolder()
        let home = try folder.makeFolder("home", mode: 0o700)
        chown(home, 64_400, 64_400)
        var settings = LocalSettings()
        settings.homeMailbox = "mbox"
        do {
            _ = try Self.deliver(settings, in: folder, home: home)
            Issue.record("delivered into another user's home")
        } catch MailboxWriter.Refusal.mailbox(let failure) {
            #expect(failure.reason == .system(.permissionDenied) && failure.isTemporary)
        }
        try folder.write("home/as-root", "x")
        #expect(folder.access("home/as-root").first == 0)
    }

    @Test func `The mailbox follows home_mailbox, then the spool`() {
        let joe = Identity(name: "joe", uid: 1000, gid: 1000, home: "/home/joe")
        var settings = LocalSettings()
        #expect(UserMailbox.of(joe, settings)?.mailbox == .mbox("/var/mail/joe"))
        settings.spool = "/var/mail/"
        #expect(UserMailbox.of(joe, settings)?.mailbox == .maildir("/var/mail/joe/"))
        settings.homeMailbox = "Maildir/"
        #expect(UserMailbox.of(joe, settings)?.mailbox == .maildir("/home/joe/Maildir/"))
        settings.homeMailbox = "mail/inbox"
        #expect(UserMailbox.of(joe, settings)?.mailbox == .mbox("/home/joe/mail/inbox"))
        #expect(UserMailbox.of(Identity(name: "joe", uid: 1, gid: 1, home: ""), settings) == nil)
    }

    @Test(arguments: ["", ".", "..", "a/b", "/etc/passwd"])
    func `A name that is no file name has no mailbox in the spool`(_ name: String) {
        #expect(UserMailbox.of(Identity(name: name, uid: 1000, gid: 1000), LocalSettings()) == nil)
    }

    @Test(
        arguments: [
            ("/home/joe", "/home"), ("/srv/people/joe/", "/srv/people"), ("/joe", "/joe"), ("/", nil), ("", nil),
            ("joe", nil), ("/home/../etc/joe", nil),
        ] as [(String, String?)]
    )
    func `Homes are reached through their parent folder, never through the root folder`(_ row: (String, String?)) {
        #expect(Identity.folder(ofHome: row.0) == row.1)
        #expect(Identity.homeFolders().contains("/home") && !Identity.homeFolders().contains("/"))
    }
}
