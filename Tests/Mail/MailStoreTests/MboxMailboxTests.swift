// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

@testable import MailStore

@Suite("mbox mailboxes")
struct MboxMailboxTests {
    let folder = TemporaryFolder()
    let locking = MboxLocking(patience: LockPatience(attempts: 4000, delay: 1_000_000, staleAfter: 500_000_000_000))

    var storage: MailStorage {
        MailStorage(
            location: MailLocation(format: .mbox, root: folder.path + "/mail", inbox: folder.path + "/inbox"),
            locking: locking
        )
    }

    func deliver(_ text: String) throws {
        let envelope = MboxDelivery.Envelope(sender: "a@b", time: 1_795_165_500, owner: Identity.effectiveUser)
        try MboxDelivery(locking: locking).deliver(Array(text.utf8), to: folder.path + "/inbox", envelope: envelope)
    }

    func text(_ mailbox: Mailbox, _ uid: UInt32) throws -> String {
        String(decoding: try mailbox.open(uid).contents(), as: UTF8.self)
    }

    func texts(_ mailbox: Mailbox) throws -> [String] {
        try mailbox.synchronise().messages.map { try text(mailbox, $0.uid) }
    }

    func append(_ text: String, to mailbox: Mailbox, flags: MessageFlags = [], keywords: [String] = []) throws -> UInt32
    {
        let writer = try mailbox.beginAppend()
        try writer.write(Array(text.utf8))
        return try writer.commit(flags: flags, keywords: keywords, internalDate: 1_000_000_000).uids[0]
    }

