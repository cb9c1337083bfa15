// SPDX-License-Identifier: Apache-2.0
import Foundation
import IMAPProtocol
import MailStore
import Testing

@testable import imapd

/// A Maildir in a temporary folder.
final class TestMaildir {
    let path: String
    let storage: MailStorage

    init() {
        path = NSTemporaryDirectory() + "imapd-\(UUID().uuidString)"
        storage = MailStorage(location: MailLocation(format: .maildir, root: path), separator: "/")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Puts messages into INBOX and opens it.
    func inbox(_ messages: [[UInt8]]) throws -> (mailbox: Mailbox, view: MailboxView) {
        let mailbox = try storage.open("INBOX")
        for message in messages {
            let writer = try mailbox.beginAppend()
            try writer.write(message)
            _ = try writer.commit(internalDate: 1_600_000_000)
        }
        return (mailbox, try mailbox.synchronise())
    }
}

@Suite("FETCH of messages in memory and in pieces")
struct FetchTests {
    private static let message = Array(
        """
        From: a@example.org
        Subject: one
         folded
        Content-Type: multipart/mixed; boundary=b

        --b

        first
        --b
        Content-Type: message/rfc822

        Subject: inner

        hello
        --b--

        """.utf8
    )
    private static let wire = String(decoding: message, as: UTF8.self).replacingOccurrences(of: "\n", with: "\r\n")

    private static let bodyStart = wire.range(of: "--b\r\n")?.lowerBound ?? wire.startIndex
    private static let header = String(wire[..<bodyStart])
    private static let text = String(wire[bodyStart...])

    /// What FETCH answers for an item of the one message.
    private func fetch(_ item: FetchItem, tellsFlags: Bool = false) throws -> (text: String, batch: FetchWorker.Batch) {
        let maildir = TestMaildir()
        let (mailbox, view) = try maildir.inbox([Self.message])
        let worker = FetchWorker(plan: FetchPlan([item]), mailbox: mailbox)
        let target = FetchTarget(
            sequenceNumber: 1,
            message: view.messages[0],
            keywords: [],
            tellsFlags: tellsFlags,
            known: nil
        )
        let batch = try worker.run([target])
        return (String(decoding: batch.output, as: UTF8.self), batch)
    }

    static let sections: [(BodySection, String?)] = [
        (BodySection(), wire),
        (BodySection(.header), header),
        (BodySection(.headerFields([Array("subject".utf8)])), "Subject: one\r\n folded\r\n\r\n"),
        (
            BodySection(.headerFieldsNot([Array("SUBJECT".utf8), Array("content-type".utf8)])),
            "From: a@example.org\r\n\r\n"
        ),
        (BodySection(.text), text),
        (BodySection(part: [1]), "first"),
        (BodySection(part: [1], .mime), "\r\n"),
        (BodySection(part: [2], .mime), "Content-Type: message/rfc822\r\n\r\n"),
        (BodySection(part: [2]), "Subject: inner\r\n\r\nhello"),
        (BodySection(part: [2], .header), "Subject: inner\r\n\r\n"),
        (BodySection(part: [2], .text), "hello"),
        (BodySection(part: [2], .headerFields([Array("Subject".utf8)])), "Subject: inner\r\n\r\n"),
        (BodySection(part: [2, 1]), "hello"),
        (BodySection(part: [3]), nil),
        (BodySection(part: [1], .header), nil),
    ]

    @Test("Sections are those of RFC 3501 section 6.4.5", arguments: sections)
    func section(_ section: BodySection, _ expected: String?) throws {
        var writer = IMAPResponseWriter()
        writer.beginFetch(1)
        writer.fetchSection(section)
        if let expected { writer.literal(Array(expected.utf8)) } else { writer.raw("NIL") }
        writer.endFetch()
        let (text, _) = try fetch(.section(section, partial: nil, peek: true))
        #expect(text == String(decoding: writer.take(), as: UTF8.self))
    }

    @Test func `A partial fetch is cut out of what the wire has`() throws {
        let whole = Array(Self.wire.utf8)
        for (offset, length) in [(0, 5), (18, 4), (19, 1), (20, 1), (whole.count - 1, 100), (whole.count, 5)] {
            let partial = PartialRange(offset: UInt64(offset), length: UInt64(length))
            let (text, _) = try fetch(.section(BodySection(), partial: partial, peek: true))
            let expected = whole.dropFirst(offset).prefix(length)
            #expect(
                text == "* 1 FETCH (BODY[]<\(offset)> {\(expected.count)}\r\n"
                    + String(decoding: expected, as: UTF8.self) + ")\r\n"
            )
        }
    }

