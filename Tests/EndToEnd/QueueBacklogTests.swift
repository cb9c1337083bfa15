// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailEnvelope
import MailQueue
import POSIX
import TestSupport
import Testing

extension EndToEnd {
    /// A long queue for a transport that does not exist.
    @Suite struct QueueBacklog {
        @Test func `25,000 messages for a transport without a service are flushed and deferred again`() async throws {
            let count = 25_000
            // In memory where that is possible: the files are flushed one by one.
            let memory = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
            let queue = memory + "relais-backlog-" + UUID().uuidString.prefix(13).lowercased()
            defer { try? FileManager.default.removeItem(atPath: queue) }
            try await blocking { try Self.fill(queue, count) }
            try await MailInstance.running({ setup, _ in
                setup.main += ["queue_directory = \(queue)", "default_transport = missing"]
                setup.servesReaders = false
            }) { instance in
                try await Self.deferred(count, in: instance, round: "first")
                let process = Self.queueManager(of: instance)
                let before = instance.log.components(separatedBy: "(queue active)").count
                let flush = try await instance.mailctl("queue", "flush")
                #expect(flush.text.contains("\(count) messages"), "\(flush)")
                try await waiting(until: "all were tried again", seconds: 240) {
                    instance.log.components(separatedBy: "(queue active)").count - before >= count
                }
                try await Self.deferred(count, in: instance, round: "second")
                #expect(Self.queueManager(of: instance) == process, "\(instance.logEnd)")
            }
        }

        /// Puts messages that were deferred before into the queue at `path`.
        private static func fill(_ path: String, _ count: Int) throws {
            let owner = getpwnam("relais").map { ($0.pointee.pw_uid, $0.pointee.pw_gid) }
            try QueueDirectories.prepare(path, owner: owner?.0, group: owner?.1)
            let directories = try QueueDirectories(opening: path)
            let ids = QueueIDSource(number: 7)
            for number in 0..<count {
                let writer = QueueFileWriter(in: directories, ids: ids, folder: .deferred)
                try writer.write(Array("Subject: \(number)\n\nHello\n".utf8))
                var envelope = Envelope()
                envelope.arrival = Clock.wall
                envelope.sender = "sender@example.test"
                envelope.recipients = [Recipient(address: "someone@elsewhere.test")]
                let file = try writer.commit(envelope)
                if Surroundings.isRoot, let owner {
                    chown("\(path)/deferred/\(QueueFolder.deferred.path(of: file.id))", owner.0, owner.1)
                }
            }
        }

        /// Waits until the whole queue is deferred and waits for its time.
        private static func deferred(_ count: Int, in instance: MailInstance, round: String) async throws {
            try await waiting(until: "\(count) messages are deferred, \(round) round", seconds: 240) {
                let list = try await instance.mailctl("queue", "list", "--json").text
                return list.components(separatedBy: "\"deferred\"").count - 1 == count
            }
        }

        private static func queueManager(of instance: MailInstance) -> pid_t? {
            instance.processes.first { $0.name == "qmgr" }?.pid
        }
    }
}
