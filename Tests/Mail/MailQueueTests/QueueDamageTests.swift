// SPDX-License-Identifier: Apache-2.0
import MailEnvelope
import POSIX
import Testing
import TestSupport

@testable import MailQueue

@Suite struct QueueDamageTests {
    private struct Contents: Equatable {
        var envelope: Envelope
        var content: [UInt8]
        var states: [RecipientState]
    }

    private static func read(_ path: String, _ id: QueueID) throws(QueueFileError) -> Contents {
        let file: Descriptor
        do { file = try Descriptor.open(path, .read) } catch { throw .system(.open, error) }
        let reader = try QueueFileReader(file, expecting: id)
        try reader.verifyContent()
        let (_, marks) = try reader.marks()
        for mark in marks { _ = reader.reason(of: mark) }
        return Contents(
            envelope: try reader.envelope(),
            content: try reader.content(at: 0, count: 1 << 20),
            states: marks.map(\.state)
        )
    }

    private static func overwrite(_ path: String, _ bytes: [UInt8]) throws {
        let file = try Descriptor.open(path, .update)
        try file.truncate(to: 0)
        try file.write(bytes, at: 0)
    }

    @Test func `Every changed byte is an error or changes nothing, and no recipient is taken for done`() throws {
        let queue = try QueueFixture()
        let id = try queue.accept(recipients: 2).id
        var marker = try QueueFileMarker(opening: id, in: .incoming, of: queue.directories)
        try marker.mark(
            0,
            RecipientMark(state: .deferred, attempts: 1),
            reason: DeliveryReason(status: "4.4.1", text: "no")
        )
        let path = queue.file(id)
        let good = try queue.bytes(id)
        let expected = try Self.read(path, id)
        let file = try Descriptor.open(path, .update)
        for index in good.indices {
            for change: UInt8 in [0x01, 0x10, 0x80, 0xFF] {
                try file.write([good[index] ^ change], at: index)
                do throws(QueueFileError) {
                    let contents = try Self.read(path, id)
                    #expect(contents.envelope == expected.envelope && contents.content == expected.content)
                    let isDone = contents.states.contains(where: \.isFinished)
                    #expect(!isDone)
                } catch {
                    #expect(error != .finished)
                }
            }
            try file.write([good[index]], at: index)
        }
        #expect(try Self.read(path, id) == expected)
    }

    @Test func `A file cut at any length is incomplete, not half a message`() throws {
        let queue = try QueueFixture()
        let committed = try queue.accept(recipients: 2)
        let path = queue.file(committed.id)
        let file = try Descriptor.open(path, .update)
        for length in stride(from: committed.layout.committedLength - 1, through: 0, by: -1) {
            try file.truncate(to: length)
            #expect(throws: QueueFileError.incomplete) { try Self.read(path, committed.id) }
        }
    }

    @Test func `Random damage, lengths included, never traps`() throws {
        let queue = try QueueFixture()
        let id = try queue.accept(recipients: 3).id
        let path = queue.file(id)
        let good = try queue.bytes(id)
        var random = SeededGenerator(seed: 42)
        for _ in 0..<600 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] =
                    [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random)
                    ?? 0
            }
            // With a valid check value the decoder itself is reached.
            let sum = Checksum(of: Array(bytes[..<124])).value
            var end: [UInt8] = []
            end.append(littleEndian: sum)
            bytes.replaceSubrange(124..<128, with: end)
            try Self.overwrite(path, bytes)
            _ = try? Self.read(path, id)
        }
    }

    @Test func `Random envelope records never trap`() {
        var random = SeededGenerator(seed: 7)
        let good = try? QueueFixture.envelope(recipients: 3).encoded(limits: EnvelopeLimits())
        let records = good ?? []
        #expect(!records.isEmpty)
        for _ in 0..<5000 {
            var bytes = records
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            }
            guard let envelope = try? Envelope(decoding: bytes, recipientCount: 3, limits: EnvelopeLimits()) else {
                continue
            }
            #expect(isPrintable(envelope.sender) && envelope.recipients.allSatisfy { isPrintable($0.address) })
        }
    }

    @Test func `A record of a later version that is marked as a hint is passed over, another is an error`() throws {
        let good = try QueueFixture.envelope().encoded(limits: EnvelopeLimits())
        let hint = [UInt8(200), 2, 0, 1, 2] + good
        #expect(try Envelope(decoding: hint, recipientCount: 2, limits: EnvelopeLimits()) == QueueFixture.envelope())
        let unknown = [UInt8(100), 2, 0, 1, 2] + good
        #expect(throws: EnvelopeError.malformed) {
            try Envelope(decoding: unknown, recipientCount: 2, limits: EnvelopeLimits())
        }
    }

    @Test func `A file under another message's name is refused`() throws {
        let queue = try QueueFixture()
        let first = try queue.accept().id
        let second = queue.ids.next()
        let bytes = try queue.bytes(first)
        let other = try Descriptor.open(queue.file(second), .createNew)
        try other.write(bytes, at: 0)
        #expect(throws: QueueFileError.corrupt(.name)) {
            _ = try QueueFileReader(opening: second, in: .incoming, of: queue.directories)
        }
    }

    @Test(arguments: [
        ("plain", 10, "plain"), ("a\r\nb\0", 10, "a??b?"), ("ééé", 5, "éé"), ("ééé", 6, "ééé"), ("a€", 3, "a"),
        ("", 3, ""),
        ("x\u{1F600}y", 4, "x"), ("xy", 1, "x"),
    ])
    func `Foreign text is made printable and cut between characters`(text: String, limit: Int, expected: String) {
        #expect(printable(text, limit: limit) == expected)
    }
}
