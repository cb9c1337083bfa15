// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

@testable import MailStore

@Suite("Maildir mailboxes")
struct MaildirMailboxTests {
    let folder = TemporaryFolder()

    var storage: MailStorage { MailStorage(location: MailLocation(format: .maildir, root: folder.path + "/m")) }

    func deliver(_ text: String, _ box: String = "m") throws {
        _ = try MaildirDelivery().deliver(Array(text.utf8), to: folder.path + "/" + box, owner: Identity.effectiveUser)
    }

    func append(_ text: String, to mailbox: Mailbox, flags: MessageFlags = [], keywords: [String] = []) throws -> UInt32
    {
        let writer = try mailbox.beginAppend()
        try writer.write(Array(text.utf8))
        return try writer.commit(flags: flags, keywords: keywords).uids[0]
    }

    func text(_ mailbox: Mailbox, _ uid: UInt32) throws -> String {
        var output: [UInt8] = []
        var endings = NetworkLineEndings()
        endings.convert(try mailbox.open(uid).contents(), into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(.timeLimit(.minutes(20)), arguments: ["", "\0\0\0\0\0\0", "Subject: x\n\nHello.\n"])
    func `A lock file without its content, as a power cut leaves it, keeps nobody waiting for long`(
        _ content: String
    ) throws {
        try deliver("1\n")
        let mailbox = try storage.open("INBOX")
        try folder.write("m/dovecot-uidlist.lock", content)
        #expect(try mailbox.synchronise().messages.map(\.uid) == [1])
        #expect(try append("2\n", to: mailbox) == 2)
        #expect(!folder.names("m").contains("dovecot-uidlist.lock"))
    }

    @Test func `New messages get UIDs in order, are recent once, and move to cur`() throws {
        try deliver("1\n")
        try deliver("2\n")
        let first = try storage.open("INBOX")
        let view = try first.synchronise()
        #expect(view.messages.map(\.uid) == [1, 2])
        #expect(view.uidNext == 3)
        #expect(view.recentCount == 2)
        #expect(folder.names("m/new") == [])
        #expect(folder.names("m/cur").allSatisfy { $0.hasSuffix(":2,") })
        #expect(try text(first, 2) == "2\r\n")
        let second = try storage.open("inbox")
        let later = try second.synchronise()
        #expect(later.recentCount == 0)
        #expect(later.uidValidity == view.uidValidity)
        #expect(later.messages.map(\.uid) == [1, 2])
        try deliver("3\n")
        let changes = try first.synchronise().changes(since: view)
        #expect(changes.appeared == [3])
        #expect(changes.expunged == [] && changes.changed == [])
    }

    @Test func `A mailbox opened for reading leaves mail in new and refuses changes`() throws {
        try deliver("1\n")
        let mailbox = try storage.open("INBOX", readOnly: true)
        #expect(try mailbox.synchronise().recentCount == 1)
        #expect(folder.names("m/new").count == 1)
        #expect(throws: StoreError.self) { try mailbox.expunge([1]) }
        #expect(throws: StoreError.self) { try mailbox.store(FlagChange(.add, flags: .seen), uids: [1]) }
        #expect(try text(mailbox, 1) == "1\r\n")
        #expect(try storage.open("INBOX").synchronise().recentCount == 1)
    }

    @Test func `Flags and keywords are stored in names and seen by other sessions`() throws {
        try deliver("1\n")
        try deliver("2\n")
        let one = try storage.open("INBOX")
        let two = try storage.open("INBOX")
        _ = try one.synchronise()
        let before = try two.synchronise()
        var view = try one.store(
            FlagChange(.add, flags: [.seen, .flagged], keywords: ["Work", "$Junk"]),
            uids: [2, 9]
        )
        #expect(view.keywordNames(of: view.messages[1]) == ["Work", "$Junk"])
        #expect(folder.names("m/cur").count { $0.hasSuffix(":2,FSab") } == 1)
        #expect(folder.text("m/dovecot-keywords") == "0 Work\n1 $Junk\n")
        view = try two.synchronise()
        let changes = view.changes(since: before)
        #expect(changes.changed == [2] && changes.keywordsChanged)
        #expect(view.messages[1].flags == [.seen, .flagged])
        view = try two.store(FlagChange(.remove, flags: .seen, keywords: ["work", "unknown"]), uids: [1, 2])
        #expect(view.messages[1].flags == .flagged)
        #expect(view.keywordNames(of: view.messages[1]) == ["$Junk"])
        #expect(folder.text("m/dovecot-keywords") == "0 Work\n1 $Junk\n")
        // The first session does not know the new name yet.
        view = try one.store(FlagChange(.replace, flags: .answered), uids: [1, 2])
        #expect(view.messages.map(\.flags) == [.answered, .answered])
        #expect(folder.names("m/cur").allSatisfy { $0.hasSuffix(":2,R") })
    }

    @Test func `Expunged messages are gone for all, whatever name they had meanwhile`() throws {
        for number in 1...4 { try deliver("\(number)\n") }
        let one = try storage.open("INBOX")
        let two = try storage.open("INBOX")
        let before = try one.synchronise()
        _ = try two.synchronise()
        _ = try one.store(FlagChange(.add, flags: .deleted), uids: [2, 3])
        let view = try two.expunge([2, 3, 77])
        #expect(view.messages.map(\.uid) == [1, 4])
        #expect(try one.synchronise().changes(since: before).expunged == [2, 3])
        #expect(folder.names("m/cur").count == 2)
        let failure = #expect(throws: StoreError.self) { try text(one, 2) }
        #expect(failure?.reason == .noSuchMessage)
        #expect(try storage.open("INBOX").synchronise().uidNext == 5)
    }

    @Test func `A message stays readable while it is open although it is expunged`() throws {
        try deliver("text\n")
        let mailbox = try storage.open("INBOX")
        _ = try mailbox.synchronise()
        let file = try mailbox.open(1)
        _ = try mailbox.expunge([1])
        #expect(try file.contents() == Array("text\n".utf8))
    }

    @Test func `Appended messages have flags, date and UID, and an aborted one leaves nothing`() throws {
        let mailbox = try storage.open("INBOX")
        _ = try mailbox.synchronise()
        let writer = try mailbox.beginAppend()
        try writer.write(Array("Subject: x\r".utf8))
        try writer.write(Array("\n\r\nbody\r\n".utf8))
        let result = try writer.commit(flags: [.seen], keywords: ["Work", "not valid"], internalDate: 1_000_000_000)
        #expect(result.uids == [1])
        var view = try mailbox.synchronise()
        #expect(result.uidValidity == view.uidValidity)
        #expect(view.messages[0].flags == .seen)
        #expect(view.keywordNames(of: view.messages[0]) == ["Work"])
        let attributes = try mailbox.attributes(of: [1, 5])
        #expect(
            attributes == [MessageAttributes(uid: 1, size: 17, virtualSize: 20, internalDate: 1_000_000_000)]
        )
        #expect(try text(mailbox, 1) == "Subject: x\r\n\r\nbody\r\n")
        do {
            let dropped = try mailbox.beginAppend()
            try dropped.write([65])
            #expect(folder.names("m/tmp").count == 1)
        }
        #expect(folder.names("m/tmp") == [])
        #expect(try append("new\n", to: mailbox) == 2)
        view = try mailbox.synchronise()
        #expect(view.messages.map(\.isRecent) == [false, true])
        #expect(view.uidNext == 3)
    }

    @Test func `An append to a mailbox that nobody has read yet gets the next UID`() throws {
        try deliver("1\n")
        _ = try storage.open("INBOX").synchronise()
        try deliver("2\n")
        #expect(try append("3\n", to: try storage.open("INBOX"), flags: .seen) == 2)
        let view = try storage.open("INBOX").synchronise()
        #expect(view.messages.map(\.uid) == [1, 2, 3])
        #expect(view.messages[1].flags == .seen)
    }

    @Test func `Copies keep flags, keywords, date and content; a move leaves nothing behind`() throws {
        try storage.create("Archive")
        let inbox = try storage.open("INBOX")
        let archive = try storage.open("Archive")
        _ = try archive.store(FlagChange(.add, flags: [], keywords: ["other"]), uids: [])
        for number in 1...3 { _ = try append("\(number)\n", to: inbox, flags: .flagged, keywords: ["Work"]) }
        _ = try inbox.synchronise()
        let (sources, result) = try inbox.copy([1, 3, 9], to: archive)
        #expect(sources == [1, 3])
        #expect(result.uids == [1, 2])
        var view = try archive.synchronise()
        #expect(view.messages.map(\.flags) == [.flagged, .flagged])
        #expect(view.messages.map { view.keywordNames(of: $0) } == [["Work"], ["Work"]])
        #expect(try text(archive, 2) == "3\r\n")
        #expect(
            try archive.attributes(of: [1])[0].internalDate == (try inbox.attributes(of: [1])[0].internalDate)
        )
        let moved = try inbox.move([2], to: archive)
        #expect(moved.result.uids == [3])
        #expect(moved.view.messages.map(\.uid) == [1, 3])
        // Into itself, which gives copies at the end.
        #expect(try archive.copy([1], to: archive).result.uids == [4])
        view = try archive.synchronise()
        #expect(view.messages.map(\.uid) == [1, 2, 3, 4])
    }

