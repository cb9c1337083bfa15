// SPDX-License-Identifier: Apache-2.0
import MailEnvelope
import POSIX
import Testing

@testable import MailQueue

@Suite struct QueueMarkTests {
    @Test func `Marks and reasons are read back, each recipient's own`() throws {
        let queue = try QueueFixture()
        let committed = try queue.accept(recipients: 6)
        var marker = try QueueFileMarker(
            opening: committed.id,
            in: .incoming,
            of: queue.directories,
            layout: committed.layout
        )
        let refused = DeliveryReason(
            status: "5.1.1",
            text: "no such user",
            remoteMTA: "mx.example.net",
            diagnosticType: .smtp
        )
        let late = DeliveryReason(status: "4.4.1", text: "timed out\r\nX: injected")
        try marker.mark(0, RecipientMark(state: .delivered, attempts: 1, lastAttempt: 100))
        try marker.mark(1, RecipientMark(state: .failed, attempts: 2, lastAttempt: 200), reason: refused)
        try marker.mark(
            2,
            RecipientMark(state: .deferred, attempts: 70_000, lastAttempt: 300, nextAttempt: 900),
            reason: late
        )
        try marker.mark(
            3,
            RecipientMark(state: .deferred, attempts: 1, lastAttempt: 300, nextAttempt: 900),
            reason: late
        )
        try marker.mark(4, RecipientMark(state: .expanded))
        try marker.mark(MessageMark(isDelayReported: true, isExpired: false))
        try marker.flush()
        let reader = try QueueFileReader(opening: committed.id, in: .incoming, of: queue.directories)
        let (message, marks) = try reader.marks()
        #expect(message == MessageMark(isDelayReported: true))
        #expect(marks.map(\.state) == [.delivered, .failed, .deferred, .deferred, .expanded, .queued])
        #expect(marks.map(\.attempts) == [1, 2, 65535, 1, 0, 0])
        #expect(marks[2].nextAttempt == 900 && marks[2].lastAttempt == 300)
        #expect(reader.reason(of: marks[1]) == refused)
        #expect(reader.reason(of: marks[2])?.text == "timed out??X: injected")
        #expect(marks[2].reason == marks[3].reason)
        #expect(reader.reason(of: marks[0]) == nil)
        try reader.verifyContent()
        #expect(try reader.envelope() == QueueFixture.envelope(recipients: 6))
    }

    @Test func `A recipient that the file does not have cannot be marked`() throws {
        let queue = try QueueFixture()
        let id = try queue.accept(recipients: 1).id
        var marker = try QueueFileMarker(opening: id, in: .incoming, of: queue.directories)
        let before = try queue.bytes(id)
        for index in [-1, 1, Int.max] {
            #expect(throws: QueueFileError.corrupt(.layout)) {
                try marker.mark(index, RecipientMark(state: .delivered))
            }
        }
        #expect(try queue.bytes(id) == before)
    }

    @Test func `Reasons stay bounded, and an old one is lost rather than wrong`() throws {
        let queue = try QueueFixture()
        let committed = try queue.accept(recipients: 2)
        var marker = try QueueFileMarker(opening: committed.id, in: .incoming, of: queue.directories)
        let first = DeliveryReason(status: "4.0.0", text: "first")
        try marker.mark(1, RecipientMark(state: .deferred), reason: first)
        var last = first
        for attempt in 0..<400 {
            last = DeliveryReason(status: "4.0.0", text: "\(attempt) " + String(repeating: "x", count: 3000))
            try marker.mark(0, RecipientMark(state: .deferred, attempts: attempt), reason: last)
        }
        let reader = try QueueFileReader(opening: committed.id, in: .incoming, of: queue.directories)
        #expect(try reader.file.status().size <= committed.layout.committedLength + QueueFileMarker.reasonRoom)
        let (_, marks) = try reader.marks()
        #expect(reader.reason(of: marks[0]) == last)
        #expect(reader.reason(of: marks[1]) == nil && marks[1].state == .deferred)
    }

    @Test func `A mark under another recipient's place counts as none`() {
        let bytes = RecipientMark(state: .delivered).encoded(recipient: 3)
        #expect(RecipientMark(decoding: bytes[...], recipient: 3).state == .delivered)
        #expect(RecipientMark(decoding: bytes[...], recipient: 4).state == .queued)
        #expect(RecipientMark(decoding: bytes[1...], recipient: 3).state == .queued)
    }
}
