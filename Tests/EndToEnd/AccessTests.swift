// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// Restriction lists and access tables of a running instance.
    @Suite struct AccessTests {
        @Test(arguments: [
            "smtpd_relay_restrictions = permti_mynetworks, reject",
            "smtpd_sender_restrictions = check_sender_acces inline:{a=REJECT}",
            "smtpd_sender_restrictions = reject_unknown_sender_domain",
            "smtpd_relay_restrictions = permit_mynetworks",
        ])
        func `check and reload refuse a list that cannot be used, with its line, and SMTP stays up`(line: String)
            async throws
        {
            try await MailInstance.running { relais in
                let before = relais.folder.text("etc/main.cf")
                try relais.folder.write("etc/main.cf", before + line + "\n")
                let number = (before + line).split(separator: "\n", omittingEmptySubsequences: false).count
                for order in ["check", "reload"] {
                    let result = try await relais.mailctl(order)
                    #expect(result.code == 1, "\(result)")
                    #expect(result.text.contains("etc/main.cf:\(number): error: "), "\(result)")
                }
                let sent = try await swaks(relais.ports.smtp, "--from", "a@client.test", "--to", "alice@example.test")
                #expect(sent.isSuccess, "\(sent)")
            }
        }

        @Test func `a list with a class and a bare table works, and refusals stand in the log as Postfix writes them`()
            async throws
        {
            try await MailInstance.running({ setup, folder in
                setup.main += [
                    "smtpd_restriction_classes = strict", "strict = reject_non_fqdn_sender, reject",
                    "smtpd_client_restrictions = cidr:{{127.0.0.0/8 DUNNO}}",
                    "smtpd_sender_restrictions = texthash:\(folder["etc/access"])",
                ]
                _ = try? folder.write("etc/access", "spam@client.test 550 5.7.1 no spam\nclient.invalid strict\n")
            }) { relais in
                #expect(try await relais.mailctl("check").isSuccess)
                for (sender, refusal) in [
                    ("spam@client.test", "550 5.7.1 <spam@client.test>: Sender address rejected: no spam"),
                    ("x@client.invalid", "554 5.7.1 <x@client.invalid>: Sender address rejected: Access denied"),
                ] {
                    let sent = try await swaks(relais.ports.smtp, "--from", sender, "--to", "alice@example.test")
                    #expect(sent.code == 24 && sent.text.contains(refusal), "\(sent)")
                    #expect(
                        relais.log.contains(
                            "NOQUEUE: reject: RCPT from unknown[127.0.0.1]: \(refusal); from=<\(sender)> to=<alice@example.test> proto=ESMTP helo=<"
                        )
                    )
                }
            }
        }

        @Test func `HOLD, REDIRECT, BCC, PREPEND and DISCARD do what they say`() async throws {
            try await MailInstance.running({ setup, folder in
                setup.main += [
                    "smtpd_sender_restrictions = check_sender_access texthash:\(folder["etc/access"])",
                    "smtpd_end_of_data_restrictions = check_sender_access inline:{{late@client.test = HOLD}}",
                ]
                _ = try? folder.write(
                    "etc/access",
                    """
                    hold@client.test HOLD
                    redirect@client.test REDIRECT bob@example.test
                    bcc@client.test BCC carol@example.test
                    prepend@client.test PREPEND X-Access: seen
                    discard@client.test DISCARD

                    """
                )
            }) { relais in
                for sender in ["hold", "late", "redirect", "bcc", "prepend", "discard"] {
                    let sent = try await swaks(
                        relais.ports.smtp,
                        "--from",
                        "\(sender)@client.test",
                        "--to",
                        "alice@example.test",
                        "--header",
                        "Subject: \(sender)"
                    )
                    #expect(sent.isSuccess && sent.text.contains("Ok: queued as"), "\(sent)")
                }
                let subject = { (message: [UInt8]) in
                    String(decoding: message, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("Subject: ") }
                }
                let alice = try await relais.messages("alice", count: 2)
                #expect(Set(alice.compactMap(subject)) == ["Subject: bcc", "Subject: prepend"])
                let seen = alice.map { String(decoding: $0, as: UTF8.self) }.first { $0.contains("Subject: prepend") }
                #expect(seen?.contains("\nX-Access: seen\nReceived: from ") == true, "\(seen ?? "")")
                #expect(try await relais.messages("bob", count: 1).compactMap(subject) == ["Subject: redirect"])
                #expect(try await relais.messages("carol", count: 1).compactMap(subject) == ["Subject: bcc"])
                #expect(relais.queueFiles.count == 2, "\(relais.queueFiles)")
                #expect(relais.queueFiles.allSatisfy { $0.contains("hold/") }, "\(relais.queueFiles)")
                let listed = try await relais.mailctl("queue", "list")
                #expect(
                    listed.text.contains("hold@client.test") && listed.text.contains("late@client.test"),
                    "\(listed)"
                )
                #expect(relais.log.contains(": discarded"))
                #expect(try await relais.mailctl("queue", "release", "ALL").isSuccess)
                _ = try await relais.messages("alice", count: 4)
                try await relais.queueIsEmpty()
            }
        }
    }
}