    @Test func `What never changes is formatted once`() throws {
        let maildir = TestMaildir()
        let (mailbox, view) = try maildir.inbox([Self.message])
        let plan = FetchPlan([.envelope])
        let worker = FetchWorker(plan: plan, mailbox: mailbox)
        let uid = view.messages[0].uid
        let target = FetchTarget(
            sequenceNumber: 1,
            message: view.messages[0],
            keywords: [],
            tellsFlags: false,
            known: nil
        )
        let text = String(decoding: try worker.run([target]).output, as: UTF8.self)
        // The index has it now, and the next answer comes from there.
        let kept = try #require(try mailbox.formatted(of: [uid], plan.parts))
        let entry = try #require(kept.entries.first)
        #expect(text == "* 1 FETCH (" + String(decoding: kept.bytes[entry.envelope], as: UTF8.self) + ")\r\n")
        #expect(String(decoding: try worker.run([target]).output, as: UTF8.self) == text)
        // The header was at hand for what searches ask for, too.
        let fields = try #require(try mailbox.formatted(of: [uid], .fields))
        let known = try #require(fields.entries.first)
        #expect(
            String(decoding: fields.bytes[known.fields], as: UTF8.self)
                == "From: a@example.org\nSubject: one\n folded\n\n"
        )
        #expect(!FetchPlan([.envelope, .uid, .flags]).reads(.envelope))
        #expect(FetchPlan([.envelope, .bodyStructure]).reads(.envelope))
    }

    @Test func `Flags are told along where the fetch has set Seen`() throws {
        let (text, _) = try fetch(.rfc822Size, tellsFlags: true)
        #expect(text.hasPrefix("* 1 FETCH (RFC822.SIZE \(Self.wire.utf8.count) FLAGS ("))
    }

    @Test func `A message that is gone is passed over and reported`() throws {
        let maildir = TestMaildir()
        let (mailbox, view) = try maildir.inbox([Self.message, Self.message])
        _ = try maildir.storage.open("INBOX").expunge([view.messages[0].uid])
        let targets = view.messages.enumerated().map { index, message in
            FetchTarget(
                sequenceNumber: UInt32(index + 1),
                message: message,
                keywords: [],
                tellsFlags: false,
                known: nil
            )
        }
        let batch = try FetchWorker(plan: FetchPlan([.rfc822Text, .uid]), mailbox: mailbox).run(targets[...])
        #expect(batch.isIncomplete)
        #expect(batch.done == 2)
        #expect(String(decoding: batch.output, as: UTF8.self).hasPrefix("* 2 FETCH ("))
    }

    @Test func `A large message is left to be streamed, and its pieces make the whole`() throws {
        var large = Array("Subject: large\n\n".utf8)
        for number in 0..<30_000 { large += Array("line \(number)\(number % 7 == 0 ? "\r\n" : "\n")".utf8) }
        large[5000] = 0
        let maildir = TestMaildir()
        let (mailbox, view) = try maildir.inbox([large])
        let message = view.messages[0]
        let worker = FetchWorker(plan: FetchPlan([.rfc822, .rfc822]), mailbox: mailbox)
        let target = FetchTarget(sequenceNumber: 1, message: message, keywords: [], tellsFlags: false, known: nil)
        let batch = try worker.run([target])
        #expect(batch.stopsAtLarge)
        #expect(batch.done == 0)
        #expect(batch.output.isEmpty)
        let opened = LargeMessage(message.uid, try mailbox.open(message.uid))
        var sent: [UInt8] = []
        var position = LargeMessage.Position()
        while true {
            let (bytes, next) = try opened.read(at: position)
            if bytes.isEmpty { break }
            sent += bytes
            position = next
            #expect(position.wireOffset == sent.count)
        }
        #expect(try opened.wireSize() == sent.count)
        #expect(!sent.contains(0))
        let small = try #require(try mailbox.attributes(of: [message.uid]).first)
        #expect(small.virtualSize == sent.count)
    }
}
