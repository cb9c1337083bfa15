// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailEnvelope
import POSIX
import Testing

@testable import MailQueue

@Suite struct QueueScannerTests {
    private let queue: QueueFixture

    init() throws {
        queue = try QueueFixture()
        try queue.recordBoot()
    }

    /// Puts bytes under a fresh id, as a crash might leave them.
    private func plant(_ bytes: [UInt8], mode: UInt32, folder: QueueFolder = .incoming, ageMinutes: Int = 0) throws
        -> QueueID
    {
        let id = queue.ids.next()
        let file = try Descriptor.open(queue.file(id, folder), .createNew)
        try file.write(bytes, at: 0)
        try file.setPermissions(mode)
        return id
    }

    /// The bytes of a good file, rewritten for another id.
    private func good(for id: QueueID) throws -> [UInt8] {
        let other = try queue.accept().id
        defer { try? queue.directories.remove(other, in: .incoming) }
        let bytes = try queue.bytes(other)
        let header = try QueueFileHeader(decoding: bytes)
        return QueueFileHeader(
            id: id,
            layout: header.layout,
            contentChecksum: header.contentChecksum,
            envelopeChecksum: header.envelopeChecksum
        ).encoded() + bytes[QueueFileLayout.headerLength...]
    }

    @Test func `Every message is found with its envelope and marks`() throws {
        let first = try queue.accept(recipients: 3)
        let second = try queue.accept(folder: .hold)
        var marker = try QueueFileMarker(opening: first.id, in: .incoming, of: queue.directories)
        try marker.mark(1, RecipientMark(state: .delivered, attempts: 1))
        let messages = try queue.scan().compactMap { finding in
            if case .message(let message) = finding { message } else { nil }
        }
        #expect(messages.map(\.id) == [second.id, first.id])
        #expect(messages.map(\.folder) == [.hold, .incoming])
        #expect(messages[1].envelope == QueueFixture.envelope(recipients: 3))
        #expect(messages[1].layout == first.layout)
        #expect(messages[1].marks.map(\.state) == [.queued, .delivered, .queued])
        #expect(!messages[1].isFinished)
    }

    @Test func `A message whose recipients are all done is reported as finished`() throws {
        let id = try queue.accept(recipients: 2).id
        var marker = try QueueFileMarker(opening: id, in: .incoming, of: queue.directories)
        try marker.mark(0, RecipientMark(state: .delivered))
        try marker.mark(1, RecipientMark(state: .bounced))
        guard case .message(let message)? = try queue.scan().first else {
            Issue.record("nothing found")
            return
        }
        #expect(message.isFinished)
    }

    @Test func `The file of a living writer is left alone`() throws {
        let writer = QueueFileWriter(in: queue.directories, ids: queue.ids)
        try writer.write([UInt8](repeating: 65, count: QueueFileWriter.pendingLimit))
        #expect(try queue.scan() == [.inProgress(writer.id)])
        #expect(try queue.scan(boot: nil) == [.inProgress(writer.id)])
        let id = try writer.commit(QueueFixture.envelope()).id
        guard case .message(let message)? = try queue.scan().first else {
            Issue.record("nothing found")
            return
        }
        #expect(message.id == id)
    }

    @Test func `An unfinished file of a dead writer goes`() throws {
        let id = try plant([UInt8](repeating: 0, count: 4000), mode: 0o600)
        #expect(try queue.scan() == [.removedIncomplete(id)])
        #expect(!queue.exists(id))
    }

    @Test func `An empty file is left to its writer for a minute`() throws {
        let id = try plant([], mode: 0o600)
        #expect(try queue.scan() == [.inProgress(id)])
        #expect(queue.exists(id))
    }

