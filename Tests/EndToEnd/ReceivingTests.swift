// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// Mail from elsewhere, on port 25.
    @Suite struct ReceivingTests {
        @Test func `Mail for a virtual mailbox arrives in its Maildir, with the trace of its way`() async throws {
            try await MailInstance.running { relais in
                let sent = try await swaks(
                    relais.ports.smtp,
                    "--from",
                    "sender@client.test",
                    "--to",
                    "alice@example.test",
                    "--header",
                    "Subject: first"
                )
                #expect(sent.isSuccess, "\(sent)")
                #expect(sent.text.contains(#/250 2\.0\.0 Ok: queued as [0-9A-Za-z]+/#))
                let text = String(decoding: try await relais.messages("alice", count: 1)[0], as: UTF8.self)
                #expect(text.contains("Subject: first\n"))
                #expect(text.hasPrefix("Return-Path: <sender@client.test>\n"))
                #expect(text.contains("\nReceived: from "))
                #expect(text.contains("Delivered-To: alice@example.test\n"))
                try await relais.queueIsEmpty()
            }
        }

        @Test func `An unknown user is refused with 550 5.1.1 before the content is sent`() async throws {
            try await MailInstance.running { relais in
                let sent = try await swaks(
                    relais.ports.smtp,
                    "--from",
                    "sender@client.test",
                    "--to",
                    "nobody@example.test"
                )
                #expect(sent.code == 24, "\(sent)")
                #expect(sent.text.contains("<** 550 5.1.1 <nobody@example.test>"))
            }
        }

        @Test func `A message that RSET or EHLO gives up between its chunks leaves nothing for the next one`()
            async throws
        {
            try await MailInstance.running { relais in
                for (index, command) in ["RSET", "EHLO client.test"].enumerated() {
                    try await blocking { [port = relais.ports.smtp] in
                        let client = try RawClient(port: port)
                        _ = try client.reply()
                        _ = try client.command("EHLO client.test")
                        _ = try client.command("MAIL FROM:<first@client.test>")
                        #expect(try client.command("RCPT TO:<alice@example.test>").code == 250)
                        #expect(try client.command("BDAT 19\r\nSubject: given up").code == 250)
                        #expect(try client.command(command).code == 250)
                        _ = try client.command("MAIL FROM:<second@client.test>")
                        #expect(try client.command("RCPT TO:<bob@example.test>").code == 250)
                        let content = message("second\(index)")
                        try client.send("BDAT \(content.utf8.count) LAST\r\n\(content)")
                        #expect(try client.reply().code == 250)
                        #expect(try client.command("QUIT").code == 221)
                    }
                    let text = String(
                        decoding: try await relais.messages("bob", count: index + 1)[index],
                        as: UTF8.self
                    )
                    #expect(text.hasPrefix("Return-Path: <second@client.test>\n"))
                    #expect(!text.contains("given up"))
                }
                try await relais.queueIsEmpty()
                #expect(relais.inbox("alice").isEmpty)
            }
        }

        @Test func `Strangers cannot relay through it`() async throws {
            try await MailInstance.running { relais in
                for target in [
                    "x@elsewhere.test", "x%elsewhere.test@example.test", "\"x@elsewhere.test\"@example.test",
                ] {
                    let sent = try await swaks(relais.ports.smtp, "--from", "a@client.test", "--to", target)
                    #expect(sent.code == 24, "\(target): \(sent)")
                }
                let plain = try await swaks(relais.ports.smtp, "--from", "a@b.test", "--to", "x@elsewhere.test")
                #expect(plain.text.contains("<** 554 5.7.1 <x@elsewhere.test>: Relay access denied"))
                #expect(relais.queueFiles.isEmpty)
            }
        }

        @Test func `A message over the limit is refused by its SIZE, and by its content where none was given`()
            async throws
        {
            try await MailInstance.running({ setup, _ in setup.main = ["message_size_limit = 100000"] }) { relais in
                try await blocking { [port = relais.ports.smtp] in
                    let client = try RawClient(port: port)
                    _ = try client.reply()
                    let greeting = try client.command("EHLO client.test")
                    #expect(greeting.text.contains("250-SIZE 100000"))
                    #expect(try client.command("MAIL FROM:<a@client.test> SIZE=100001").code == 552)
                    #expect(try client.command("MAIL FROM:<a@client.test>").code == 250)
                    #expect(try client.command("RCPT TO:<alice@example.test>").code == 250)
                    #expect(try client.command("DATA").code == 354)
                    try client.send(message("large", body: String(repeating: "0123456789abcdef\r\n", count: 6000)))
                    #expect(try client.command(".").code == 552)
                    // And the session goes on.
                    #expect(try client.command("MAIL FROM:<a@client.test> SIZE=1000").code == 250)
                    #expect(try client.command("QUIT").code == 221)
                }
                #expect(relais.queueFiles.isEmpty)
                #expect(relais.inbox("alice").isEmpty)
            }
        }

        @Test func `A virtual alias reaches all its targets, each once, through aliases of aliases and loops`()
            async throws
        {
            try await MailInstance.running({ setup, _ in
                setup.aliases = [
                    "team@example.test alice@example.test, others@example.test",
                    "others@example.test bob@example.test carol@example.test alice@example.test",
                    "round@example.test circle@example.test bob@example.test",
                    "circle@example.test round@example.test",
                ]
            }) { relais in
                let sent = try await swaks(relais.ports.smtp, "--from", "a@client.test", "--to", "team@example.test")
                #expect(sent.isSuccess, "\(sent)")
                for user in ["alice", "bob", "carol"] { _ = try await relais.messages(user, count: 1) }
                try await relais.queueIsEmpty()
                for user in ["alice", "bob", "carol"] { #expect(relais.inbox(user).count == 1, "\(user)") }
            }
        }

        @Test func `An address with an extension reaches the mailbox`() async throws {
            try await MailInstance.running { relais in
                let sent = try await swaks(
                    relais.ports.smtp,
                    "--from",
                    "a@client.test",
                    "--to",
                    "bob+lists@example.test"
                )
                #expect(sent.isSuccess, "\(sent)")
                _ = try await relais.messages("bob", count: 1)
            }
        }

        @Test func `A client may send all commands of a message at once, and the replies come in order`() async throws {
            try await MailInstance.running { relais in
                try await blocking { [port = relais.ports.smtp] in
                    let client = try RawClient(port: port)
                    _ = try client.reply()
                    #expect(try client.command("EHLO client.test").text.contains("250-PIPELINING"))
                    try client.send(
                        "MAIL FROM:<a@client.test>\r\nRCPT TO:<alice@example.test>\r\nRCPT TO:<nobody@example.test>\r\n"
                            + "RCPT TO:<bob@example.test>\r\nDATA\r\n"
                    )
                    var codes: [Int] = []
                    for _ in 0..<5 { codes.append(try client.reply().code) }
                    #expect(codes == [250, 250, 550, 250, 354])
                    try client.send(
                        message("one") + ".\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<alice@example.test>\r\n"
                    )
                    #expect(try client.reply().code == 250)
                    #expect(try client.reply().code == 250)
                    #expect(try client.reply().code == 250)
                    #expect(try client.command("DATA").code == 354)
                    try client.send(message("two") + ".\r\nQUIT\r\n")
                    #expect(try client.reply().code == 250)
                    #expect(try client.reply().code == 221)
                    #expect(try client.line() == nil)
                }
                _ = try await relais.messages("alice", count: 2)
                _ = try await relais.messages("bob", count: 1)
            }
        }

        @Test func `STARTTLS with a stranger's mail works, and what was sent before the handshake is not obeyed`()
            async throws
        {
            try await MailInstance.running { relais in
                let sent = try await swaks(
                    relais.ports.smtp,
                    "-tls",
                    "--tls-verify",
                    "--tls-ca-path",
                    relais.folder["tls/cert.pem"],
                    "--from",
                    "a@client.test",
                    "--to",
                    "alice@example.test"
                )
                #expect(sent.isSuccess, "\(sent)")
                #expect(sent.text.contains("=== TLS started with cipher TLSv1.3"))
                let text = String(decoding: try await relais.messages("alice", count: 1)[0], as: UTF8.self)
                #expect(text.contains("with ESMTPS"))
                try await blocking { [port = relais.ports.smtp] in
                    let client = try RawClient(port: port)
                    _ = try client.reply()
                    _ = try client.command("EHLO client.test")
                    try client.send("STARTTLS\r\nMAIL FROM:<injected@client.test>\r\n")
                    // Refused at once, or followed by a broken handshake: never by a reply to the injected command.
                    let reply = try client.reply()
                    #expect(reply.code == 220 || reply.code >= 500, "\(reply)")
                    #expect(try !client.rest().contains("250"))
                }
            }
        }
    }
}
