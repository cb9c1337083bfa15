// SPDX-License-Identifier: Apache-2.0
import EventLoop
import FinalDelivery
import Foundation
import MailStore
import POSIX
import Service
import SystemPackage
import TestSupport
import Testing

@testable import local

@Suite struct UserMailboxesTests {
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

    /// Delivers one message; as root to a stranger, otherwise to the own user.
    static func deliver(_ settings: LocalSettings, in folder: TemporaryFolder, home: String) async throws -> String {
        let target = try UserMailboxes(settings, changesOwner: Privileges.isRoot).target(user(home: home))
        let path = try folder.write("message", content)
        return try await onLoop {
            let writer = MailboxWriter(settings.delivery, Privileges.isRoot ? .ofEachOwner : .own)
            let message = DeliveredMessage(
                lines: Array("Delivered-To: joe@example.org\n".utf8),
                offset: 0,
                length: content.utf8.count,
                sender: "ann@example.com"
            )
            return try await writer.write(message, from: SharedMessage(try Descriptor.open(path, .read)), to: target)
        }
    }

    static func giveAway(_ path: String) {
        if Privileges.isRoot { chown(path, stranger.uid, stranger.gid) }
    }

    @Test func `Mail goes into the home's Maildir, private to its owner`() async throws {
        let folder = TemporaryFolder()
        let home = try folder.makeFolder("home", mode: 0o700)
        Self.giveAway(home)
        var settings = LocalSettings()
        settings.homeMailbox = "Maildir/"
        #expect(try await Self.deliver(settings, in: folder, home: home) == "delivered to maildir")
        let names = folder.names("home/Maildir/new")
        #expect(names.count == 1)
        let text = folder.text("home/Maildir/new/\(names.first ?? "")")
        #expect(text == "Delivered-To: joe@example.org\n" + Self.content)
        let user = Self.user(home: home)
        #expect(folder.access("home/Maildir") == [Int(user.uid), Int(user.gid), 0o700])
        #expect(folder.access("home/Maildir/new/\(names.first ?? "")").first == Int(user.uid))
    }

    @Test func `Mail goes into the home's mbox, private to its owner`() async throws {
        let folder = TemporaryFolder()
        let home = try folder.makeFolder("home", mode: 0o700)
        Self.giveAway(home)
        var settings = LocalSettings()
        settings.homeMailbox = "mbox"
        #expect(try await Self.deliver(settings, in: folder, home: home) == "delivered to mailbox")
        #expect(try await Self.deliver(settings, in: folder, home: home) == "delivered to mailbox")
        let text = folder.text("home/mbox")
        #expect(text.hasPrefix("From ann@example.com  "))
        #expect(text.components(separatedBy: "\nFrom ann@example.com").count == 2)
        #expect(text.contains("\n>From here\n"))
        let user = Self.user(home: home)
        #expect(folder.access("home/mbox") == [Int(user.uid), Int(user.gid), 0o600])
        #expect(folder.names("home") == ["mbox"], "the lock file is gone")
    }

    @Test func `The spool's mailbox belongs to the user and the spool's group, mode 0600`() async throws {
        let folder = TemporaryFolder()
        let spool = try folder.makeFolder("spool")
        let group = Privileges.isRoot ? Self.mailGroup : Int(Identity.effectiveGroup)
        if Privileges.isRoot { chown(spool, 0, gid_t(group)) }
        chmod(spool, 0o2775)
        var settings = LocalSettings()
        settings.spool = spool
        #expect(try await Self.deliver(settings, in: folder, home: "/nonexistent") == "delivered to mailbox")
        let user = Self.user(home: "")
        #expect(folder.access("spool/joe") == [Int(user.uid), group, 0o600])
        #expect(folder.names("spool") == ["joe"])
    }

    @Test func `In a spool that everybody may write to the mailbox is the user's alone`() async throws {
        let folder = TemporaryFolder()
        let spool = try folder.makeFolder("spool", mode: 0o1777)
        var settings = LocalSettings()
        settings.spool = spool
        _ = try await Self.deliver(settings, in: folder, home: "/nonexistent")
        let user = Self.user(home: "")
        #expect(folder.access("spool/joe") == [Int(user.uid), Int(user.gid), 0o600])
    }

    @Test func `A spool that ends in a slash holds Maildirs`() async throws {
        let folder = TemporaryFolder()
        let spool = try folder.makeFolder("spool", mode: 0o1777)
        var settings = LocalSettings()
        settings.spool = spool + "/"
        #expect(try await Self.deliver(settings, in: folder, home: "/nonexistent") == "delivered to maildir")
        #expect(folder.names("spool/joe/new").count == 1)
    }

