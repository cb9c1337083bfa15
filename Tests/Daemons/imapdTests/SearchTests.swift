// SPDX-License-Identifier: Apache-2.0
import Foundation
import IMAPProtocol
import MailStore
import Testing

@testable import imapd

@Suite("SEARCH (RFC 3501 section 6.4.4)")
struct SearchTests {
    private static let messages = [
        """
        Date: Sun, 13 Sep 2020 23:30:00 -0200
        From: Anna <anna@example.org>
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=

        Hello World
        """,
        """
        From: bob@example.org
        Subject: second
        Content-Type: text/plain
        Content-Transfer-Encoding: base64

        aGlkZGVuIHRleHQK
        """,
    ].map { Array($0.utf8) }

    private static func day(_ year: Int, _ month: Int, _ day: Int) -> IMAPDate {
        IMAPDate(year: year, month: month, day: day) ?? IMAPDate(daysSinceEpoch: 0)
    }

    private static func keyword(_ name: String, isSet: Bool) -> SearchKey {
        Keyword(name).map { .keyword($0, isSet: isSet) } ?? .not(.all)
    }

    /// Keys and the sequence numbers that they find; the second message is \Seen and $Label, both are of 13 Sep 2020.
    static let cases: [(SearchKey, [UInt32])] = [
        (.all, [1, 2]),
        (.flag(.seen, isSet: true), [2]),
        (.flag(.seen, isSet: false), [1]),
        (keyword("$LABEL", isSet: true), [2]),
        (keyword("none", isSet: false), [1, 2]),
        (.sequence(SequenceSet([.init(.largest, .largest)])), [2]),
        (.uid(SequenceSet([.init(.number(1), .number(1))])), [1]),
        (.header(field: Array("Subject".utf8), value: Array("GR\u{dc}\u{df}E".utf8)), [1]),
        (.header(field: Array("Date".utf8), value: []), [1]),
        (.header(field: Array("From".utf8), value: Array("@EXAMPLE".utf8)), [1, 2]),
        (.body(Array("hello world".utf8)), [1]),
        (.body(Array("hidden".utf8)), [2]),
        (.body(Array("second".utf8)), []),
        (.text(Array("second".utf8)), [2]),
        (.and([.flag(.seen, isSet: true), .body(Array("hello".utf8))]), []),
        (.or([.flag(.seen, isSet: true), .body(Array("hello".utf8))]), [1, 2]),
        (.not(.text(Array("second".utf8))), [1]),
        (.larger(10), [1, 2]),
        (.smaller(10), []),
        (.internalDate(.on, day(2020, 9, 13)), [1, 2]),
        (.internalDate(.before, day(2020, 9, 13)), []),
        (.sentDate(.on, day(2020, 9, 13)), [1]),
        (.sentDate(.since, day(2020, 9, 14)), []),
        (.sentDate(.before, day(2021, 1, 1)), [1]),
    ]

