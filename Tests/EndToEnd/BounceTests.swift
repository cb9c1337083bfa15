// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// What becomes of mail that cannot be delivered.
    @Suite struct BounceTests {
        /// An alias whose target has no mailbox: smtpd accepts it, the delivery fails.
        private static func withGhost(_ setup: inout InstanceSetup) {
            setup.aliases = [
                "ghost@example.test missing@example.test", "both@example.test missing@example.test bob@example.test",
            ]
        }

        @Test func `The sender of what fails at delivery gets a report of RFC 3464 with the message in it`()
            async throws
        {
            try await MailInstance.running({ setup, _ in Self.withGhost(&setup) }) { relais in
                let sent = try await swaks(
                    relais.ports.smtp,
                    "--from",
                    "alice@example.test",
                    "--to",
                    "both@example.test",
                    "--header",
                    "Subject: to nobody"
                )
                #expect(sent.isSuccess, "\(sent)")
                _ = try await relais.messages("bob", count: 1)
                try await relais.folder.write("report", relais.messages("alice", count: 1)[0])
                try await relais.queueIsEmpty()
                // Read by Python's parser, which is nobody of ours.
                let parsed = try await Command.run([
                    "python3", "-c",
                    """
                    import email, sys
                    m = email.message_from_binary_file(open(sys.argv[1], 'rb'))
                    status = m.get_payload(1).get_payload()
                    print(m['Return-Path'], m.get_content_type(), m.get_param('report-type'), len(m.get_payload()))
                    print([part.get_content_type() for part in m.get_payload()])
                    print(status[0]['Reporting-MTA'], '|', len(status) - 1)
                    print(status[1]['Final-Recipient'], status[1]['Action'], status[1]['Status'])
                    print(m.get_payload(2).get_payload(0)['Subject'])
                    """,
                    relais.folder["report"],
                ])
                #expect(
                    parsed.text == """
                        <> multipart/report delivery-status 3
                        ['text/plain', 'message/delivery-status', 'message/rfc822']
                        dns; mx.example.test | 1
                        rfc822; missing@example.test failed 5.1.1
                        to nobody

                        """
                )
            }
        }

        @Test func `What has no sender makes no report when it fails`() async throws {
            try await MailInstance.running({ setup, _ in Self.withGhost(&setup) }) { relais in
                let sent = try await swaks(relais.ports.smtp, "--from", "<>", "--to", "ghost@example.test")
                #expect(sent.isSuccess, "\(sent)")
                try await relais.queueIsEmpty()
                for user in ["alice", "bob", "carol"] { #expect(relais.inbox(user).isEmpty) }
                #expect(relais.log.contains("status=bounced"))
            }
        }

        @Test func `What fails for now is kept, shown with its reason, and delivered once it can be`() async throws {
            try await MailInstance.running { relais in
                // A file where the mailbox should be.
                try relais.folder.write("mail/bob", "in the way")
                let sent = try await swaks(relais.ports.smtp, "--from", "a@client.test", "--to", "bob@example.test")
                #expect(sent.isSuccess, "\(sent)")
                try await waiting(until: "the message is deferred") {
                    relais.queueFiles.contains { $0.hasPrefix("deferred/") }
                }
                let list = try await relais.mailctl("queue", "list")
                #expect(list.text.contains("bob@example.test") && list.text.contains("deferred"), "\(list)")
                // It survives a restart of everything.
                try await relais.stop()
                try await relais.start()
                _ = try await Command.run(["rm", relais.folder["mail/bob"]])
                let flushed = try await relais.mailctl("queue", "flush")
                #expect(flushed.isSuccess, "\(flushed)")
                _ = try await relais.messages("bob", count: 1)
                try await relais.queueIsEmpty()
            }
        }
    }
}
