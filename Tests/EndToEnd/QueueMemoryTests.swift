// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

extension EndToEnd {
    /// What qmgr remembers, where the disk says something else.
    @Suite struct QueueMemory {
        private static let controlFile = "etc/crash-point"

        @Test func `a message that a scan found and delivered is not delivered again when it is told of`() async throws
        {
            try await MailInstance.running({ setup, folder in
                setup.main += [
                    "import_environment = RELAIS_CRASH_POINT_FILE=\(folder[Self.controlFile])", "queue_run_delay = 1s",
                ]
            }) { instance in
                try instance.folder.write(Self.controlFile, "\(CrashPoint.cleanupCommitted.rawValue)\n")
                async let sent = blocking { try Self.send("first", to: instance) }
                let cleanup = try await waiting(for: "cleanup stops") { Self.stopped(instance) }
                defer { kill(cleanup, SIGCONT) }
                try instance.folder.write(Self.controlFile, "none\n")
                _ = try await instance.messages("alice", count: 1)
                try await instance.queueIsEmpty()
                kill(cleanup, SIGCONT)
                #expect(try await sent == 250)
                // What is told of afterwards is taken afterwards.
                #expect(try await blocking { try Self.send("second", to: instance) } == 250)
                let messages = try await instance.messages("alice", count: 2)
                try await instance.queueIsEmpty()
                #expect(messages.count { String(decoding: $0, as: UTF8.self).contains("Subject: first") } == 1)
                #expect(instance.inbox("alice").count == 2)
                #expect(!instance.log.contains("error:"))
                let list = try await instance.mailctl("queue", "list", "--json")
                #expect(!list.text.contains("queue_id"), "\(list.text)")
            }
        }

        @Test func `a message whose file somebody has removed is forgotten, with a warning`() async throws {
            try await MailInstance.running({ setup, _ in
                // Nothing here can reach another host, so it stays in the queue.
                setup.aliases = ["later@example.test someone@elsewhere.test"]
            }) { instance in
                #expect(try await blocking { try Self.send("gone", to: instance, recipient: "later") } == 250)
                let file = try await waiting(for: "it is deferred") {
                    instance.queueFiles.first { $0.hasPrefix("deferred/") }
                }
                try FileManager.default.removeItem(atPath: instance.folder["spool/\(file)"])
                try await instance.mailctl("queue", "flush")
                try await waiting(until: "it is forgotten") {
                    try await !instance.mailctl("queue", "list", "--json").text.contains("queue_id")
                }
                #expect(instance.log.contains("its queue file is gone"))
                #expect(!instance.log.contains("error:"))
            }
        }

        private static func send(
            _ subject: String,
            to instance: MailInstance,
            recipient: String = "alice"
        ) throws -> Int {
            let client = try RawClient(port: instance.ports.smtp)
            _ = try client.reply()
            try client.command("EHLO late.test")
            try client.command("MAIL FROM:<bob@example.test>")
            try client.command("RCPT TO:<\(recipient)@example.test>")
            try client.command("DATA")
            return try client.command(EndToEnd.message(subject) + ".").code
        }

        private static func stopped(_ instance: MailInstance) -> pid_t? {
            instance.processes.first { process in
                let stat = try? String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)
                return process.name == "cleanup" && stat?.split(separator: ")").last?.hasPrefix(" T") ?? false
            }?.pid
        }
    }
}