    @Test func `A mailbox over its limit fails for good, and keeps what it had`() async throws {
        let folder = TemporaryFolder()
        let home = try folder.makeFolder("home", mode: 0o700)
        Self.giveAway(home)
        var settings = LocalSettings()
        settings.homeMailbox = "mbox"
        settings.sizeLimit = 150
        _ = try await Self.deliver(settings, in: folder, home: home)
        let before = folder.text("home/mbox")
        do {
            _ = try await Self.deliver(settings, in: folder, home: home)
            Issue.record("delivered over the limit")
        } catch let failure as DeliveryFailure {
            #expect(failure.status == "5.2.3" && !failure.isTemporary)
        }
        #expect(folder.text("home/mbox") == before)
    }

    @Test func `A mailbox that is a link is refused`() async throws {
        let folder = TemporaryFolder()
        let home = try folder.makeFolder("home", mode: 0o700)
        let target = try folder.write("home/other", "")
        symlink(target, home + "/mbox")
        Self.giveAway(home)
        Self.giveAway(target)
        var settings = LocalSettings()
        settings.homeMailbox = "mbox"
        await #expect(throws: DeliveryFailure.self) {
            try await Self.deliver(settings, in: folder, home: home)
        }
        #expect(folder.text("home/other").isEmpty)
    }

    @Test func `Root gets no mailbox`() {
        let text = "root has no mailbox here: alias root to a person in alias_maps"
        #expect(throws: UserMailboxes.Refusal(text: text)) {
            try UserMailboxes(LocalSettings(), changesOwner: true)
                .target(Identity(name: "root", uid: 0, gid: 0, home: "/root"))
        }
    }

    @Test func `Without root only the own user gets mail`() {
        #expect(throws: UserMailboxes.Refusal.self) {
            try UserMailboxes(LocalSettings(), changesOwner: false).target(Self.stranger)
        }
    }

    @Test(arguments: [true, false])
    func `A home that is not there delays the mail, with require_home_directory in so many words`(_ needs: Bool)
        async throws
    {
        let folder = TemporaryFolder()
        var settings = LocalSettings()
        settings.homeMailbox = "mbox"
        settings.needsHome = needs
        do {
            _ = try await Self.deliver(settings, in: folder, home: folder.path + "/none")
            Issue.record("delivered into nothing")
        } catch let failure as DeliveryFailure {
            #expect(failure.isTemporary && failure.action == (needs ? "access home directory" : "open directory"))
        }
    }

    @Test(.enabled(if: Privileges.isRoot, "needs root: takes the ids of others"))
    func `A delivery reaches no other user's folder, and leaves the thread as it was`() async throws {
        let folder = TemporaryFolder()
        let home = try folder.makeFolder("home", mode: 0o700)
        chown(home, 64_400, 64_400)
        var settings = LocalSettings()
        settings.homeMailbox = "mbox"
        do {
            _ = try await Self.deliver(settings, in: folder, home: home)
            Issue.record("delivered into another user's home")
        } catch let failure as DeliveryFailure {
            #expect(failure.reason == .system(.permissionDenied) && failure.isTemporary)
        }
        let path = home + "/as-root"
        try await onLoop {
            try await offload { () throws(Errno) in try Descriptor.open(path, .createNew).close() }
        }
        #expect(folder.access("home/as-root").first == 0, "the threads of the pool are root's again")
    }

    @Test func `The mailbox follows home_mailbox, then the spool`() {
        let joe = Identity(name: "joe", uid: 1000, gid: 1000, home: "/home/joe")
        var settings = LocalSettings()
        #expect(UserMailboxes.location(joe, settings)?.location == MailLocation(mailbox: "/var/mail/joe"))
        settings.spool = "/var/mail/"
        #expect(UserMailboxes.location(joe, settings)?.location == MailLocation(mailbox: "/var/mail/joe/"))
        settings.homeMailbox = "Maildir/"
        #expect(UserMailboxes.location(joe, settings)?.location == MailLocation(mailbox: "/home/joe/Maildir/"))
        settings.homeMailbox = "mail/inbox"
        #expect(UserMailboxes.location(joe, settings)?.location == MailLocation(mailbox: "/home/joe/mail/inbox"))
        #expect(UserMailboxes.location(Identity(name: "joe", uid: 1, gid: 1, home: ""), settings) == nil)
    }

    @Test(arguments: ["", ".", "..", "a/b", "/etc/passwd"])
    func `A name that is no file name has no mailbox in the spool`(_ name: String) {
        #expect(UserMailboxes.location(Identity(name: name, uid: 1000, gid: 1000), LocalSettings()) == nil)
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