    @Test func `A copy finds messages that another session renamed meanwhile`() throws {
        try storage.create("Archive")
        for number in 1...2 { try deliver("\(number)\n") }
        let inbox = try storage.open("INBOX")
        _ = try inbox.synchronise()
        _ = try storage.open("INBOX").store(FlagChange(.add, flags: .seen), uids: [1, 2])
        let archive = try storage.open("Archive")
        #expect(try inbox.copy([1, 2], to: archive).result.uids == [1, 2])
        #expect(try archive.synchronise().messages.map(\.flags) == [.seen, .seen])
    }

    @Test func `Sizes are found out where names do not tell them`() throws {
        try folder.write("m/cur/1.a:2,S", "a\nb\r\nc")
        try folder.write("m/new/2.b", "")
        let mailbox = try storage.open("INBOX")
        _ = try mailbox.synchronise()
        let attributes = try mailbox.attributes(of: [1, 2], withDates: false)
        #expect(attributes.map(\.size) == [6, 0])
        #expect(attributes.map(\.virtualSize) == [7, 0])
    }

    @Test func `A Maildir of Dovecot is taken over with its UIDs, flags and keywords`() throws {
        try folder.write(
            "m/dovecot-uidlist",
            """
            3 V1795227302 N9 G8ed37c0da4fe006b6f07000083ecc375
            1 :1795227300.M250831P1908.vm,S=15,W=18
            5 P0123 :1795227300.M255798P1911.vm,S=15,W=18:2,S
            7 :gone

            """
        )
        try folder.write("m/dovecot-keywords", "0 $Forwarded\n1 Work\n")
        try folder.write("m/new/1795227300.M250831P1908.vm,S=15,W=18:2,RSab", "Subject: a\n\nhi\n")
        try folder.write("m/cur/1795227300.M255798P1911.vm,S=15,W=18:2,T", "Subject: b\n\nhi\n")
        try folder.write("m/cur/1795227301.M1P1.vm:2,", "Subject: c\n\nhi\n")
        let mailbox = try storage.open("INBOX")
        let view = try mailbox.synchronise()
        #expect(view.uidValidity == 1_795_227_302)
        #expect(view.messages.map(\.uid) == [1, 5, 9])
        #expect(view.messages.map(\.flags) == [[.answered, .seen], .deleted, []])
        #expect(view.messages.map(\.isRecent) == [true, false, false])
        #expect(view.keywordNames(of: view.messages[0]) == ["$Forwarded", "Work"])
        #expect(folder.text("m/dovecot-uidlist").hasSuffix("7 :gone\n9 :1795227301.M1P1.vm\n"))
        #expect(folder.names("m/cur").contains("1795227300.M250831P1908.vm,S=15,W=18:2,RSab"))
        #expect(!folder.names("m").contains("dovecot-uidlist.lock"))
    }

