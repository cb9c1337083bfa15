// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Addresses that would be something else to a shell, a header, a log or a table.
    @Suite struct HostileAddresses {
        /// What a shell would do; `FILE` stands for the file that must not come into being.
        private static let shells = [
            "$(touch FILE)", "${IFS}touch${IFS}FILE", "`touch FILE`", ";touch FILE;", "|touch FILE", "| touch FILE |",
            "&& touch FILE", "> FILE", "/FILE", "../../FILE", "-oQ/tmp -X FILE", ":include:FILE", "\\\"|touch FILE\\\"",
            "%s%n%x", "!touch FILE", "a, b", "(c) <d@e> @f:g", "{touch,FILE}", "*?[a]~#'",
        ]

        @Test func `Every byte and every shell's own sign in both addresses is delivered as text or refused`()
            async throws
        {
            try await MailInstance.running({ setup, _ in
                setup.main = [
                    "smtpd_error_sleep_time = 0", "smtpd_hard_error_limit = 100000", "smtpd_soft_error_limit = 100000",
                    "virtual_alias_domains = alias.test",
                ]
                setup.aliases = ["@alias.test bob@example.test"]
            }) { relais in
                let proof = relais.folder["proof"]
                let bytes = (0...255).filter { $0 != 10 && $0 != 13 }.map { [0x5C, UInt8($0)] }
                let texts = Self.shells.map { Array($0.replacingOccurrences(of: "FILE", with: proof).utf8) }
                let accepted = try await blocking { [port = relais.ports.smtp] in
                    try Self.send(bytes + texts, port)
                }
                // Printable ones are addresses like others (RFC 5321 section 4.1.2), but for those that would relay; controls
                // are not.
                let relaying = Set("!%@".utf8.map(Int.init))
                #expect(accepted.isSuperset(of: Set(32...126).subtracting(relaying)))
                #expect(accepted.isDisjoint(with: relaying))
                #expect(accepted.isDisjoint(with: Array(0...9) + Array(14...31) + [127]))
                #expect(accepted.count == 92 + texts.filter { $0.allSatisfy { !"!%@".utf8.contains($0) } }.count)
                // Each is delivered to alice, to bob through his alias, and bounces from local with a report for alice.
                _ = try await relais.messages("bob", count: accepted.count)
                _ = try await relais.messages("alice", count: 2 * accepted.count)
                try await relais.queueIsEmpty()
                #expect(relais.inbox("bob").count == accepted.count)
                #expect(relais.inbox("alice").count == 2 * accepted.count)
                #expect(!FileManager.default.fileExists(atPath: proof))
                Self.expectNothingBroken(relais)
                Self.expectSoundReports(relais.messages("alice"), count: accepted.count)
            }
        }

        /// The numbers of those that were accepted, the bytes by their value.
        private static func send(_ parts: [[UInt8]], _ port: UInt16) throws -> Set<Int> {
            let client = try RawClient(port: port)
            _ = try client.reply()
            _ = try client.command("EHLO client.test")
            func path(_ command: String, _ before: String, _ part: [UInt8], _ after: String) throws -> Int {
                try client.send(Array("\(command):<\"\(before)".utf8) + part + Array("\"@\(after)>\r\n".utf8))
                return try client.reply().code
            }
            var accepted: Set<Int> = []
            for (index, part) in parts.enumerated() {
                let codes = [
                    try path("MAIL FROM", "alice+", part, "example.test"),
                    try path("RCPT TO", "alice+", part, "example.test"),
                    try path("RCPT TO", "any", part, "alias.test"),
                    try path("RCPT TO", "nobody-", part, "localhost.example.test"),
                ]
                if codes == [250, 250, 250, 250] {
                    _ = try client.command("DATA")
                    #expect(try client.command(message("number \(index)") + ".").code == 250)
                    accepted.insert(part.count == 2 && part[0] == 0x5C ? Int(part[1]) : 1000 + index)
                } else {
                    #expect(codes.contains { $0 >= 500 }, "\(part): \(codes)")
                    #expect(try client.command("RSET").code == 250)
                }
            }
            return accepted
        }

        @Test func `A line end or a NUL in an address starts no other command, header, log line or record`()
            async throws
        {
            try await MailInstance.running({ setup, _ in
                setup.main = ["smtpd_error_sleep_time = 0", "smtpd_hard_error_limit = 1000"]
            }) { relais in
                for end in ["\r", "\n", "\r\n", "\u{0}", "\u{B}", "\u{85}", "\u{2028}"] {
                    for quoted in ["\(end)X-Injected: yes", "\\\(end)X-Injected: yes"] {
                        try await blocking { [port = relais.ports.smtp] in
                            let greeting = try RawClient(port: port)
                            _ = try greeting.reply()
                            try greeting.send("EHLO client\(end)X-Injected: yes\r\nQUIT\r\n")
                            _ = try greeting.rest()
                            let client = try RawClient(port: port)
                            _ = try client.reply()
                            _ = try client.command("EHLO client.test")
                            try client.send(
                                "MAIL FROM:<\"\(quoted)\"@client.test>\r\nRSET\r\n"
                                    + "MAIL FROM:<a@client.test> ENVID=\(end)X-Injected:+3Ayes\r\nRSET\r\n"
                                    + "MAIL FROM:<a@client.test> ENVID=+0D+0AX-Injected:+20yes\r\n"
                                    + "RCPT TO:<\"alice+\(quoted)\"@example.test>\r\n"
                                    + "RCPT TO:<alice@example.test> ORCPT=rfc822;+0D+0AX-Injected:+20yes\r\n"
                                    + "RSET\r\nMAIL FROM:<a@client.test>\r\n"
                                    + "RCPT TO:<alice@example.test>\r\nDATA\r\n"
                            )
                            // Not before it is asked for: what comes unasked is refused.
                            while let line = try client.line(), !line.hasPrefix("354") {}
                            try client.send(message("line end") + ".\r\nQUIT\r\n")
                            _ = try client.rest()
                        }
                    }
                }
                try await relais.queueIsEmpty()
                #expect(!relais.messages("alice").isEmpty)
                for text in relais.messages("alice").map({ String(decoding: $0, as: UTF8.self) }) {
                    #expect(!text.split(separator: "\n").contains { $0.hasPrefix("X-Injected") })
                }
                Self.expectNothingBroken(relais)
            }
        }

        /// Each line of a report's status part is a field, the continuation of one or empty: nothing in an address begins one.
        private static func expectSoundReports(_ messages: [[UInt8]], count: Int) {
            let fields = [
                "Reporting-MTA", "X-Relais-Queue-ID", "X-Relais-Sender", "Arrival-Date", "Final-Recipient",
                "Original-Recipient", "Original-Envelope-Id", "Action", "Status", "Diagnostic-Code", "Remote-MTA",
                "Last-Attempt-Date", "Will-Retry-Until",
            ]
            var reports = 0
            for text in messages.map({ String(decoding: $0, as: UTF8.self) }) {
                guard let start = text.range(of: "\nContent-Type: message/"), text.contains("delivery-status") else {
                    continue
                }
                reports += 1
                let part = text[start.upperBound...].components(separatedBy: "\n\n").dropFirst().prefix(2)
                for line in part.joined(separator: "\n").split(separator: "\n") where !line.hasPrefix("--") {
                    let isContinued = line.first == " " || line.first == "\t"
                    #expect(isContinued || fields.contains(String(line.prefix { $0 != ":" })), "\(line)")
                }
            }
            #expect(reports == count)
        }

        private static func expectNothingBroken(_ relais: MailInstance) {
            let lines = relais.log.split(separator: "\n", omittingEmptySubsequences: true)
            #expect(lines.allSatisfy { $0.contains(" relais/") && !$0.hasPrefix("X-Injected") })
            #expect(!relais.log.contains("killed by signal"))
            #expect(!relais.log.contains("panic:") && !relais.log.contains("fatal:"))
        }
    }
}
