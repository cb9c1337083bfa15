// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Clients that send what no client should: the parts of `Fixtures/hostile.py`, each of which fails where the server does
    /// anything but refuse.
    @Suite struct HostileClients {
        /// Runs a part while programs that end are noticed; its output.
        @discardableResult
        private static func run(_ relais: MailInstance, _ part: String, _ options: [String] = []) async throws -> String
        {
            for user in ["alice", "carol"] { try await relais.prepareReader(user) }
            _ = try await EndToEnd.roundTrip(relais)
            let result = try await Command.run(arguments(relais, part) + options, seconds: 240)
            #expect(result.isSuccess, "\(result)")
            #expect(result.text.contains("answers were as they should be"))
            #expect(!relais.log.contains("killed by signal"))
            #expect(!relais.log.contains("panic:") && !relais.log.contains("fatal:"))
            #expect(try await EndToEnd.roundTrip(relais) < 10)
            return result.text
        }

        private static func arguments(_ relais: MailInstance, _ part: String) -> [String] {
            let ports = relais.ports
            return [
                "python3", "\(fixtures)/hostile.py", part, "smtp=\(ports.smtp)", "submission=\(ports.submission)",
                "submissions=\(ports.submissions)", "imap=\(ports.imap)", "imaps=\(ports.imaps)", "pop3=\(ports.pop3)",
                "pop3s=\(ports.pop3s)", "user=alice@example.test", "password=secret-a",
            ]
        }

        private static func patient(_ setup: inout InstanceSetup, _: TemporaryFolder) {
            setup.main = ["smtpd_error_sleep_time = 0", "smtpd_hard_error_limit = 100000"]
        }

        @Test func `Commands behind STARTTLS are not obeyed in SMTP, IMAP and POP3, however the stream is cut`()
            async throws
        {
            try await MailInstance.running { relais in
                try await Self.run(relais, "starttls")
                #expect(relais.inbox("bob").isEmpty && relais.queueFiles.isEmpty)
            }
        }

        @Test func `A TLS session of one service is resumed there and at no other`() async throws {
            try await MailInstance.running { relais in
                let text = try await Self.run(relais, "tickets")
                // Without this nothing would be shown: each service resumes what is its own.
                #expect(text.contains("resumed at its own service 12 times of 12"), "\(text)")
            }
        }

        @Test
        func `Literals and parentheses by the megabyte, before log-in and after, are refused before room is made`()
            async throws
        {
            try await MailInstance.running { relais in
                try await Self.run(relais, "literals", ["clients=2"])
                let before = Dictionary(grouping: relais.figures, by: \.name).mapValues {
                    $0.map(\.mostMemory).max() ?? 0
                }
                try await Self.run(relais, "literals", ["clients=40"])
                for now in relais.figures where ["imap-login", "imapd", "auth"].contains(now.name) {
                    #expect(now.mostMemory < (before[now.name] ?? 0) + 16 * 1024, "\(now), before \(before)")
                    EndToEnd.report("literals and parentheses: \(now)")
                }
            }
        }

        @Test func `Answers that nobody reads do not pile up, and delay nobody`() async throws {
            try await MailInstance.running(Self.patient) { relais in
                for user in ["alice", "carol"] { try await relais.prepareReader(user) }
                _ = try await EndToEnd.roundTrip(relais)
                let usage = Usage(relais)
                let (ready, until) = (relais.folder["unread-ready"], relais.folder["unread-until"])
                let arguments = Self.arguments(relais, "unread") + ["ready=\(ready)", "until=\(until)"]
                async let ended = Command.run(arguments, seconds: 240)
                try await waiting(until: "30 clients have sent all they can", seconds: 120) {
                    FileManager.default.fileExists(atPath: ready)
                }
                let size = usage.growth(relais)
                let longest = try await EndToEnd.longestTrip(relais)
                try relais.folder.write("unread-until", "")
                let result = try await ended
                #expect(result.isSuccess, "\(result)")
                // Output and input of a client stop at a few hundred KiB each.
                #expect(size < 30 * 1024, "\(size) KiB")
                #expect(longest < EndToEnd.Crowd.patience)
                EndToEnd.report("30 clients who read no answer: \(size / 30) KiB each, a message in \(longest) s")
                try await usage.returns(relais)
            }
        }

        @Test func `Names and addresses of odd bytes are taken or refused, and none leads out of its mailbox`()
            async throws
        {
            try await MailInstance.running(Self.patient) { relais in
                let rounds = Surroundings.wantsLongRounds ? 3000 : 200
                try await Self.run(relais, "names", ["rounds=\(rounds)", "seed=9"])
                let above = try FileManager.default.contentsOfDirectory(atPath: relais.folder["mail"])
                #expect(Set(above).isSubset(of: ["alice", "bob", "carol"]), "\(above)")
                #expect(relais.folder.names("mail/alice") == ["Maildir"])
                // Below the Maildir are its folders, each with a dot, and its own files.
                for name in relais.folder.names("mail/alice/Maildir") {
                    let isOwn = ["cur", "new", "tmp", "subscriptions", "relais.index"].contains(name)
                    #expect(isOwn || name.hasPrefix(".") || name.hasPrefix("dovecot-"), "\(name)")
                    #expect(!name.utf8.contains { $0 < 32 || $0 >= 127 }, "\(name)")
                }
            }
        }

        @Test func `Numbers at and beyond their limits get an answer, in SMTP, IMAP and POP3`() async throws {
            try await MailInstance.running(Self.patient) { relais in try await Self.run(relais, "numbers") }
        }
    }
}
