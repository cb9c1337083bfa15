// SPDX-License-Identifier: Apache-2.0
import Foundation
import LMDB
import POSIX
import TestSupport
import Testing

@testable import MailStore

@Suite("The index beside the mail")
struct MailIndexTests {
    let folder = TemporaryFolder()

    private var storage: MailStorage { MailStorage(location: MailLocation(format: .maildir, root: folder["m"])) }
    private var path: String { folder["m/relais.index"] }

    /// Puts messages that no name tells the size of into a mailbox, as another program would.
    private func fill(_ count: Int, first: Int = 0, _ box: String = "m") throws {
        _ = try storage.open("INBOX")
        for number in first..<first + count {
            try folder.write("\(box)/cur/1600000000.P\(number).host:2,S", text(number))
        }
    }

    private func text(_ number: Int) -> String {
        "Subject: \(number)\n\n" + String(repeating: "line\n", count: number)
    }

    /// What a formatter would write for the n-th message.
    private func formatted(_ number: Int) -> FormattedMessage {
        FormattedMessage(
            envelope: Array("ENVELOPE (\(number))".utf8),
            bodyStructure: [UInt8](repeating: UInt8(number % 200 + 20), count: 300 + number),
            fields: Array("Subject: \(number)\n\n".utf8)
        )
    }

    private func known(_ mailbox: Mailbox, _ uids: [UInt32]) throws -> [UInt32: FormattedMessage] {
        let parts: FormattedMessage.Parts = [.envelope, .body, .bodyStructure, .fields]
        guard let found = try mailbox.formatted(of: uids, parts) else { return [:] }
        func part(_ range: Range<Int>) -> [UInt8]? { range.isEmpty ? nil : Array(found.bytes[range]) }
        return Dictionary(
            uniqueKeysWithValues: found.entries.map {
                let message = FormattedMessage(
                    envelope: part($0.envelope),
                    body: part($0.body),
                    bodyStructure: part($0.bodyStructure),
                    fields: part($0.fields)
                )
                return ($0.uid, message)
            }
        )
    }

    private func keepAll(_ mailbox: Mailbox) throws -> MailboxView {
        let view = try mailbox.synchronise()
        #expect(mailbox.keep(view.messages.map { ($0.uid, formatted(Int($0.uid))) }))
        return view
    }

    @Test func `What was kept is found by this and by a later session, and only the owner may read it`() throws {
        try fill(30)
        let view = try keepAll(try storage.open("INBOX"))
        let uids = view.messages.map(\.uid)
        let expected = Dictionary(uniqueKeysWithValues: uids.map { ($0, formatted(Int($0))) })
        let later = try storage.open("INBOX")
        _ = try later.synchronise()
        #expect(try known(later, uids) == expected)
        #expect(try fileStatus(path).mode & 0o777 == 0o600)
        // What is new of a message joins what was known.
        #expect(later.keep([(uids[3], FormattedMessage(body: Array("BODY ()".utf8)))]))
        var joined = formatted(Int(uids[3]))
        joined.body = Array("BODY ()".utf8)
        #expect(try known(later, [uids[3]]) == [uids[3]: joined])
    }

    @Test func `Sizes that no name tells are counted once`() throws {
        try fill(5)
        let first = try storage.open("INBOX")
        let uids = try first.synchronise().messages.map(\.uid)
        let sizes = try first.attributes(of: uids, withDates: false).map(\.virtualSize)
        #expect(sizes == (0..<5).map { text($0).utf8.count + $0 + 2 })
        // Written over in place, which no mail program does: the index is asked, not the file.
        let later = try storage.open("INBOX")
        let name = try #require(folder.names("m/cur").first { $0.contains(".P3.") })
        let file = try Descriptor.open(folder["m/cur/" + name], .update)
        try file.truncate(to: 1)
        _ = try later.synchronise()
        #expect(try later.attributes(of: uids, withDates: false).map(\.virtualSize) == sizes)
    }

