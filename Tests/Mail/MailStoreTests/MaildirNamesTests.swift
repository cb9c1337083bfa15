// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import POSIX
import TestSupport
import Testing

@testable import MailStore

/// Names of a Maildir's files change so that a power cut and another program find each message once.
@Suite("Maildir names")
struct MaildirNamesTests {
    let folder = TemporaryFolder()

    init() throws { try makeMaildir(in: try StoreRoot(path: folder.path + "/m").make()) }

    /// A session on a file system that keeps the order of names, or on one that does not.
    private func box(ordersNames: Bool, readOnly: Bool = false) throws -> MaildirBox {
        let path = folder.path + "/m"
        return MaildirBox(
            directories: try MaildirDirectories(path: path, ordersNames: ordersNames),
            name: "INBOX",
            readOnly: readOnly,
            validity: UIDValiditySource(root: StoreRoot(path: path)),
            index: .shared(root: path)
        )
    }

    private func link(_ old: String, _ new: String) {
        #expect(Glibc.link(folder["m/" + old], folder["m/" + new]) == 0)
    }

    private var names: [String] { (folder.names("m/new") + folder.names("m/cur")).sorted() }

    @Test(arguments: [true, false])
    func `Messages move to cur, change flags and go, and have one name all the time`(ordersNames: Bool) throws {
        for number in 1...3 { try folder.write("m/new/\(number).a,S=2,W=3", "\(number)\n") }
        let session = try box(ordersNames: ordersNames)
        let other = try box(ordersNames: ordersNames)
        #expect(try session.synchronise().recentCount == 3)
        #expect(try other.synchronise().recentCount == 0)
        #expect(folder.names("m/new") == [])
        #expect(names == (1...3).map { "\($0).a,S=2,W=3:2," })
        let seen = FlagChange(.add, flags: .seen, keywords: ["k"])
        #expect(try session.store(seen, uids: [1, 2]).messages[1].flags == .seen)
        // It knows the old names.
        #expect(
            try other.store(FlagChange(.add, flags: .flagged, keywords: []), uids: [2]).messages[1].flags
                == [.seen, .flagged]
        )
        #expect(names == ["1.a,S=2,W=3:2,Sa", "2.a,S=2,W=3:2,FSa", "3.a,S=2,W=3:2,"])
        // Nothing to change is no reason to lose the only name.
        _ = try other.store(FlagChange(.add, flags: .flagged, keywords: []), uids: [2])
        #expect(names.count == 3)
        #expect(try session.expunge([2]).messages.map(\.uid) == [1, 3])
        #expect(names == ["1.a,S=2,W=3:2,Sa", "3.a,S=2,W=3:2,"])
    }

    @Test(arguments: [true, false])
    func `Two names of one file, as a power cut leaves them, are one message with the newer flags`(
        ordersNames: Bool
    ) throws {
        try folder.write("m/new/1.a,S=2,W=3", "1\n")
        try folder.write("m/cur/2.a,S=2,W=3:2,", "2\n")
        link("new/1.a,S=2,W=3", "cur/1.a,S=2,W=3:2,S")
        link("cur/2.a,S=2,W=3:2,", "cur/2.a,S=2,W=3:2,F")
        let session = try box(ordersNames: ordersNames)
        var view = try session.synchronise()
        #expect(view.messages.map(\.flags) == [.seen, .flagged])
        // Another program may be about to rename them.
        #expect(names.count == 4)
        session.renameTime = 0
        view = try session.rescan()
        #expect(view.messages.map(\.flags) == [.seen, .flagged])
        #expect(names == ["1.a,S=2,W=3:2,S", "2.a,S=2,W=3:2,F"])
    }

    @Test(.timeLimit(.minutes(20))) func `A lock's name that means a directory by now keeps nobody waiting`() throws {
        try folder.write("m/dovecot-uidlist.lock/cur/1.a", "1\n")
        try folder.write("m/dovecot-uidlist.tmp/cur/1.a", "1\n")
        try folder.write("m/new/1.a,S=2,W=3", "1\n")
        #expect(try box(ordersNames: false).synchronise().messages.count == 1)
        #expect(!folder.names("m").contains("dovecot-uidlist.lock"))
    }

    @Test(.enabled(if: TestDisk.absence == nil, Comment(rawValue: TestDisk.absence ?? "")))
    func `The journal of an ext4 is found`() async throws {
        for (fileSystem, isOrdered) in [(TestDisk.FileSystem.ext4, true), (.ext4WithoutJournal, false), (.xfs, true)] {
            let disk = try await TestDisk(fileSystem)
            let place = folder["disk"]
            mkdir(place, 0o755)
            let mounted = try await Command.run(["mount", disk.device, place])
            #expect(mounted.isSuccess, "\(mounted)")
            #expect(fileSystemOrdersNames(try Descriptor.open(place, .directory)) == isOrdered, "\(fileSystem)")
            _ = try await Command.run(["umount", place])
            try await disk.remove()
        }
    }
}
