// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Processes that are there before a client needs them.
    @Suite struct WorkerStart {
        @Test func `as many log-in processes wait as process_min_avail says, also after one was killed`() async throws {
            try await MailInstance.running({ setup, _ in
                setup.dovecot = ["service imap-login {", "  process_min_avail = 2", "}"]
            }) { instance in
                try await waiting(until: "two wait") { Self.pids("imap-login", instance).count == 2 }
                #expect(Self.pids("pop3-login", instance).isEmpty)
                let victim = try #require(Self.pids("imap-login", instance).first)
                kill(victim, SIGKILL)
                try await waiting(until: "two wait again") {
                    let pids = Self.pids("imap-login", instance)
                    return pids.count == 2 && !pids.contains(victim)
                }
            }
        }

        @Test func `the imapd that the next log-in needs is there before it comes, and one only`() async throws {
            try await MailInstance.running { instance in
                _ = try IMAPClient(instance, "alice", "secret-a")
                try await waiting(until: "the next one waits") { Self.pids("imapd", instance).count == 2 }
                let before = Self.pids("imapd", instance)
                // All users here are of one owner: the process that waits passes the session on, and waits again.
                _ = try IMAPClient(instance, "bob", "secret-b")
                #expect(Self.pids("imapd", instance) == before)
            }
        }

        private static func pids(_ program: String, _ instance: MailInstance) -> Set<Int32> {
            Set(instance.processes.filter { $0.name == program }.map(\.pid))
        }
    }
}