    @Test("A key finds", arguments: cases)
    func key(_ key: SearchKey, _ expected: [UInt32]) throws {
        let maildir = TestMaildir()
        let (mailbox, _) = try maildir.inbox(Self.messages)
        let view = try mailbox.store(
            MailStore.FlagChange(.add, flags: .seen, keywords: ["$Label"]),
            uids: [2]
        )
        let node = SearchNode(key, view)
        let attributes = try mailbox.attributes(of: [1, 2])
        var found: [UInt32] = []
        for (index, message) in view.messages.enumerated() {
            var subject = SearchSubject(sequenceNumber: UInt32(index + 1), message: message)
            let cheap = try node.isFound(subject)
            subject.attributes = attributes[index]
            let content = LoadedMessage(try mailbox.open(message.uid))
            let fields = try #require(try SearchedFields.find(in: content))
            subject.fields = SearchedFields(bytes: fields, range: 0..<fields.count)
            let byFields = try node.isFound(subject)
            subject.fields = nil
            subject.content = content
            let decided: Bool? = try node.isFound(subject)
            let full = try #require(decided as Bool?, "undecided")
            // What is decided cheaply is decided rightly.
            if let cheap { #expect(cheap == full) }
            if let byFields { #expect(byFields == full) }
            if node.needs == .fields { #expect(byFields != nil) }
            if full { found.append(subject.sequenceNumber) }
        }
        #expect(found == expected)
    }

    /// Searches by sequence numbers as the command does.
    private func search(_ key: SearchKey, _ mailbox: Mailbox) throws -> [UInt32] {
        let view = try mailbox.synchronise()
        let places = view.messages.enumerated().map {
            SearchSubject.Place(sequenceNumber: UInt32($0 + 1), message: $1)
        }
        let (done, hits) = try SearchCommand.look(places, SearchNode(key, view), mailbox)
        #expect(done == places.count)
        return hits.map(\.sequenceNumber)
    }

    @Test func `Fields that were read for one search are not read for the next, in this session and in later ones`()
        throws
    {
        let maildir = TestMaildir()
        let (mailbox, _) = try maildir.inbox(Self.messages)
        let anna = SearchKey.header(field: Array("from".utf8), value: Array("anna".utf8))
        #expect(try search(anna, mailbox) == [1])
        // Written over in place, which no mail program does: the index is asked, not the files.
        for part in ["cur", "new"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: maildir.path + "/" + part) {
                let file = try #require(FileHandle(forWritingAtPath: maildir.path + "/\(part)/" + name))
                try file.write(contentsOf: Data("From: x\n\n".utf8))
                try file.close()
            }
        }
        #expect(try search(anna, mailbox) == [1])
        let later = try maildir.storage.open("INBOX")
        let subject = SearchKey.header(field: Array("SUBJECT".utf8), value: Array("second".utf8))
        #expect(try search(subject, later) == [2])
        #expect(try search(.sentDate(.on, Self.day(2020, 9, 13)), later) == [1])
        // What the index does not keep is read.
        #expect(try search(.header(field: Array("Content-Type".utf8), value: []), later) == [])
    }

    @Test func `A message with long fields is searched in its file`() throws {
        let maildir = TestMaildir()
        let long = "To: " + (0..<300).map { "someone\($0)@example.org" }.joined(separator: ",\n ")
        let (mailbox, view) = try maildir.inbox([Array((long + "\nSubject: long\n\n").utf8), Array("\n".utf8)])
        let last = SearchKey.header(field: Array("To".utf8), value: Array("someone299".utf8))
        #expect(try search(last, mailbox) == [1])
        #expect(try search(last, mailbox) == [1])
        let uids = view.messages.map(\.uid)
        let kept = try #require(try mailbox.formatted(of: uids, .fields))
        // A message without any of the fields is known to have none.
        #expect(kept.entries.filter { $0.has(.fields) }.map(\.uid) == [uids[1]])
    }

    @Test func `Nothing is opened where flags decide`() throws {
        let message = MailboxView.Message(uid: 1, flags: .seen)
        let view = MailboxView(uidValidity: 1, uidNext: 2, messages: [message])
        let subject = SearchSubject(sequenceNumber: 1, message: message)
        let text = SearchKey.text(Array("x".utf8))
        #expect(try SearchNode(.and([text, .flag(.seen, isSet: false)]), view).isFound(subject) == false)
        #expect(try SearchNode(.or([text, .flag(.seen, isSet: true)]), view).isFound(subject) == true)
        #expect(try SearchNode(.and([text, .flag(.seen, isSet: true)]), view).isFound(subject) == nil)
        #expect(try SearchNode(.not(text), view).isFound(subject) == nil)
    }
}

@Suite("Events of inotify(7)")
struct InotifyEventsTests {
    private func event(_ watch: Int32, name: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in [UInt32(bitPattern: watch), 2, 0, UInt32(name)] {
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
        }
        return bytes + [UInt8](repeating: 0x61, count: name)
    }

    @Test func `Each watch is told once, and what is cut off is left out`() {
        let bytes = event(1, name: 16) + event(7, name: 0) + event(1, name: 0) + event(9, name: 16).dropLast()
        #expect(InotifyEvents.watches(in: bytes[...]) == [1, 7, 9])
        #expect(InotifyEvents.watches(in: event(3, name: 0).dropLast()[...]).isEmpty)
        #expect(InotifyEvents.watches(in: [][...]).isEmpty)
    }
}