    @Test func `No damaged byte of the UID list loses mail or traps, and the list is repaired`() throws {
        for number in 1...3 { try deliver("\(number)\n") }
        let view = try storage.open("INBOX").synchronise()
        let good = folder.read("m/dovecot-uidlist")
        for index in good.indices {
            for value in [good[index] ^ 1, good[index] ^ 0x80, UInt8(ascii: " ")] {
                var bad = good
                bad[index] = value
                try folder.write("m/dovecot-uidlist", bad)
                let mailbox = try storage.open("INBOX")
                let repaired = try mailbox.synchronise()
                #expect(repaired.messages.count == 3)
                let texts = try repaired.messages.map { try text(mailbox, $0.uid) }
                #expect(Set(texts) == ["1\r\n", "2\r\n", "3\r\n"])
                let uids = repaired.messages.map(\.uid)
                #expect(Set(uids).count == 3 && uids.allSatisfy { $0 < repaired.uidNext })
                #expect(try storage.open("INBOX").synchronise().messages.map(\.uid) == uids)
                #expect(!UIDList(folder.read("m/dovecot-uidlist")).isDamaged)
            }
        }
        for length in stride(from: 0, to: good.count, by: 7) {
            try folder.write("m/dovecot-uidlist", Array(good.prefix(length)))
            #expect(try storage.open("INBOX").synchronise().messages.count == 3)
        }
        #expect(view.messages.count == 3)
    }

