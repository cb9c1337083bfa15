// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailEnvelope
import POSIX
import Testing

@testable import MailQueue

/// A child process is killed at a named point; the parent then looks at the queue as a restarted qmgr does.
@Suite struct QueueCrashTests {
    /// A point, and whether the message is larger than what a writer keeps in memory.
    static let accepting: [(CrashPoint, Bool)] = [
        (.acceptOpened, false), (.acceptLocked, false), (.acceptHeaderWritten, false), (.acceptBeforeFlush, false),
        (.acceptFlushed, false), (.acceptOpened, true), (.acceptLocked, true), (.acceptContentWritten, true),
        (.acceptBeforeHeader, true), (.acceptHeaderWritten, true), (.acceptBeforeFlush, true), (.acceptFlushed, true),
    ]

    @Test(arguments: accepting)
    func `Killed while accepting, a message is there whole or not at all`(point: CrashPoint, isLarge: Bool) async throws
    {
        let queue = try QueueFixture()
        try queue.recordBoot()
        let before = try queue.accept().id
        let (path, name) = (queue.path, point.rawValue)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, name = name as String, isLarge] in
            let directories = try QueueDirectories(opening: path)
            let writer = QueueFileWriter(in: directories, ids: QueueIDSource())
            setenv(CrashPoint.variable, name, 1)
            try writer.write([UInt8](repeating: 65, count: isLarge ? 300_000 : 3000))
            _ = try writer.commit(QueueFixture.envelope())
        }
        let isComplete = [.acceptHeaderWritten, .acceptBeforeFlush, .acceptFlushed].contains(point)
        let findings = try queue.scan()
        let messages = findings.compactMap { if case .message(let message) = $0 { message } else { nil } }
        #expect(messages.contains { $0.id == before })
        #expect(messages.count == (isComplete ? 2 : 1))
        #expect(findings.count == 2)
        for message in messages where message.id != before {
            let reader = try QueueFileReader(opening: message.id, in: .incoming, of: queue.directories)
            try reader.verifyContent()
            #expect(reader.header.layout.contentLength == (isLarge ? 300_000 : 3000))
            #expect(message.envelope == QueueFixture.envelope())
        }
        // And a second restart finds the same.
        #expect(try queue.scan().filter { if case .message = $0 { true } else { false } }.count == messages.count)
    }

    @Test func `Killed after the commit, the message is there`() async throws {
        let queue = try QueueFixture(onDisk: true)
        try queue.recordBoot()
        let path = queue.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let writer = QueueFileWriter(in: try QueueDirectories(opening: path), ids: QueueIDSource())
            try writer.write(Array("acknowledged\n".utf8))
            _ = try writer.commit(QueueFixture.envelope())
            kill(getpid(), SIGKILL)
        }
        guard case .message(let message)? = try queue.scan().first else {
            Issue.record("an acknowledged message is lost")
            return
        }
        #expect(message.layout.contentLength == 13)
    }

    @Test(arguments: [CrashPoint.markBeforeReason, .markReasonWritten, .markWritten])
    func `Killed while marking, a recipient is done or still to do`(point: CrashPoint) async throws {
        let queue = try QueueFixture()
        try queue.recordBoot()
        let id = try queue.accept().id
        let (path, name, text) = (queue.path, point.rawValue, id.text)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, name = name as String, text = text as String] in
            guard let id = QueueID(text) else { return }
            let directories = try QueueDirectories(opening: path)
            var marker = try QueueFileMarker(opening: id, in: .incoming, of: directories)
            setenv(CrashPoint.variable, name, 1)
            try marker.mark(0, RecipientMark(state: .failed), reason: DeliveryReason(status: "5.1.1", text: "no"))
        }
        guard case .message(let message)? = try queue.scan().first else {
            Issue.record("the message is lost")
            return
        }
        #expect(message.marks.map(\.state) == [point == .markWritten ? .failed : .queued, .queued])
        let reader = try QueueFileReader(opening: id, in: .incoming, of: queue.directories)
        #expect(reader.reason(of: message.marks[0])?.text == (point == .markWritten ? "no" : nil))
    }

    @Test(arguments: [CrashPoint.moveBeforeLink, .moveLinked, .moveFlushed, .moveUnlinked])
    func `Killed while moving, a message is in one of the two folders`(point: CrashPoint) async throws {
        let queue = try QueueFixture()
        try queue.recordBoot()
        let id = try queue.accept().id
        let (path, name, text) = (queue.path, point.rawValue, id.text)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, name = name as String, text = text as String] in
            guard let id = QueueID(text) else { return }
            let directories = try QueueDirectories(opening: path)
            setenv(CrashPoint.variable, name, 1)
            try directories.move(id, from: .incoming, to: .deferred)
        }
        let folders = try queue.scan().compactMap { if case .message(let message) = $0 { message.folder } else { nil } }
        #expect(folders == [point == .moveBeforeLink ? .incoming : .deferred])
        #expect(queue.exists(id) != queue.exists(id, .deferred))
    }

    @Test func `A move that fails half-way leaves no second name`() async throws {
        let queue = try QueueFixture()
        try queue.recordBoot()
        let id = try queue.accept().id
        let (path, text) = (queue.path, id.text)
        await #expect(processExitsWith: .success) { [path = path as String, text = text as String] in
            guard let id = QueueID(text) else { exit(1) }
            let directories = try QueueDirectories(opening: path)
            // The new name is given, and then the file cannot be opened to be flushed.
            let free = dup(0)
            close(free)
            var limit = rlimit(rlim_cur: rlim_t(free), rlim_max: rlim_t(free))
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            do {
                try directories.move(id, from: .incoming, to: .deferred)
                exit(2)
            } catch {
                exit(0)
            }
        }
        #expect(queue.exists(id))
        #expect(!queue.exists(id, .deferred))
    }

    @Test(arguments: [CrashPoint.removeBefore, .removeAfter])
    func `Killed while removing, a message that is done stays done`(point: CrashPoint) async throws {
        let queue = try QueueFixture()
        try queue.recordBoot()
        let id = try queue.accept(recipients: 1).id
        let (path, name, text) = (queue.path, point.rawValue, id.text)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, name = name as String, text = text as String] in
            guard let id = QueueID(text) else { return }
            let directories = try QueueDirectories(opening: path)
            var marker = try QueueFileMarker(opening: id, in: .incoming, of: directories)
            try marker.mark(0, RecipientMark(state: .delivered))
            let remover = QueueRemover(directories)
            remover.add(id, in: .incoming)
            setenv(CrashPoint.variable, name, 1)
            _ = remover.removeAll()
        }
        let finished = try queue.scan().map { if case .message(let message) = $0 { message.isFinished } else { false } }
        #expect(finished == (point == .removeBefore ? [true] : []))
    }

    @Test func `Every crash point of the queue file has a test here`() {
        let tested =
            Self.accepting.map(\.0)
            + [.markBeforeReason, .markReasonWritten, .markWritten, .moveBeforeLink, .moveLinked, .moveFlushed]
            + [.moveUnlinked, .removeBefore, .removeAfter]
        #expect(Set(tested) == Set(CrashPoint.allCases.filter { $0.rawValue.hasPrefix("queue.") }))
    }
}