    @Test func `Another file of the same name and another name of the same UID are not taken for the message`() throws {
        try fill(4)
        let view = try keepAll(try storage.open("INBOX"))
        let uids = view.messages.map(\.uid)
        let names = folder.names("m/cur").sorted()
        // A backup restored over it: the same name, another file.
        try folder.write("m/cur/" + names[0], "Subject: other\n\n")
        let list = folder.text("m/dovecot-uidlist").replacingOccurrences(of: ".P1.", with: ".P9.")
        try folder.write("m/dovecot-uidlist", list)
        try FileManager.default.moveItem(
            atPath: folder["m/cur/" + names[1]],
            toPath: folder["m/cur/" + names[1].replacingOccurrences(of: ".P1.", with: ".P9.")]
        )
        let later = try storage.open("INBOX")
        #expect(try later.synchronise().messages.map(\.uid) == uids)
        #expect(try known(later, uids).keys.sorted() == [uids[2], uids[3]])
    }

    @Test func `Another UIDVALIDITY and another mailbox begin with nothing`() throws {
        try fill(4)
        let view = try keepAll(try storage.open("INBOX"))
        let uids = view.messages.map(\.uid)
        let list = folder.text("m/dovecot-uidlist")
        try folder.write("m/dovecot-uidlist", list.replacingOccurrences(of: "3 V", with: "3 V1"))
        let other = try storage.open("INBOX")
        #expect(try other.synchronise().messages.map(\.uid) == uids)
        #expect(try known(other, uids).isEmpty)
        try folder.write("m/dovecot-uidlist", list)
        #expect(try known(try storage.open("INBOX"), uids).count == 4)
        try storage.create("Copies")
        let (_, result) = try storage.open("INBOX").copy(uids, to: try storage.open("Copies"))
        #expect(try known(try storage.open("Copies"), result.uids).isEmpty)
    }

    @Test func `What is expunged is forgotten, and a flag keeps what is known`() throws {
        try fill(6)
        let mailbox = try storage.open("INBOX")
        let uids = try keepAll(mailbox).messages.map(\.uid)
        _ = try mailbox.store(FlagChange(.add, flags: .flagged), uids: uids)
        _ = try mailbox.expunge([uids[1], uids[4]])
        #expect(try known(mailbox, uids).keys.sorted() == [uids[0], uids[2], uids[3], uids[5]])
        try fill(1, first: 50)
        let fresh = try #require(try mailbox.synchronise().messages.last?.uid)
        #expect(try known(mailbox, [fresh]).isEmpty)
    }

    @Test func `An index that is deleted or replaced under a session is begun anew`() throws {
        try fill(8)
        let mailbox = try storage.open("INBOX")
        let uids = try keepAll(mailbox).messages.map(\.uid)
        try removeFile(path)
        #expect(try known(mailbox, uids).isEmpty)
        _ = try keepAll(mailbox)
        #expect(try known(mailbox, uids).count == 8)
        try removeFile(path)
        try folder.write("m/relais.index", "no index at all")
        #expect(try known(mailbox, uids).isEmpty)
        _ = try keepAll(mailbox)
        #expect(try known(mailbox, uids).count == 8)
    }

    @Test func `An index that is cut short under a session is begun anew`() throws {
        try fill(40)
        let mailbox = try storage.open("INBOX")
        let uids = try keepAll(mailbox).messages.map(\.uid)
        for size in [0, 1, 4096, 8192, 12_288] {
            try Descriptor.open(path, .update).truncate(to: size)
            #expect(try known(mailbox, uids).isEmpty)
            _ = try keepAll(mailbox)
            #expect(try known(mailbox, uids).count == 40)
        }
    }

