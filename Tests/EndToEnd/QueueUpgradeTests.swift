// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailQueue
import POSIX
import TestSupport
import Testing

extension EndToEnd {
    /// Mail that an earlier version left in the queue is delivered by this one.
    @Suite struct QueueUpgrade {
        /// Puts a queue file that version 0.1 wrote into a folder of an instance that does not run.
        private static func put(_ name: String, into folder: QueueFolder, of instance: MailInstance) throws -> QueueID {
            let fixtures = URL(fileURLWithPath: #filePath).appendingPathComponent("../../Fixtures/Queue-0.1")
            let source = fixtures.standardized.appendingPathComponent(name).path
            let id = try QueueFileReader(Descriptor.open(source, .read)).header.id
            let path = instance.folder["spool/\(folder.rawValue)/\(folder.path(of: id))"]
            try FileManager.default.copyItem(atPath: source, toPath: path)
            chmod(path, 0o700)
            // The owner of the folder, who is mail_owner.
            let owner = try fileStatus((path as NSString).deletingLastPathComponent)
            chown(path, owner.owner, owner.group)
            return id
        }

        @Test func `queue files of 0.1 are delivered to who is left, and released from hold`() async throws {
            // One sender asked for a report on success, and is on another host.
            let instance = try MailInstance { setup, _ in setup.main.append("default_transport = discard:") }
            // Makes the queue's folders.
            try await instance.start()
            try await instance.stop()
            _ = try Self.put("queued-utf8", into: .incoming, of: instance)
            _ = try Self.put("deferred-partly-done", into: .deferred, of: instance)
            let held = try Self.put("on-hold", into: .hold, of: instance)
            try await instance.start()
            // Three recipients of the first, three that are left of the second; those that are done get nothing.
            let messages = try await instance.messages("bob", count: 6).map { String(decoding: $0, as: UTF8.self) }
            #expect(messages.count { $0.contains("\nSubject: fixture grüße\n") } == 3)
            #expect(messages.count { $0.contains("\nSubject: fixture deferred\n") } == 3)
            #expect(messages.count { $0.contains("\nX-Original-To: info@example.test\n") } == 1)
            try await waiting(until: "only the message on hold is left") {
                instance.queueFiles.allSatisfy { $0.hasPrefix("hold/") }
            }
            #expect(instance.queueFiles.count == 1)
            let listed = try await instance.mailctl("queue", "list", "--json").text
            #expect(listed.contains(held.text) && listed.contains("hold"), "\(listed)")
            try await instance.mailctl("queue", "release", held.text)
            let all = try await instance.messages("bob", count: 7).map { String(decoding: $0, as: UTF8.self) }
            #expect(all.count { $0.contains("\nSubject: fixture held\n") } == 1)
            try await instance.queueIsEmpty()
            #expect(instance.inbox("bob").count == 7)
            #expect(!instance.log.contains("error:"))
            try await instance.stop()
        }
    }
}
