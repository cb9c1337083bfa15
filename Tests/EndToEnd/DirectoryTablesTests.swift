// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `ldap:` tables in a running instance: addresses, mailboxes, and a directory that stalls.
    @Suite(.enabled(if: TestDirectory.isInstalled, "\(TestDirectory.reason)"))
    struct DirectoryTables {
        private static let entries = """
            dn: uid=ann,\(TestDirectory.suffix)
            objectClass: mailAccount
            uid: ann
            maildrop: alice@example.test


            """

        private static func table(_ directory: TestDirectory, _ filter: String, _ format: String) -> String {
            """
            server_host = 127.0.0.1:\(directory.port)
            version = 3
            timeout = 15
            search_base = \(TestDirectory.suffix)
            query_filter = \(filter)
            result_attribute = maildrop
            result_format = \(format)
            bind_dn = \(TestDirectory.administrator.name)
            bind_pw = \(TestDirectory.administrator.password)

            """
        }

        private static func recipient(_ client: RawClient, _ address: String) throws -> Int {
            try client.command("MAIL FROM:<sender@client.test>")
            let code = try client.command("RCPT TO:<\(address)>").code
            try client.command("RSET")
            return code
        }

        private func send(_ instance: MailInstance, to address: String) async throws {
            let sent = try await EndToEnd.swaks(instance.ports.smtp, "--from", "x@client.test", "--to", address)
            #expect(sent.isSuccess, "\(sent)")
        }

        @Test func `Addresses and mailboxes of a directory get mail, and those that it does not have are refused`()
            async throws
        {
            let directory = try TestDirectory(entries: Self.entries)
            try await directory.start()
            try await MailInstance.running(
                { setup, folder in
                    _ = try? folder.write(
                        "etc/aliases.cf",
                        Self.table(directory, "(uid=%u)", "%s") + "domain = people.test\n",
                        mode: 0o600
                    )
                    _ = try? folder.write(
                        "etc/boxes.cf",
                        Self.table(directory, "(uid=%u)", "boxes/%U/Maildir/") + "domain = boxes.test\n",
                        mode: 0o600
                    )
                    setup.main += [
                        "virtual_alias_domains = people.test",
                        "virtual_alias_maps = texthash:\(folder["etc/virtual"]), ldap:\(folder["etc/aliases.cf"])",
                        "virtual_mailbox_domains = example.test, boxes.test",
                        "virtual_mailbox_maps = texthash:\(folder["etc/mailboxes"]), proxy:ldap:\(folder["etc/boxes.cf"])",
                    ]
                },
                { instance in
                    #expect(try await instance.mailctl("check").isSuccess)
                    try await send(instance, to: "ann@people.test")
                    _ = try await instance.messages("alice", count: 1)
                    try await send(instance, to: "ann@boxes.test")
                    try await waiting(until: "ann's mailbox has the message\n\(instance.logEnd)") {
                        instance.folder.names("mail/boxes/ann/Maildir/new").count == 1
                    }
                    let codes = try await blocking { [port = instance.ports.smtp] in
                        let client = try RawClient(port: port)
                        _ = try client.reply()
                        try client.command("EHLO client.test")
                        return try [
                            "nobody@people.test", "nobody@boxes.test", "*@people.test", "ann)(uid=*@boxes.test",
                        ]
                        .map { try Self.recipient(client, $0) }
                    }
                    #expect(codes.allSatisfy { (500..<560).contains($0) }, "\(codes)")
                }
            )
        }

        @Test func `While a directory stalls mail that does not need it is delivered, and what needs it is put off`()
            async throws
        {
            let directory = try TestDirectory(entries: Self.entries)
            try await directory.start()
            try await MailInstance.running(
                { setup, folder in
                    _ = try? folder.write(
                        "etc/aliases.cf",
                        Self.table(directory, "(uid=%u)", "%s") + "domain = people.test\n",
                        mode: 0o600
                    )
                    setup.main += [
                        "virtual_alias_domains = people.test",
                        "virtual_alias_maps = texthash:\(folder["etc/virtual"]), ldap:\(folder["etc/aliases.cf"])",
                    ]
                },
                { instance in
                    try await send(instance, to: "ann@people.test")
                    _ = try await instance.messages("alice", count: 1)
                    directory.freeze()
                    let waiter = try await blocking { [port = instance.ports.smtp] in
                        let client = try RawClient(port: port)
                        _ = try client.reply()
                        try client.command("EHLO client.test")
                        try client.command("MAIL FROM:<sender@client.test>")
                        try client.send("RCPT TO:<ann@people.test>\r\n")
                        return Held(client)
                    }
                    // By the same smtpd, cleanup and qmgr; the question to the directory is open all the time.
                    try await send(instance, to: "bob@example.test")
                    _ = try await instance.messages("bob", count: 1)
                    #expect(!waiter.hasInput, "the stalled question was answered before other mail was delivered")
                    let code = try await blocking { try waiter.client.reply().code }
                    #expect(code == 451)
                    directory.thaw()
                    try await waiting(until: "the directory is asked again\n\(instance.logEnd)") {
                        try await blocking { [port = instance.ports.smtp] in
                            let client = try RawClient(port: port)
                            _ = try client.reply()
                            try client.command("EHLO client.test")
                            return try Self.recipient(client, "ann@people.test") == 250
                        }
                    }
                    try await send(instance, to: "ann@people.test")
                    _ = try await instance.messages("alice", count: 2)
                }
            )
        }

        /// A client that one thread after another uses.
        private final class Held: @unchecked Sendable {
            let client: RawClient

            init(_ client: RawClient) {
                self.client = client
            }

            /// Whether something has come that was not read.
            var hasInput: Bool { client.hasInput }
        }
    }
}