    @Test func `Delivered messages get UIDs that stay, and are recent once`() throws {
        try deliver("Subject: 1\n\none\n")
        try deliver("Subject: 2\n\ntwo\n")
        let mailbox = try storage.open("INBOX")
        let view = try mailbox.synchronise()
        #expect(view.messages.map(\.uid) == [1, 2])
        #expect(view.recentCount == 2 && view.uidNext == 3)
        #expect(try texts(mailbox) == ["Subject: 1\n\none\n", "Subject: 2\n\ntwo\n"])
        #expect(
            try mailbox.attributes(of: [2]) == [
                MessageAttributes(uid: 2, size: 16, virtualSize: 19, internalDate: 1_795_165_500)
            ]
        )
        let later = try storage.open("INBOX").synchronise()
        #expect(later.recentCount == 0)
        #expect(later.messages.map(\.uid) == [1, 2] && later.uidValidity == view.uidValidity)
        try deliver("Subject: 3\n\nthree\n")
        let changes = try mailbox.synchronise().changes(since: view)
        #expect(changes.appeared == [3] && changes.expunged == [] && changes.changed == [])
        #expect(folder.names("") == ["inbox", "mail"])
    }

    @Test func `A session for reading changes nothing and counts the same`() throws {
        try deliver("Subject: 1\n\none\n")
        let before = folder.text("inbox")
        let reader = try storage.open("INBOX", readOnly: true)
        #expect(try reader.synchronise().messages.map(\.uid) == [1])
        #expect(try text(reader, 1) == "Subject: 1\n\none\n")
        #expect(folder.text("inbox") == before)
        #expect(throws: StoreError.self) { try reader.expunge([1]) }
    }

    @Test func `A file of Dovecot is taken over`() throws {
        try folder.write("inbox", MboxParserTests.dovecot)
        let mailbox = try storage.open("INBOX")
        let view = try mailbox.synchronise()
        #expect(view.uidValidity == 1_795_227_301 && view.uidNext == 4)
        #expect(view.messages.map(\.uid) == [1, 2, 3])
        #expect(view.keywordNames(of: view.messages[0]) == ["$Forwarded", "Work"])
        #expect(try text(mailbox, 1) == "Subject: a\n\nhi\nFrom me\n")
        #expect(folder.text("inbox") == MboxParserTests.dovecot)
    }

    @Test func `Flags and keywords are stored, in place where there is room`() throws {
        for number in 1...3 { try deliver("Subject: \(number)\n\n\(number)\n") }
        let one = try storage.open("INBOX")
        let before = try one.synchronise()
        let size = folder.read("inbox").count
        var view = try one.store(FlagChange(.add, flags: [.seen, .deleted], keywords: ["Work"]), uids: [2, 7])
        #expect(view.messages.map(\.flags) == [[], [.seen, .deleted], []])
        #expect(folder.read("inbox").count == size)
        let two = try storage.open("INBOX")
        view = try two.synchronise()
        #expect(view.changes(since: before).changed == [2])
        #expect(view.keywordNames(of: view.messages[1]) == ["Work"])
        let long = (0..<20).map { "a-rather-long-keyword-\($0)" }
        view = try two.store(FlagChange(.add, flags: .flagged, keywords: long), uids: [1, 3])
        #expect(view.keywordNames(of: view.messages[2]) == long)
        #expect(try texts(one) == ["Subject: 1\n\n1\n", "Subject: 2\n\n2\n", "Subject: 3\n\n3\n"])
        #expect(try one.synchronise().messages.map(\.flags) == [.flagged, [.seen, .deleted], .flagged])
        view = try one.store(FlagChange(.replace, flags: []), uids: [1, 2, 3])
        #expect(view.messages.allSatisfy { $0.flags == [] && $0.keywords == 0 })
    }

    @Test func `Expunged messages go and UIDs are never given again`() throws {
        for number in 1...4 { try deliver("Subject: \(number)\n\n\(number)\n") }
        let mailbox = try storage.open("INBOX")
        _ = try mailbox.synchronise()
        #expect(try mailbox.expunge([1, 4]).messages.map(\.uid) == [2, 3])
        let other = try storage.open("INBOX")
        #expect(try other.synchronise().uidNext == 5)
        #expect(try texts(other) == ["Subject: 2\n\n2\n", "Subject: 3\n\n3\n"])
        let validity = try mailbox.expunge([2, 3]).uidValidity
        #expect(folder.read("inbox").isEmpty)
        try deliver("Subject: 5\n\n5\n")
        #expect(try mailbox.synchronise().messages.map(\.uid) == [5])
        let view = try storage.open("INBOX").synchronise()
        #expect(view.uidValidity == validity && view.messages.map(\.uid) == [5])
    }

    @Test func `An emptied mailbox keeps its UIDVALIDITY for later sessions`() throws {
        try deliver("Subject: 1\n\n1\n")
        let view = try storage.open("INBOX").synchronise()
        _ = try storage.open("INBOX").expunge([1])
        let empty = try storage.open("INBOX").synchronise()
        #expect(empty.uidValidity == view.uidValidity && empty.uidNext == 2)
        try deliver("Subject: 2\n\n2\n")
        #expect(try storage.open("INBOX").synchronise().messages.map(\.uid) == [2])
    }

    @Test func `Appended messages have flags and date, and fields of ours that they brought are dropped`() throws {
        try storage.create("Box")
        let box = try storage.open("Box")
        #expect(
            try append(
                "A: 1\r\nX-UID: 77\r\nStatus: RO\r\n\r\nFrom x Sat Nov 21 02:15:00 2026\r\nbody",
                to: box,
                flags: .flagged,
                keywords: ["Work"]
            ) == 1
        )
        #expect(try append("", to: box) == 2)
        #expect(try append("no header\n", to: box) == 3)
        #expect(try append("A: b", to: box, flags: .seen) == 4)
        let view = try box.synchronise()
        #expect(view.messages.map(\.uid) == [1, 2, 3, 4])
        #expect(view.messages.map(\.flags) == [.flagged, [], [], .seen])
        #expect(view.keywordNames(of: view.messages[0]) == ["Work"])
        #expect(try text(box, 1) == "A: 1\n\n>From x Sat Nov 21 02:15:00 2026\nbody\n")
        #expect(try text(box, 4) == "A: b\n\n")
        #expect(try box.attributes(of: [1])[0].internalDate == 1_000_000_000)
        let again = try storage.open("Box").synchronise()
        #expect(again.messages.map(\.uid) == [1, 2, 3, 4] && again.uidNext == 5)
    }

    @Test func `Messages are copied and moved between mbox and Maildir`() throws {
        let maildir = MailStorage(location: MailLocation(format: .maildir, root: folder.path + "/m"))
        try deliver("Subject: 1\n\n1\n")
        try deliver("Subject: 2\n\n2\n")
        let inbox = try storage.open("INBOX")
        _ = try inbox.store(FlagChange(.add, flags: .answered, keywords: ["Work"]), uids: [2])
        let target = try maildir.open("INBOX")
        #expect(try inbox.copy([1, 2, 3], to: target).sources == [1, 2])
        let view = try target.synchronise()
        #expect(view.messages.map(\.flags) == [[], .answered])
        #expect(view.keywordNames(of: view.messages[1]) == ["Work"])
        #expect(try text(target, 2) == "Subject: 2\n\n2\n")
        #expect(try target.attributes(of: [2])[0].internalDate == 1_795_165_500)
        let moved = try target.move([1], to: inbox)
        #expect(moved.result.uids == [3] && moved.view.messages.map(\.uid) == [2])
        #expect(try texts(inbox) == ["Subject: 1\n\n1\n", "Subject: 2\n\n2\n", "Subject: 1\n\n1\n"])
        #expect(try inbox.copy([1], to: inbox).result.uids == [4])
    }

    @Test func `Hostile status fields of a delivered message do not move UIDs`() throws {
        try deliver("X-IMAPbase: 7 4294967295\nX-UID: 4000000000\n\n1\n")
        try deliver("X-UID: 3999999999\nSubject: 2\n\n2\n")
        let view = try storage.open("INBOX").synchronise()
        #expect(view.messages.map(\.uid) == [1, 2])
        try deliver("X-UID: 1\n\n3\n")
        #expect(try storage.open("INBOX").synchronise().messages.map(\.uid) == [1, 2, 3])
    }

    @Test func `A file that is cut off, without line end, or with garbage before loses nothing`() throws {
        try folder.write("inbox", "garbage\n\nFrom a Sat Nov 21 02:15:00 2026\nA: b\n\nbody without end")
        let mailbox = try storage.open("INBOX")
        #expect(try texts(mailbox) == ["A: b\n\nbody without end\n"])
        try deliver("Subject: 2\n\n2\n")
        #expect(try texts(mailbox) == ["A: b\n\nbody without end\n", "Subject: 2\n\n2\n"])
        #expect(folder.text("inbox").hasPrefix("garbage\n\nFrom a Sat"))
        try folder.write("mail/cut", "From a Sat Nov 21 02:15:00 2026\nA: b")
        let cut = try storage.open("cut")
        _ = try cut.synchronise()
        _ = try append("Subject: 2\n\n2\n", to: cut)
        #expect(try texts(cut) == ["A: b\n\n", "Subject: 2\n\n2\n"])
    }

    @Test(arguments: [
        ("Subject: x\n\nbody", "Subject: x\n\nbody\n"), ("Subject: x\n\nbody\n", "Subject: x\n\nbody\n"),
        ("Subject: x\n", "Subject: x\n\n"), ("Subject: x", "Subject: x\n\n"), ("", "\n"),
        ("Subject: x\n\r", "Subject: x\n\r\n"), ("Subject: x\n\nbody\r", "Subject: x\n\nbody\r\n"),
        ("Subject: x\n\n", "Subject: x\n\n"), ("Subject: x\n\n\n", "Subject: x\n\n"),
        ("Subject: x\n\n\r", "Subject: x\n\n\r\n"),
    ])
    func `What a UID names stays the same when the file is written anew`(file: String, seen: String) throws {
        try folder.write("inbox", Array(("From a@b Sat Nov 21 02:15:00 2026\n" + file).utf8))
        let reading = try storage.open("INBOX", readOnly: true)
        #expect(try texts(reading) == [seen])
        let before = try reading.attributes(of: [1])
        #expect(before.map(\.size) == [seen.utf8.count])
        let mailbox = try storage.open("INBOX")
        #expect(try texts(mailbox) == [seen])
        _ = try mailbox.store(FlagChange(.add, flags: [.flagged], keywords: ["$New"]), uids: [1])
        let after = try storage.open("INBOX")
        #expect(try texts(after) == [seen])
        #expect(try after.attributes(of: [1]) == before)
    }

    @Test func `Deliveries and sessions at once lose nothing`() throws {
        let storage = storage
        let path = folder.path + "/inbox"
        let locking = locking
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            guard let mailbox = try? storage.open("INBOX") else { return }
            let envelope = MboxDelivery.Envelope(sender: "a@b", time: 0, owner: Identity.effectiveUser)
            for round in 0..<8 {
                let message = Array("Subject: \(thread)/\(round)\n\nbody\n".utf8)
                if thread < 2 {
                    try? MboxDelivery(locking: locking).deliver(message, to: path, envelope: envelope)
                } else {
                    let uids = (try? mailbox.synchronise().messages.map(\.uid)) ?? []
                    _ = try? mailbox.store(FlagChange(.add, flags: .seen), uids: uids)
                    let gone = uids.filter { _ in thread == 2 && Int.random(in: 0..<4) == 0 }
                    _ = try? mailbox.copy(gone, to: mailbox)
                    _ = try? mailbox.expunge(gone)
                }
            }
        }
        #expect(Set(try texts(try storage.open("INBOX"))).count == 16)
        #expect(folder.names("") == ["inbox", "mail"])
    }

    @Test func `Mailboxes are files in folders`() throws {
        try storage.create("Ärger/Sub")
        try storage.create("Junk")
        #expect(folder.names("mail/&AMQ-rger") == ["Sub"])
        #expect(try storage.list().map(\.name) == ["INBOX", "Junk", "Ärger", "Ärger/Sub"])
        #expect(try storage.list().map(\.isSelectable) == [true, true, false, true])
        #expect(throws: StoreError.self) { try storage.create("Junk/Below") }
        #expect(throws: StoreError.self) { try storage.create("Ärger") }
        #expect(throws: StoreError.self) { try storage.create(".hidden") }
        #expect(throws: StoreError.self) { try storage.create("x.lock") }
        try storage.rename("Ärger/Sub", to: "Deep/Er/Sub")
        #expect(try storage.list().map(\.name) == ["INBOX", "Deep", "Deep/Er", "Deep/Er/Sub", "Junk"])
        try storage.delete("Deep/Er/Sub")
        try storage.subscribe("Junk")
        #expect(try storage.subscriptions() == ["Junk"])
        #expect(folder.text("mail/.subscriptions") == "V\t2\n\nJunk\n")
        #expect(try storage.list().map(\.name) == ["INBOX", "Junk"])
        try deliver("Subject: 1\n\n1\n")
        try storage.rename("INBOX", to: "Old")
        #expect(try texts(try storage.open("Old")) == ["Subject: 1\n\n1\n"])
        #expect(try texts(try storage.open("INBOX")) == [])
        #expect(try storage.list().map(\.name) == ["INBOX", "Junk", "Old"])
    }

    @Test func `A symbolic link is no mailbox`() throws {
        try folder.write("secret", "From a Sat Nov 21 02:15:00 2026\nA: b\n\n")
        try folder.write("mail/x", "")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/mail/link",
            withDestinationPath: folder.path + "/secret"
        )
        #expect(try storage.list().map(\.name) == ["INBOX", "x"])
        let failure = #expect(throws: StoreError.self) { try storage.open("link").synchronise() }
        #expect(failure != nil)
    }
}
