// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailEnvelope
import POSIX
import Testing

@testable import MailQueue

@Suite struct QueueFileTests {
    @Test(arguments: [0, 1, 5000, QueueFileWriter.pendingLimit - 129, QueueFileWriter.pendingLimit, 1_000_000])
    func `A committed message reads back as it was`(length: Int) throws {
        let queue = try QueueFixture()
        let content = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let writer = QueueFileWriter(in: queue.directories, ids: queue.ids)
        var rest = content[...]
        while !rest.isEmpty {
            try writer.write(Array(rest.prefix(4000)))
            rest = rest.dropFirst(4000)
        }
        let envelope = QueueFixture.envelope(recipients: 5)
        let committed = try writer.commit(envelope)
        #expect(committed.id == writer.id)
        let reader = try QueueFileReader(opening: committed.id, in: .incoming, of: queue.directories)
        #expect(reader.header.layout == committed.layout)
        #expect(try reader.envelope() == envelope)
        #expect(try reader.content(at: 0, count: length + 10) == content)
        #expect(try reader.content(at: length, count: 10) == [])
        try reader.verifyContent()
        let (message, marks) = try reader.marks()
        #expect(message == MessageMark())
        #expect(marks == Array(repeating: RecipientMark(), count: 5))
        let status = try reader.file.status()
        #expect(status.mode == 0o700)
        #expect(status.size == committed.layout.committedLength)
    }

    @Test func `A flush of the folder is taken where the file system is not known`() throws {
        let queue = try QueueFixture(onDisk: true, synchronizesDirectories: true)
        let id = try queue.accept().id
        #expect(queue.exists(id))
    }

    @Test func `Nothing is on disk until a flush is due, and nothing remains after an abort`() throws {
        let queue = try QueueFixture()
        let small = QueueFileWriter(in: queue.directories, ids: queue.ids)
        try small.write([1, 2, 3])
        #expect(!queue.exists(small.id))
        small.abort()
        let large = QueueFileWriter(in: queue.directories, ids: queue.ids)
        try large.write([UInt8](repeating: 1, count: QueueFileWriter.pendingLimit))
        #expect(queue.exists(large.id))
        large.abort()
        #expect(!queue.exists(large.id))
        #expect(throws: QueueFileError.finished) { try large.commit(QueueFixture.envelope()) }
        #expect(try queue.scan().isEmpty)
    }

    @Test func `A writer that is let go takes its file away`() throws {
        let queue = try QueueFixture()
        var writer: QueueFileWriter? = QueueFileWriter(in: queue.directories, ids: queue.ids)
        try writer?.write([UInt8](repeating: 1, count: QueueFileWriter.pendingLimit))
        let id = try #require(writer?.id)
        #expect(queue.exists(id))
        writer = nil
        #expect(!queue.exists(id))
    }

    @Test func `A writer commits once`() throws {
        let queue = try QueueFixture()
        let writer = QueueFileWriter(in: queue.directories, ids: queue.ids)
        let id = try writer.commit(QueueFixture.envelope()).id
        #expect(throws: QueueFileError.finished) { try writer.commit(QueueFixture.envelope()) }
        writer.abort()
        #expect(queue.exists(id))
    }

    @Test func `An id that is taken is refused and the file there stays`() throws {
        let queue = try QueueFixture()
        let first = QueueFileWriter(in: queue.directories, ids: QueueIDSource(number: 1), now: 5_000_000)
        let second = QueueFileWriter(in: queue.directories, ids: QueueIDSource(number: 1), now: 5_000_000)
        #expect(first.id == second.id)
        try first.write([1])
        _ = try first.commit(QueueFixture.envelope())
        #expect(throws: QueueFileError.system(.open, .fileExists)) { try second.commit(QueueFixture.envelope()) }
        #expect(
            try QueueFileReader(opening: first.id, in: .incoming, of: queue.directories).content(at: 0, count: 9) == [1]
        )
    }

    @Test func `No control character reaches a record`() throws {
        let queue = try QueueFixture()
        let fields: [WritableKeyPath<Envelope, String>] = [
            \.sender, \.client.address, \.client.name, \.client.helo, \.client.protocolName, \.client.tls,
            \.sasl.user, \.sasl.method, \.sasl.sender, \.dsn.envelopeID, \.messageID, \.recipients[0].address,
            \.recipients[0].original,
            \.recipients[0].dsnOriginal,
        ]
        for field in fields {
            for character in ["\r", "\n", "\0", "\u{1b}", "\u{7f}", "\t"] {
                var envelope = QueueFixture.envelope()
                envelope[keyPath: field] = "a\(character)b"
                let writer = QueueFileWriter(in: queue.directories, ids: queue.ids)
                #expect(throws: QueueFileError.self, "\(field)") { try writer.commit(envelope) }
                #expect(!queue.exists(writer.id))
            }
            var envelope = QueueFixture.envelope()
            envelope[keyPath: field] = String(repeating: "x", count: 5000)
            let writer = QueueFileWriter(in: queue.directories, ids: queue.ids)
            #expect(throws: QueueFileError.self, "\(field)") { try writer.commit(envelope) }
        }
    }

    @Test func `More recipients than the limit are refused by writer and reader`() throws {
        let queue = try QueueFixture()
        let limits = EnvelopeLimits(recipients: 3)
        let writer = QueueFileWriter(in: queue.directories, ids: queue.ids, limits: limits)
        #expect(throws: QueueFileError.limitExceeded("recipients")) {
            try writer.commit(QueueFixture.envelope(recipients: 4))
        }
        let id = try queue.accept(recipients: 4).id
        let reader = try QueueFileReader(opening: id, in: .incoming, of: queue.directories, limits: limits)
        #expect(throws: QueueFileError.limitExceeded("recipients")) { try reader.envelope() }
    }
}
