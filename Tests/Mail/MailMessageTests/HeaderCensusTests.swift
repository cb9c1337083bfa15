// SPDX-License-Identifier: Apache-2.0

import MailMessage
import TestSupport
import Testing

@Suite("The census of a header")
struct HeaderCensusTests {
    static let message = """
        Received: by a\r
        \tfor b\r
        received: by c\r
        DATE: now\r
        Message-Id:\r
         <1@x>\r
        Resent-From: r@x\r
        Bcc: secret@x\r
        X-Other: y\r
        \r
        From: not@header\r

        """

    @Test func `names what is there and where the header ends`() throws {
        let bytes = Array(Self.message.utf8)
        var census = HeaderCensus()
        let isComplete = census.scan(bytes.span, isWhole: false)
        #expect(isComplete)
        #expect(census.fields == [.received, .date, .messageID, .resentFrom, .bcc])
        #expect(!census.fields.isDisjoint(with: .anyResent))
        #expect(census.receivedCount == 2)
        let id = try #require(census.messageID)
        #expect(String(decoding: bytes[id], as: UTF8.self) == "<1@x>")
        let end = try #require(census.headerEnd)
        let start = try #require(census.bodyStart)
        #expect(bytes[end..<start].elementsEqual("\r\n".utf8))
        #expect(bytes[start...].starts(with: "From: not".utf8))
        #expect(!census.lacksEmptyLine)
    }

    @Test func `gives the same when the octets come one by one`() {
        let bytes = Array(Self.message.utf8)
        var whole = HeaderCensus()
        whole.scan(bytes.span, isWhole: true)
        var drip = HeaderCensus()
        var length = 0
        while !drip.scan(bytes[0..<length].span, isWhole: false), length < bytes.count { length += 1 }
        #expect(drip.headerEnd == whole.headerEnd)
        #expect(drip.bodyStart == whole.bodyStart)
        #expect(drip.fields == whole.fields)
        #expect(drip.messageID == whole.messageID)
        #expect(length == whole.bodyStart)
    }

    struct End: Sendable {
        let text: String
        let headerEnd: Int?
        let bodyStart: Int?
        let lacksEmptyLine: Bool
        init(_ text: String, _ headerEnd: Int?, _ bodyStart: Int?, _ lacksEmptyLine: Bool) {
            self.text = text
            self.headerEnd = headerEnd
            self.bodyStart = bodyStart
            self.lacksEmptyLine = lacksEmptyLine
        }
    }

    @Test(
        "finds the end of the header",
        arguments: [
            End("", 0, 0, true), End("\n", 0, 1, false), End("\r\n", 0, 2, false), End("body only", 0, 0, true),
            End("A: b\nbody without an empty line\n", 5, 5, true), End("A: b", 4, 4, true), End("A: b\n", 5, 5, true),
            End("A: b\n\n", 5, 6, false), End(" x: y\n\n", 0, 0, true), End("A: b\n c\n\n", 8, 9, false),
            End("\r", 0, 0, true), End("A: b\r\n\r", 6, 6, true),
        ]
    )
    func end(_ row: End) {
        var census = HeaderCensus()
        let bytes = Array(row.text.utf8)
        let found = census.scan(bytes.span, isWhole: true)
        #expect(found)
        #expect(census.headerEnd == row.headerEnd)
        #expect(census.bodyStart == row.bodyStart)
        #expect(census.lacksEmptyLine == row.lacksEmptyLine)
    }

    @Test func `waits while the header may go on`() {
        var census = HeaderCensus()
        let first = census.scan(Array("From: a@x\nDate".utf8).span, isWhole: false)
        #expect(!first)
        #expect(census.fields == .from)
        #expect(census.headerEnd == nil)
        let second = census.scan(Array("From: a@x\nDate: x\n\n".utf8).span, isWhole: false)
        #expect(second)
        #expect(census.fields == [.from, .date])
    }

    @Test(
        "knows every field by its name",
        arguments: [
            ("Date", HeaderCensus.Fields.date), ("Message-ID", .messageID), ("From", .from), ("Sender", .sender),
            ("To", .to),
            ("Cc", .cc), ("Bcc", .bcc), ("Reply-To", .replyTo), ("Return-Path", .returnPath), ("Received", .received),
            ("Delivered-To", .deliveredTo), ("MIME-Version", .mimeVersion), ("Content-Type", .contentType),
            ("Content-Transfer-Encoding", .contentTransferEncoding), ("Content-Length", .contentLength),
            ("Resent-Date", .resentDate), ("Resent-Message-ID", .resentMessageID), ("Resent-From", .resentFrom),
            ("Resent-Sender", .resentSender), ("Resent-To", .resentTo), ("Resent-Cc", .resentCc),
            ("Resent-Bcc", .resentBcc),
            ("Subject", .subject), ("X-Date", HeaderCensus.Fields()), ("Dat", HeaderCensus.Fields()),
            ("Fromm", HeaderCensus.Fields()),
        ]
    )
    func knows(_ name: String, _ field: HeaderCensus.Fields) {
        for spelling in [name, name.uppercased(), name.lowercased(), name + " "] {
            var census = HeaderCensus()
            census.scan(Array("\(spelling): x\n\n".utf8).span, isWhole: true)
            #expect(census.fields == field)
        }
    }

    @Test func `random changes never trap, and agree with the octets coming in pieces`() {
        var random = SeededGenerator(seed: 2)
        let seed = Array(Self.message.utf8)
        for _ in 0..<500 {
            let bytes = random.mutation(of: seed)
            var whole = HeaderCensus()
            whole.scan(bytes.span, isWhole: true)
            var drip = HeaderCensus()
            for length in stride(from: 0, through: bytes.count, by: 7) {
                if drip.scan(bytes[0..<length].span, isWhole: false) { break }
            }
            drip.scan(bytes.span, isWhole: true)
            #expect(drip.headerEnd == whole.headerEnd)
            #expect(drip.bodyStart == whole.bodyStart)
            #expect(drip.fields == whole.fields)
            #expect(drip.receivedCount == whole.receivedCount)
            #expect(drip.messageID == whole.messageID)
        }
    }
}