    @Test func `A list whose UIDs are used up begins anew with another UIDVALIDITY`() throws {
        try deliver("1\n")
        let before = try storage.open("INBOX").synchronise()
        try folder.write("m/dovecot-uidlist", "3 V\(before.uidValidity) N4293999999 Gab\n")
        let view = try storage.open("INBOX").synchronise()
        #expect(view.messages.map(\.uid) == [1])
        #expect(view.uidValidity > before.uidValidity)
    }

    @Test func `A session whose mailbox got another UIDVALIDITY is told so`() throws {
        try deliver("1\n")
        let mailbox = try storage.open("INBOX")
        _ = try mailbox.synchronise()
        try folder.write("m/dovecot-uidlist", "3 V77 N9 Gab\n")
        let failure = #expect(throws: StoreError.self) { try mailbox.synchronise() }
        #expect(failure?.reason == .replaced)
    }

    @Test func `A deleted mailbox looks deleted, not emptied`() throws {
        try storage.create("Box")
        let mailbox = try storage.open("Box")
        _ = try append("1\n", to: mailbox)
        #expect(try mailbox.synchronise().messages.count == 1)
        try storage.delete("Box")
        let failure = #expect(throws: StoreError.self) { try mailbox.synchronise() }
        #expect(failure?.reason == .replaced)
    }

    @Test func `Two files of one name are two messages`() throws {
        try folder.write("m/cur/1.a,S=2,W=3:2,S", "a\n")
        try folder.write("m/cur/1.a,S=2,W=3:2,F", "b\n")
        try folder.write("m/new/1.a,S=2,W=3", "c\n")
        let mailbox = try storage.open("INBOX")
        let view = try mailbox.synchronise()
        #expect(view.messages.count == 3)
        #expect(Set(try view.messages.map { try text(mailbox, $0.uid) }) == ["a\r\n", "b\r\n", "c\r\n"])
        #expect(try storage.open("INBOX").synchronise().messages.map(\.uid) == view.messages.map(\.uid))
    }

    @Test func `A removed message that comes back gets a new UID`() throws {
        for number in 1...2 { try deliver("\(number)\n") }
        let mailbox = try storage.open("INBOX")
        _ = try mailbox.synchronise()
        let name = folder.names("m/cur")[0]
        let content = folder.read("m/cur/" + name)
        try FileManager.default.removeItem(atPath: folder.path + "/m/cur/" + name)
        #expect(try mailbox.synchronise().messages.count == 1)
        try folder.write("m/cur/" + name, content)
        let view = try mailbox.synchronise()
        #expect(view.messages.map(\.uid).last == 3)
        #expect(view.messages.count == 2)
        #expect(try storage.open("INBOX").synchronise().messages.map(\.uid) == view.messages.map(\.uid))
    }

    @Test func `Files that are no messages stay out of the view and in the folder`() throws {
        try folder.write("m/cur/.hidden", "x")
        try folder.write("m/cur/bad\u{1}name", "x")
        try folder.write("m/cur/1.ok:2,", "x")
        #expect(try storage.open("INBOX").synchronise().messages.count == 1)
        #expect(folder.names("m/cur").count == 3)
    }

