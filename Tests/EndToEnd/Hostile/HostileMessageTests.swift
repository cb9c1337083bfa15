// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Messages made to cost their readers time, stack or memory.
    @Suite struct HostileMessages {
        private static func folded(_ text: String, every: Int, count: Int) -> String {
            String(repeating: String(repeating: text, count: every) + "\r\n ", count: count / every)
        }

        /// Name and text of each; what they would cost grows with the square of the number, were the work not linear.
        private static var messages: [(name: String, text: String)] {
            let parts = (0..<100_000).map { "Content-Type: multipart/mixed; boundary=b\($0)e\r\n\r\n--b\($0)e\r\n" }
            let wide = String(repeating: "--b\r\n\r\nx\r\n", count: 300_000)
            var pieces = ""
            for number in 0..<1_000_000 {
                if number % 60 == 0 { pieces += "\r\n " }
                pieces += ";a*\(number)*=x"
            }
            return [
                ("100,000 multiparts in each other", parts.joined()),
                (
                    "100,000 messages in each other",
                    String(repeating: "Content-Type: message/rfc822\r\n\r\n", count: 100_000)
                ),
                ("300,000 parts", "Content-Type: multipart/mixed; boundary=b\r\n\r\n\(wide)"),
                (
                    "1,000,000 parameters",
                    "Content-Type: text/plain\(folded(";a=b", every: 200, count: 1_000_000))\r\n\r\n"
                ),
                ("1,000,000 parameters of RFC 2231", "Content-Type: text/plain\(pieces)\r\n\r\n"),
                ("a field of 10 MB", "Subject: \(folded("abcdefghij", every: 90, count: 1_000_000))\r\n\r\n"),
                ("10 MB of fields", String(repeating: "X-A: b\r\n", count: 1_250_000) + "\r\n"),
                ("1,000,000 addresses", "To: \(folded("a@b.test, ", every: 90, count: 1_000_000))x@y.test\r\n\r\n"),
                ("1,000,000 comments in each other", "To: \(folded("(", every: 900, count: 1_000_000))\r\n\r\n"),
                ("1,000,000 groups", "Cc: \(folded("g:;", every: 300, count: 1_000_000))\r\n\r\n"),
                (
                    "1,000,000 encoded words",
                    "Subject: \(folded("=?utf-8?q?a?= ", every: 60, count: 1_000_000))\r\n\r\n"
                ),
                ("1,000,000 references", "References: \(folded("<a@b> ", every: 150, count: 1_000_000))\r\n\r\n"),
            ]
        }

        @Test(.timeLimit(.minutes(30)))
        func `Deep, wide and endless messages are received, listed and searched in bounded time and memory`()
            async throws
        {
            try await MailInstance.running { relais in
                _ = try await EndToEnd.roundTrip(relais)
                let all = Self.messages
                try await blocking { [port = relais.ports.smtp] in
                    for (name, text) in all {
                        let start = Date()
                        let client = try RawClient(port: port)
                        _ = try client.reply()
                        _ = try client.command("EHLO client.test")
                        _ = try client.command("MAIL FROM:<a@client.test>")
                        _ = try client.command("RCPT TO:<alice@example.test>")
                        _ = try client.command("DATA")
                        try client.send(text)
                        let reply = try client.command("\r\nthe end\r\n.")
                        #expect(reply.code == 250, "\(name): \(reply.text)")
                        #expect(Date().timeIntervalSince(start) < 30, "\(name)")
                    }
                }
                _ = try await relais.messages("alice", count: all.count)
                var slowest = 0.0
                for number in 1...all.count {
                    for command in [
                        "FETCH \(number) (ENVELOPE)", "FETCH \(number) (BODYSTRUCTURE)",
                        "FETCH \(number) (BODY RFC822.SIZE)",
                        "FETCH \(number) (BODY.PEEK[HEADER.FIELDS (TO SUBJECT)])",
                        "FETCH \(number) (BODY.PEEK[1.1.1.1.1.1.1.1.MIME] BODY.PEEK[1.1.1.2]<5.10>)",
                        "SEARCH \(number) TEXT zzz BODY yyy", "SEARCH \(number) OR TO zzz SUBJECT zzz",
                        "SEARCH \(number) BODY \"the end\"",
                    ] {
                        let spent = try await blocking { [port = relais.ports.imap] in
                            let client = try RawClient(port: port)
                            _ = try client.line()
                            try client.tagged("a LOGIN alice@example.test secret-a")
                            try client.tagged("b SELECT INBOX")
                            let start = Date()
                            try client.tagged("c \(command)")
                            return Date().timeIntervalSince(start)
                        }
                        #expect(spent < 20, "\(command)")
                        slowest = max(slowest, spent)
                    }
                }
                let figures = relais.figures
                let largest = figures.map(\.mostMemory).max() ?? 0
                #expect(largest < 400 * 1024, "\(figures)")
                #expect(!relais.log.contains("killed by signal"))
                EndToEnd.report(
                    "hostile messages: \(slowest) s for the slowest command, \(largest) KiB for the largest process"
                )
            }
        }

        @Test func `Structures, sections and what is searched are those that Python's parser sees`() async throws {
            try await MailInstance.running { relais in
                let rounds = Surroundings.wantsLongRounds ? 2000 : 100
                let result = try await Command.run(
                    [
                        "python3", "\(fixtures)/structure.py", "\(relais.ports.imap)", "alice@example.test", "secret-a",
                        "\(rounds)",
                    ],
                    seconds: Surroundings.wantsLongRounds ? 1800 : 240
                )
                #expect(result.isSuccess, "\(result)")
                #expect(result.text.contains("\(rounds) messages"))
            }
        }
    }
}
