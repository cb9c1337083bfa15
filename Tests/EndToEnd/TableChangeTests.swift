// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// Lookup tables that change while relais runs.
    @Suite struct TableChanges {
        @Test func `a mailbox that is added to a table gets mail without a reload`() async throws {
            try await MailInstance.running { instance in
                let port = instance.ports.smtp
                let new = instance.address("dora")
                #expect(try await Self.reply(port, new) == 550)
                let table = instance.folder.text("etc/mailboxes")
                try instance.folder.write("etc/mailboxes", "\(table)\(new) dora/Maildir/\n")
                try await waiting(until: "smtpd knows \(new)") { try await Self.reply(port, new) == 250 }
                let sent = try await EndToEnd.swaks(port, "--from", "x@client.test", "--to", new)
                #expect(sent.isSuccess, "\(sent)")
                _ = try await instance.messages("dora", count: 1)
            }
        }

        /// What RCPT TO is answered with.
        private static func reply(_ port: UInt16, _ recipient: String) async throws -> Int {
            try await blocking {
                let client = try RawClient(port: port)
                _ = try client.reply()
                _ = try client.command("EHLO table.test")
                _ = try client.command("MAIL FROM:<x@client.test>")
                return try client.command("RCPT TO:<\(recipient)>").code
            }
        }
    }
}