    @Test func `More keywords than letters are refused and nothing is changed`() throws {
        try deliver("1\n")
        let mailbox = try storage.open("INBOX")
        _ = try mailbox.synchronise()
        let names = (0..<27).map { "k\($0)" }
        let failure = #expect(throws: StoreError.self) {
            try mailbox.store(FlagChange(.add, flags: .seen, keywords: names), uids: [1])
        }
        #expect(failure?.reason == .tooManyKeywords)
        #expect(try mailbox.synchronise().messages[0].flags == [])
        _ = try mailbox.store(FlagChange(.add, flags: [], keywords: Array(names.prefix(26))), uids: [1])
        #expect(folder.names("m/cur")[0].hasSuffix(":2,abcdefghijklmnopqrstuvwxyz"))
    }

    @Test func `Sessions and deliveries at once lose nothing and agree on UIDs`() throws {
        let storage = storage
        _ = try storage.open("INBOX").synchronise()
        let path = folder.path + "/m"
        DispatchQueue.concurrentPerform(iterations: 6) { thread in
            guard let mailbox = try? storage.open("INBOX") else { return }
            let delivery = MaildirDelivery()
            var highest: UInt32 = 0
            for round in 0..<15 {
                let body = Array("\(thread)/\(round)\n".utf8)
                switch thread {
                case 0, 1: _ = try? delivery.deliver(body, to: path, owner: Identity.effectiveUser)
                case 2:
                    let writer = try? mailbox.beginAppend()
                    try? writer?.write(body)
                    _ = try? writer?.commit(flags: .seen)
                default:
                    guard let view = try? mailbox.synchronise() else { continue }
                    // What was seen may go on at the end only.
                    #expect(view.messages.map(\.uid) == view.messages.map(\.uid).sorted())
                    #expect(view.uidNext >= highest)
                    highest = view.uidNext
                    let uids = view.messages.map(\.uid).filter { _ in Bool.random() }
                    _ = try? mailbox.store(FlagChange(round % 2 == 0 ? .add : .remove, flags: .flagged), uids: uids)
                }
            }
        }
        let mailbox = try storage.open("INBOX")
        let view = try mailbox.synchronise()
        #expect(Set(try view.messages.map { try text(mailbox, $0.uid) }).count == 45)
        #expect(view.messages.count == 45)
        #expect(try storage.open("INBOX").synchronise().messages.map(\.uid) == view.messages.map(\.uid))
    }

    /// Sets the times of the directories back, as they are when nothing has changed for a while.
    private func settle() throws {
        for name in ["m/new", "m/cur"] { try folder.touch(name, secondsFromNow: -60) }
    }

    @Test func `A later session takes over what an earlier one has read, until something changes`() throws {
        for number in 1...3 { try deliver("\(number)\n") }
        _ = try storage.open("INBOX").synchronise()
        try settle()
        let first = try storage.open("INBOX").synchronise()
        let later = try storage.open("INBOX")
        #expect(try later.synchronise() == first)
        #expect(first.recentCount == 0)
        #expect(try text(later, 2) == "2\r\n")
        // Nil where the file system does not say what is in memory.
        #expect([Array("2\n".utf8), nil].contains(later.cachedContents(of: 2, limit: 100)))
        #expect(later.cachedContents(of: 2, limit: 1) == nil)
        #expect(later.cachedContents(of: 9, limit: 100) == nil)
        try deliver("4\n")
        let changed = try storage.open("INBOX").synchronise()
        #expect(changed.messages.map(\.uid) == [1, 2, 3, 4])
        #expect(changed.recentCount == 1)
        try settle()
        _ = try storage.open("INBOX").synchronise()
        _ = try later.store(FlagChange(.add, flags: .seen, keywords: ["Work"]), uids: [1])
        let flagged = try storage.open("INBOX").synchronise()
        #expect(flagged.messages[0].flags == .seen && flagged.keywordNames(of: flagged.messages[0]) == ["Work"])
        try settle()
        _ = try storage.open("INBOX").synchronise()
        try FileManager.default.removeItem(atPath: folder["m"])
        try deliver("other\n")
        try settle()
        let other = try storage.open("INBOX").synchronise()
        #expect(other.messages.count == 1 && other.recentCount == 1)
    }
}
