// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What happens when disk, descriptors or memory are used up: nothing acknowledged is lost, and service comes back.
    @Suite(.enabled(if: Surroundings.isRoot, "only root can mount file systems and limit processes"))
    struct Exhaustion {
        /// Looks at the queue often, so that recovery needs no help.
        static func setUp(_ setup: inout InstanceSetup) {
            setup.main += ["queue_run_delay = 1s", "minimal_backoff_time = 1s", "maximal_backoff_time = 1s"]
        }

        /// Sends a message whose body has `size` bytes; the last reply.
        static func send(
            _ subject: String,
            to user: String,
            size: Int = 500,
            _ instance: MailInstance
        ) async throws -> (code: Int, text: String) {
            let port = instance.ports.smtp
            return try await blocking {
                let client = try RawClient(port: port)
                for (line, code) in [
                    ("", 220), ("EHLO client.test", 250), ("MAIL FROM:<alice@example.test>", 250),
                    ("RCPT TO:<\(user)@example.test>", 250), ("DATA", 354),
                ] {
                    let reply = line.isEmpty ? try client.reply() : try client.command(line)
                    guard reply.code == code else { return reply }
                }
                let line = String(repeating: "x", count: 98) + "\r\n"
                let body = String(repeating: line, count: max(1, size / 100))
                try client.send("From: <a@client.test>\r\nSubject: \(subject)\r\n\r\n\(body).\r\n")
                return try client.reply()
            }
        }

        /// How often messages with the subjects are in a user's mailbox.
        static func count(_ subjects: [String], _ user: String, _ instance: MailInstance) -> [Int] {
            // The headers alone: bodies are long.
            let texts = instance.messages(user).map { String(decoding: $0.prefix(2000), as: UTF8.self) }
            return subjects.map { subject in texts.count { $0.contains("\nSubject: \(subject)\n") } }
        }

        /// Sets a limit of a running process, as prlimit(1) writes it.
        ///
        /// As the process's own user: root may lack the right in a container.
        static func limit(_ pid: Int32, _ limit: String) async throws {
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8).split(separator: "\n")
            func identity(_ name: String) throws -> Substring {
                let line = try #require(status.first { $0.hasPrefix(name) })
                return try #require(line.split(separator: "\t").dropFirst().first)
            }
            let (user, group) = (try identity("Uid:"), try identity("Gid:"))
            let result = try await Command.run([
                "setpriv", "--reuid=\(user)", "--regid=\(group)", "--clear-groups", "prlimit", "--pid", "\(pid)", limit,
            ])
            #expect(result.isSuccess, "\(result)")
        }

        /// The one process of a program.
        static func process(_ program: String, _ instance: MailInstance) throws -> Int32 {
            try #require(instance.processes.first { $0.name == program }?.pid, "\(program) runs")
        }
    }
}