    /// Whatever byte is damaged, what is found is right, and what is not is kept anew.
    @Test func `No damaged byte is believed`() throws {
        try fill(12)
        var uids: [UInt32] = []
        do { uids = try keepAll(try storage.open("INBOX")).messages.map(\.uid) }
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var offsets = Array(stride(from: 0, to: whole.count, by: Surroundings.wantsLongRounds ? 1 : 11))
        for page in stride(from: 0, to: whole.count, by: 4096) { offsets += page..<page + 64 }
        for offset in offsets {
            var damaged = whole
            damaged[offset] ^= offset % 2 == 0 ? 0x04 : 0xFF
            try Data(damaged).write(to: URL(fileURLWithPath: path))
            let mailbox = try storage.open("INBOX")
            _ = try mailbox.synchronise()
            for (uid, message) in try known(mailbox, uids) { #expect(message == formatted(Int(uid)), "\(offset)") }
            _ = mailbox.keep(uids.map { ($0, formatted(Int($0))) })
            for (uid, message) in try known(mailbox, uids) { #expect(message == formatted(Int(uid)), "\(offset)") }
        }
    }

    @Test func `Where no index can be, everything works without`() throws {
        try fill(3)
        try folder.makeFolder("m/relais.index")
        let mailbox = try storage.open("INBOX")
        let uids = try mailbox.synchronise().messages.map(\.uid)
        #expect(!mailbox.keep([(uids[0], formatted(1))]))
        #expect(try mailbox.formatted(of: uids, .envelope) == nil)
        #expect(try mailbox.attributes(of: uids).map(\.size) == (0..<3).map { text($0).utf8.count })
        #expect(try mailbox.expunge([uids[0]]).messages.count == 2)
    }

    @Test func `Two sessions that read and write at once see only what is right`() async throws {
        try fill(60)
        let storage = storage
        let uids = try storage.open("INBOX").synchronise().messages.map(\.uid)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    let mailbox = try storage.open("INBOX")
                    _ = try mailbox.synchronise()
                    for round in 0..<40 {
                        let some = uids.filter { (Int($0) + round) % 4 == worker }
                        _ = mailbox.keep(some.map { ($0, formatted(Int($0))) })
                        for (uid, message) in try known(mailbox, uids) {
                            #expect(message == formatted(Int(uid)))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try known(try storage.open("INBOX"), uids).count == 60)
    }

    @Test func `Two processes share an index, each sees what the other has written`() throws {
        try fill(40)
        let mailbox = try storage.open("INBOX")
        let uids = try keepAll(mailbox).messages.map(\.uid)
        // Another process has a file, a map and a lock of its own, as this has.
        let other = MailIndex(root: folder["m"])
        let keys = try #require(IndexKeys(uidValidity: 7, guid: Array("0123456789abcdef0123456789abcdef".utf8)))
        for round in 0..<50 {
            #expect(
                other.write { transaction throws(LMDBFile.Failure) in
                    for uid in uids { try transaction.put(keys.key(of: uid), [UInt8](repeating: 1, count: round * 30)) }
                }
            )
            #expect(try known(mailbox, uids).count == 40)
            let message = FormattedMessage(body: Array("BODY (\(round))".utf8))
            #expect(mailbox.keep([(uids[round % 40], message)]))
            var found = 0
            _ = other.read { transaction throws(LMDBFile.Failure) in
                for uid in uids {
                    try transaction.withValue(of: keys.key(of: uid)) { if $0.count == round * 30 { found += 1 } }
                }
            }
            #expect(found == 40)
        }
        let file = try Descriptor.open(path, .read)
        #expect(try LMDBVerifier.holds(file))
    }

    @Test func `A process that keeps the lock costs no more than a moment`() throws {
        try fill(3)
        let mailbox = try storage.open("INBOX")
        let uids = try keepAll(mailbox).messages.map(\.uid)
        let file = try Descriptor.open(path, .update)
        #expect(try file.lock(exclusive: true, wait: false))
        #expect(try mailbox.formatted(of: uids, .envelope) == nil)
        file.unlock()
        #expect(try known(mailbox, uids).count == 3)
    }
}
