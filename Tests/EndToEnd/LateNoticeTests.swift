// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

extension EndToEnd {
    /// cleanup tells qmgr of a message that a scan of the queue has found before.
    @Suite struct LateNotice {
        private static let controlFile = "etc/crash-point"

        @Test func `a message that a scan found and delivered is not delivered again when it is told of`() async throws {
            try await MailInstance.running({ setup, folder in
                setup.main += [
                    "import_environment = RELAIS_CRASH_POINT_FILE=\(folder[Self.controlFile])", "queue_run_delay = 1s",
                ]
            }) { instance in
                try instance.folder.write(Self.controlFile, "\(CrashPoint.cleanupCommitted.rawValue)\n")
                async let sent = blocking { try Self.send("first", to: instance) }
                let cleanup = try await waiting(for: "cleanup stops", seconds: 20) { Self.stopped(instance) }
                defer { kill(cleanup, SIGCONT) }
                try instance.folder.write(Self.controlFile, "none\n")
                _ = try await instance.messages("alice", count: 1)
                try await instance.queueIsEmpty()
                kill(cleanup, SIGCONT)
                #expect(try await sent == 250)
                // What is told of afterwards is taken afterwards.
                #expect(try await blocking { try Self.send("second", to: instance) } == 250)
                let messages = try await instance.messages("alice", count: 2).map { String(decoding: $0, as: UTF8.self) }
                try await instance.queueIsEmpty()
                #expect(messages.count { $0.contains("Subject: first") } == 1)
                #expect(instance.inbox("alice").count == 2)
                #expect(!instance.log.contains("error:"))
                let list = try await instance.mailctl("queue", "list", "--json")
                #expect(!list.text.contains("queue_id"), "\(list.text)")
            }
        }

        private static func send(_ subject: String, to instance: MailInstance) throws -> Int {
            let client = try RawClient(port: instance.ports.smtp, seconds: 60)
            _ = try client.reply()
            try client.command("EHLO late.test")
            try client.command("MAIL FROM:<bob@example.test>")
            try client.command("RCPT TO:<alice@example.test>")
            try client.command("DATA")
            return try client.command(EndToEnd.message(subject) + ".").code
        }

        private static func stopped(_ instance: MailInstance) -> pid_t? {
            instance.processes.first { process in
                guard process.name == "cleanup",
                    let stat = try? String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)
                else { return false }
                return stat.split(separator: ")").last?.hasPrefix(" T") ?? false
            }?.pid
        }
    }
}
