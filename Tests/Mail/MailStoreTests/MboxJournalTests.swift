// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

@testable import MailStore

@Suite("mbox journal")
struct MboxJournalTests {
    let folder = TemporaryFolder()
    var journal: MboxJournal { MboxJournal(folder: StoreRoot(path: folder.path), name: "journal") }

    static let from = "From a Sat Nov 21 02:15:00 2026\n"
    static let first = from + "A: 1\n\n1\n\n"
    static let oldEnd = from + "A: 2\n\n2\n\n" + from + "A: 3\n\n3\n\n"
    static let newEnd = from + "A: 2\nX-UID: 2\n\n2\n\n" + from + "A: 3\nX-UID: 3\n\n3\n\n"
    static let later = "From z Sat Nov 21 03:00:00 2026\nA: later\n\nlater\n\n"

    /// Puts the mbox into a state of a crash and carries the journal out.
    func recover(from state: String) throws -> String {
        try folder.write("mbox", Self.first + Self.oldEnd)
        try journal.write(
            try Descriptor.open(folder.path + "/mbox", .update),
            from: Self.first.utf8.count,
            pieces: [.new(Array(Self.newEnd.utf8))]
        )
        try folder.write("mbox", state)
        try journal.recover(try Descriptor.open(folder.path + "/mbox", .update))
        #expect(!journal.exists)
        return folder.text("mbox")
    }

    @Test func `A change that was not begun is made`() throws {
        #expect(try recover(from: Self.first + Self.oldEnd) == Self.first + Self.newEnd)
        #expect(try recover(from: Self.first + Self.oldEnd + Self.later) == Self.first + Self.newEnd + Self.later)
    }

    @Test func `A change cut off at any byte is finished`() throws {
        for length in 0...Self.newEnd.utf8.count {
            let part = String(Self.newEnd.prefix(length))
            #expect(try recover(from: Self.first + part) == Self.first + Self.newEnd)
        }
    }

    @Test func `Mail appended to a file cut off at any byte is kept whole`() throws {
        for length in stride(from: 0, through: Self.newEnd.utf8.count, by: 3) {
            let part = String(Self.newEnd.prefix(length))
            let separator = part.isEmpty || part.hasSuffix("\n\n") ? "" : part.hasSuffix("\n") ? "\n" : "\n\n"
            let whole = try recover(from: Self.first + part + separator + Self.later)
            #expect(whole.hasPrefix(Self.first + Self.newEnd))
            #expect(whole.hasSuffix(Self.later))
        }
    }

    @Test func `A journal that is not whole was never begun and goes`() throws {
        try folder.write("mbox", Self.first + Self.oldEnd)
        let file = try Descriptor.open(folder.path + "/mbox", .update)
        try journal.write(file, from: Self.first.utf8.count, pieces: [.new(Array(Self.newEnd.utf8))])
        let good = folder.read("journal")
        for length in stride(from: 0, to: good.count, by: 11) {
            try folder.write("journal", Array(good.prefix(length)))
            try journal.recover(file)
            #expect(folder.text("mbox") == Self.first + Self.oldEnd)
            #expect(!journal.exists)
        }
        for index in good.indices where index >= 256 || good[index] != 0 {
            var bad = good
            bad[index] ^= 1
            try folder.write("journal", bad)
            try journal.recover(file)
            #expect(folder.text("mbox").hasPrefix(Self.first))
            #expect(!journal.exists)
            try folder.write("mbox", Self.first + Self.oldEnd)
        }
    }

    @Test func `A journal of a longer file is put aside, not thrown away`() throws {
        try folder.write("mbox", Self.first + Self.oldEnd)
        let file = try Descriptor.open(folder.path + "/mbox", .update)
        try journal.write(file, from: Self.first.utf8.count, pieces: [.new(Array(Self.newEnd.utf8))])
        try file.truncate(to: 3)
        try journal.recover(file)
        #expect(folder.names("") == ["journal.orphan", "mbox"])
        #expect(folder.read("mbox").count == 3)
    }

    @Test func `A mailbox with a journal is finished before anybody reads it`() throws {
        let storage = MailStorage(
            location: MailLocation(format: .mbox, root: folder.path, inbox: folder.path + "/mbox")
        )
        try folder.write("mbox", Self.first + Self.oldEnd)
        let view = try storage.open("INBOX").synchronise()
        let whole = folder.text("mbox")
        var hash = Hash64()
        hash.add(Array("INBOX".utf8))
        let journal = MboxJournal(
            folder: StoreRoot(path: folder.path),
            name: ".relais-journal.\(String(hash.value, radix: 16))"
        )
        try journal.write(
            try Descriptor.open(folder.path + "/mbox", .update),
            from: 0,
            pieces: [.new(Array(whole.utf8))]
        )
        try folder.write("mbox", String(whole.prefix(whole.count / 2)))
        let reader = try storage.open("INBOX", readOnly: true)
        #expect(try reader.synchronise().messages.map(\.uid) == view.messages.map(\.uid))
        #expect(folder.text("mbox") == whole)
    }
}