    @Test func `What a power cut leaves of an unflushed file goes, mode bit or not`() throws {
        let zeros = try plant([UInt8](repeating: 0, count: 4096), mode: 0o700)
        let short = try plant([1, 2, 3], mode: 0o700)
        #expect(
            Set(try queue.scan(boot: BootIdentity("another")).map { "\($0)" })
                == Set([
                    "\(QueueScanner.Finding.removedIncomplete(zeros))",
                    "\(QueueScanner.Finding.removedIncomplete(short))",
                ])
        )
    }

    @Test func `A committed file that was cut is kept for a person`() throws {
        let committed = try queue.accept()
        try Descriptor.open(queue.file(committed.id), .update).truncate(to: 200)
        for boot in [BootIdentity.current(), BootIdentity("another")] {
            var scanner = QueueScanner(queue.directories, boot: boot)
            if queue.exists(committed.id) {
                #expect(
                    scanner.look(at: committed.id, in: .incoming) == .movedToCorrupt(committed.id, .corrupt(.layout))
                )
            }
            #expect(queue.exists(committed.id, .corrupt))
        }
    }

    @Test func `Content is compared after an unclean boot only`() throws {
        let id = try queue.accept().id
        try Descriptor.open(queue.file(id), .update).write([0], at: QueueFileLayout.headerLength)
        guard case .message? = try queue.scan().first else {
            Issue.record("not taken")
            return
        }
        #expect(try queue.scan(boot: BootIdentity("another")) == [.movedToCorrupt(id, .corrupt(.content))])
        #expect(queue.exists(id, .corrupt) && !queue.exists(id))
    }

    @Test func `Without a recorded or a known boot everything is compared`() throws {
        #expect(!QueueScanner(queue.directories, boot: .current()).verifiesContent)
        #expect(QueueScanner(queue.directories, boot: nil).verifiesContent)
        let fresh = try QueueFixture()
        #expect(QueueScanner(fresh.directories, boot: .current()).verifiesContent)
        try fresh.recordBoot()
        try fresh.recordBoot()
        #expect(!QueueScanner(fresh.directories, boot: .current()).verifiesContent)
    }

    @Test func `A complete file without the mode is taken`() throws {
        let id = queue.ids.next()
        let file = try Descriptor.open(queue.file(id), .createNew)
        try file.write(try good(for: id), at: 0)
        guard case .message(let message)? = try queue.scan().first else {
            Issue.record("not taken")
            return
        }
        #expect(message.id == id)
    }

    @Test func `A damaged header or envelope is moved to corrupt and named`() throws {
        let first = try queue.accept()
        try Descriptor.open(queue.file(first.id), .update).write([0xFF], at: 20)
        #expect(try queue.scan() == [.movedToCorrupt(first.id, .corrupt(.header))])
        let second = try queue.accept()
        try Descriptor.open(queue.file(second.id), .update).write([0xFF], at: second.layout.envelopeOffset)
        #expect(try queue.scan() == [.movedToCorrupt(second.id, .corrupt(.envelope))])
        let third = try queue.accept()
        try Descriptor.open(queue.file(third.id), .update).write([0xFF], at: 20)
        try Descriptor.open(queue.file(third.id, .corrupt), .createNew).write([1], at: 0)
        #expect(try queue.scan() == [.unreadable(third.id, .system(.link, .fileExists))])
    }

    @Test func `Names that are no ids, links and folders are left alone`() throws {
        let bucket = QueueID.buckets[5]
        let folder = "\(queue.path)/incoming/\(bucket)"
        try Descriptor.open("\(folder)/README", .createNew).write([1], at: 0)
        let id = queue.ids.next()
        try FileManager.default.createSymbolicLink(atPath: queue.file(id), withDestinationPath: "/etc/passwd")
        let findings = try queue.scan()
        #expect(findings.contains(.foreign("incoming/\(bucket)/README")))
        #expect(findings.contains(.unreadable(id, .system(.open, .tooManySymbolicLinkLevels))))
        #expect(FileManager.default.fileExists(atPath: "\(folder)/README"))
    }

    @Test func `Moving a message takes its old name away and leaves the bytes as they are`() throws {
        let id = try queue.accept().id
        let bytes = try queue.bytes(id)
        try queue.directories.move(id, from: .incoming, to: .deferred)
        #expect(!queue.exists(id))
        #expect(try queue.bytes(id, .deferred) == bytes)
        try queue.directories.move(id, from: .deferred, to: .deferred)
        #expect(queue.exists(id, .deferred))
        #expect(throws: QueueFileError.system(.link, .noSuchFileOrDirectory)) {
            try queue.directories.move(id, from: .incoming, to: .hold)
        }
    }

    @Test func `A message in two folders is reported once, and a move can be repeated`() throws {
        let id = try queue.accept().id
        try FileManager.default.linkItem(atPath: queue.file(id), toPath: queue.file(id, .deferred))
        try queue.directories.move(id, from: .incoming, to: .deferred)
        #expect(!queue.exists(id))
        try FileManager.default.linkItem(atPath: queue.file(id, .deferred), toPath: queue.file(id))
        let findings = try queue.scan()
        #expect(findings.count == 2)
        #expect(findings.contains(.removedDuplicate(id)))
        #expect(queue.exists(id, .deferred) && !queue.exists(id))
    }

    @Test func `Another file under a name that is taken is never removed`() throws {
        let id = try queue.accept().id
        let other = try Descriptor.open(queue.file(id, .deferred), .createNew)
        try other.write(try queue.bytes(id), at: 0)
        #expect(throws: QueueFileError.system(.link, .fileExists)) {
            try queue.directories.move(id, from: .incoming, to: .deferred)
        }
        #expect(try queue.scan().contains(.unreadable(id, .system(.link, .fileExists))))
        #expect(queue.exists(id) && queue.exists(id, .deferred))
    }

    @Test func `Messages that are done go in a batch`() throws {
        let remover = QueueRemover(queue.directories)
        let ids = try (0..<5).map { _ in try queue.accept().id }
        for (count, id) in ids.enumerated() { #expect(remover.add(id, in: .incoming) == count + 1) }
        #expect(ids.allSatisfy { queue.exists($0) })
        #expect(remover.removeAll().isEmpty)
        #expect(!ids.contains { queue.exists($0) })
        remover.add(ids[0], in: .incoming)
        #expect(remover.removeAll().isEmpty)
    }

    @Test func `Preparing a queue again changes nothing`() throws {
        let id = try queue.accept().id
        try QueueDirectories.prepare(queue.path)
        #expect(queue.exists(id))
        let mode = try fileStatus(queue.path + "/maildrop").mode
        #expect(mode == 0o730)
        #expect(try fileStatus(queue.path + "/incoming/0").mode == 0o700)
    }
}
