// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import MailStore

@Suite("Other files among the messages of a Maildir")
struct MaildirOddFilesTests {
    let folder = TemporaryFolder()

    var storage: MailStorage { MailStorage(location: MailLocation(format: .maildir, root: folder["m"])) }

    @Test(.timeLimit(.minutes(20)), arguments: ["cur", "new"])
    func `Links, FIFOs and folders are no messages, are left where they are, and keep nobody waiting`(place: String)
        throws
    {
        _ = try storage.open("INBOX")
        try folder.write("secret", "Subject: secret\n\n")
        try folder.write("m/\(place)/1.message:2,", "Subject: x\n\n")
        try #require(symlink(folder["secret"], folder["m/\(place)/2.link:2,"]) == 0)
        try #require(mkfifo(folder["m/\(place)/3.fifo:2,"], 0o600) == 0)
        try folder.makeFolder("m/\(place)/4.folder:2,")
        let mailbox = try storage.open("INBOX")
        let view = try mailbox.synchronise()
        #expect(view.messages.map(\.uid) == [1])
        #expect(try mailbox.open(1).size == 12)
        #expect(Set(folder.names("m/\(place)")).isSuperset(of: ["2.link:2,", "3.fifo:2,", "4.folder:2,"]))
        #expect(folder.text("secret") == "Subject: secret\n\n")
    }

    @Test(.timeLimit(.minutes(20)))
    func `A message that has become a FIFO or a link under a session is gone`() throws {
        _ = try storage.open("INBOX")
        for number in 1...2 { try folder.write("m/cur/\(number).message:2,", "Subject: \(number)\n\n") }
        let mailbox = try storage.open("INBOX")
        #expect(try mailbox.synchronise().messages.map(\.uid) == [1, 2])
        try FileManager.default.removeItem(atPath: folder["m/cur/1.message:2,"])
        try #require(mkfifo(folder["m/cur/1.message:2,"], 0o600) == 0)
        #expect(mailbox.cachedContents(of: 1, limit: 1000) == nil)
        let failure = #expect(throws: StoreError.self) { _ = try mailbox.open(1) }
        #expect(failure?.reason == .noSuchMessage)
        #expect(try mailbox.open(2).size == 12)
    }

    @Test(.timeLimit(.minutes(20)), arguments: ["link", "fifo", "folder"])
    func `What is no file in the place of the lock keeps nobody waiting for long`(kind: String) throws {
        _ = try storage.open("INBOX")
        try folder.write("secret", "Subject: secret\n\n")
        let lock = folder["m/dovecot-uidlist.lock"]
        switch kind {
        case "link": try #require(symlink(folder["secret"], lock) == 0)
        case "fifo": try #require(mkfifo(lock, 0o600) == 0)
        default: try folder.makeFolder("m/dovecot-uidlist.lock")
        }
        let writer = try storage.open("INBOX").beginAppend()
        try writer.write(Array("Subject: x\n\n".utf8))
        #expect(try writer.commit().uids == [1])
        #expect(!folder.names("m").contains { $0.contains(".lock") })
        #expect(folder.text("secret") == "Subject: secret\n\n")
    }
}
