// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// Real clients, as people use them: swaks, curl, and those of Python's library.
    @Suite struct ClientTests {
        private static func python(_ relais: MailInstance, _ part: String) async throws -> CommandResult {
            let ports = relais.ports
            return try await Command.run(
                [
                    "python3", "\(fixtures)/clients.py", part, "submission=\(ports.submission)",
                    "submissions=\(ports.submissions)", "imap=\(ports.imap)", "imaps=\(ports.imaps)",
                    "pop3=\(ports.pop3)", "pop3s=\(ports.pop3s)", "user=alice@example.test", "password=secret-a",
                    "other=bob@example.test", "cert=\(relais.folder["tls/cert.pem"])",
                ],
                seconds: 120
            )
        }

        @Test func `Python's smtplib submits mail over STARTTLS and implicit TLS`() async throws {
            try await MailInstance.running { relais in
                let result = try await Self.python(relais, "smtp")
                #expect(result.isSuccess, "\(result)")
                _ = try await relais.messages("bob", count: 4)
                try await relais.queueIsEmpty()
            }
        }

        @Test func `Python's imaplib works with mail, and poplib fetches what it left`() async throws {
            try await MailInstance.running { relais in
                let imap = try await Self.python(relais, "imap")
                #expect(imap.isSuccess, "\(imap)")
                let pop3 = try await Self.python(relais, "pop3")
                #expect(pop3.isSuccess, "\(pop3)")
            }
        }

        @Test(arguments: [["-tls", "-a", "PLAIN"], ["-tls", "-a", "LOGIN"], ["-tlsc", "-a", "PLAIN"]])
        func `swaks submits mail`(how: [String]) async throws {
            try await MailInstance.running { relais in
                let port = how.contains("-tlsc") ? relais.ports.submissions : relais.ports.submission
                let arguments = ["swaks", "--server", "127.0.0.1:\(port)", "--timeout", "300"] + how
                let user = ["-au", "alice@example.test", "--from", "alice@example.test"]
                let sent = try await Command.run(
                    arguments + user + ["-ap", "secret-a", "--to", "bob@example.test"]
                )
                #expect(sent.isSuccess, "\(sent)")
                let text = String(decoding: try await relais.messages("bob", count: 1)[0], as: UTF8.self)
                #expect(text.contains("with ESMTPSA"))
                let wrong = try await Command.run(arguments + user + ["-ap", "wrong", "--to", "bob@example.test"])
                #expect(wrong.code == 28, "\(wrong)")
                #expect(wrong.text.contains("535 5.7.8"))
                let stranger = try await Command.run(
                    arguments + ["-au", "nobody", "-ap", "x", "--to", "bob@example.test"]
                )
                #expect(stranger.code == 28, "\(stranger)")
            }
        }

        @Test func `curl reads by IMAP and POP3, with STARTTLS and with implicit TLS`() async throws {
            try await MailInstance.running { relais in
                let ports = relais.ports
                let user = ["-u", "alice@example.test:secret-a"]
                try relais.folder.write("message", message("curl", body: "..two dots\r\n.\u{e9}\r\n"))
                for url in ["imap://localhost:\(ports.imap)/INBOX", "imaps://localhost:\(ports.imaps)/INBOX"] {
                    let stored = try await curl(
                        relais,
                        [url, "--ssl-reqd", "-T", relais.folder["message"]] + user
                    )
                    #expect(stored.isSuccess, "\(stored)")
                }
                let sent = relais.folder.read("message")
                for url in [
                    "imap://localhost:\(ports.imap)/INBOX;MAILINDEX=1",
                    "imaps://localhost:\(ports.imaps)/INBOX;MAILINDEX=2",
                    "pop3://localhost:\(ports.pop3)/1", "pop3s://localhost:\(ports.pop3s)/2",
                ] {
                    let read = try await curl(relais, [url, "--ssl-reqd"] + user)
                    #expect(read.output == sent, "\(url): \(read)")
                    let wrong = try await curl(relais, [url, "--ssl-reqd", "-u", "alice@example.test:wrong"])
                    #expect(wrong.code == 67, "\(url): \(wrong)")
                    let stranger = try await curl(relais, [url, "--ssl-reqd", "-u", "nobody@example.test:secret-a"])
                    #expect(stranger.code == 67, "\(url): \(stranger)")
                }
            }
        }

        @Test func `A message of twenty megabytes comes through SMTP, queue, Maildir, IMAP and POP3 as it was sent`()
            async throws
        {
            try await MailInstance.running { relais in
                let line =
                    String(repeating: "The quick brown fox jumps over the lazy dog. ", count: 2).dropLast(12) + "\r\n"
                let body = String(repeating: "." + line, count: 20_000_000 / (line.count + 1))
                let content = message("large", body: body)
                try relais.folder.write("message", content)
                let sent = try await curl(
                    relais,
                    [
                        "--ssl-reqd", "--url", "smtp://localhost:\(relais.ports.submission)/client.test",
                        "-u", "alice@example.test:secret-a", "--mail-from", "alice@example.test",
                        "--mail-rcpt", "alice@example.test", "-T", relais.folder["message"],
                    ]
                )
                #expect(sent.isSuccess, "\(sent)")
                _ = try await relais.messages("alice", count: 1)
                for url in [
                    "imaps://localhost:\(relais.ports.imaps)/INBOX;MAILINDEX=1",
                    "pop3s://localhost:\(relais.ports.pop3s)/1",
                ] {
                    let read = try await curl(relais, [url, "-u", "alice@example.test:secret-a"])
                    // Above it stands the trace of the way.
                    #expect(read.output.suffix(content.utf8.count) == Array(content.utf8)[...], "\(url)")
                    #expect(read.output.count < content.utf8.count + 1000)
                }
            }
        }
    }
}
