// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// Only CR LF dot CR LF ends a message: whatever else a server before or behind takes for an end must not smuggle one.
    @Suite struct SmugglingTests {
        /// Ends of data that are none, as they go over the wire.
        static let wrongEnds = [
            "\n.\n", "\n.\r\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r\n.\n", "\r\n.\r\r\n", "\n\r\n.\n",
            "\r\n\u{0}.\r\n", "\r\n.\u{0}\r\n", "\r\n..\r\n",
        ]

        @Test func `No wrong end of data ends a message, and nothing behind it becomes a command`() async throws {
            try await MailInstance.running({ setup, _ in
                setup.main = ["smtpd_error_sleep_time = 0", "smtpd_hard_error_limit = 1000"]
            }) { relais in
                for (index, end) in Self.wrongEnds.enumerated() {
                    let token = "smuggle\(index)"
                    // How it ends does not matter (a refusal is as good): what is delivered does.
                    try await blocking { [port = relais.ports.smtp] in
                        let client = try RawClient(port: port)
                        _ = try client.reply()
                        _ = try client.command("EHLO client.test")
                        _ = try client.command("MAIL FROM:<a@client.test>")
                        _ = try client.command("RCPT TO:<alice@example.test>")
                        #expect(try client.command("DATA").code == 354)
                        try client.send(
                            message(token) + end
                                + "MAIL FROM:<forged@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n"
                                + message("forged\(index)", from: "forged@example.test") + "\r\n.\r\nQUIT\r\n"
                        )
                        _ = try? client.rest()
                    }
                }
                try await relais.queueIsEmpty()
                #expect(relais.inbox("bob").isEmpty)
                for text in relais.messages("alice").map({ String(decoding: $0, as: UTF8.self) }) {
                    // A message that arrived holds the whole stream, the forged envelope as plain text.
                    #expect(text.contains("MAIL FROM:<forged@example.test>"))
                }
            }
        }
    }
}
