// SPDX-License-Identifier: Apache-2.0
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Says when the senders may stop.
    private final class Switch: Sendable {
        private let state = Mutex(false)
        var isOn: Bool { state.withLock { $0 } }
        func turnOn() { state.withLock { $0 = true } }
    }

    /// A changed configuration takes effect without anybody noticing.
    @Suite struct ReloadTests {
        @Test func `Under load a reload refuses no connection, breaks no session and loses no message`() async throws {
            try await MailInstance.running { relais in
                let over = Switch()
                let total = try await withThrowingTaskGroup(of: Int.self) { group in
                    for sender in 0..<4 {
                        let port = relais.ports.smtp
                        group.addTask {
                            try await blocking {
                                var count = 0
                                while !over.isOn {
                                    // Whatever goes wrong in here is thrown, and fails the test.
                                    let client = try RawClient(port: port)
                                    try Self.deliver(client, "reload \(sender) \(count)")
                                    count += 1
                                }
                                return count
                            }
                        }
                    }
                    // One session that is open all the time.
                    let kept = try RawClient(port: relais.ports.smtp)
                    #expect(try kept.reply().code == 220)
                    for round in 0..<8 {
                        try relais.folder.write(
                            "etc/main.cf",
                            relais.folder.text("etc/main.cf") + "message_size_limit = \(40_000_000 + round)\n"
                        )
                        let reloaded = try await relais.mailctl("reload")
                        #expect(reloaded.isSuccess, "\(reloaded)")
                        #expect(try kept.command("NOOP").code == 250)
                    }
                    over.turnOn()
                    var total = 0
                    for try await count in group { total += count }
                    // The old session goes on with the old settings, a new one has the new.
                    #expect(try kept.command("EHLO old.test").text.contains("SIZE 52428800"))
                    #expect(try kept.command("QUIT").code == 221)
                    return total
                }
                let fresh = try RawClient(port: relais.ports.smtp)
                _ = try fresh.reply()
                #expect(try fresh.command("EHLO new.test").text.contains("SIZE 40000007"))
                #expect(total > 8)
                _ = try await relais.messages("alice", count: total, seconds: 60)
                try await relais.queueIsEmpty()
                #expect(relais.inbox("alice").count == total)
            }
        }

        @Test func `A reload of a broken configuration is refused with every error, and what runs goes on`()
            async throws
        {
            try await MailInstance.running { relais in
                // A daemon that runs already: one that is started now would read the broken file itself.
                let client = try RawClient(port: relais.ports.smtp)
                #expect(try client.reply().code == 220)
                let before = relais.folder.text("etc/main.cf")
                let broken = "message_size_limit = lots\nsmtpd_tls_security_level = mya\n"
                try relais.folder.write("etc/main.cf", before + broken)
                let refused = try await relais.mailctl("reload")
                #expect(!refused.isSuccess)
                let line = before.split(separator: "\n", omittingEmptySubsequences: false).count
                #expect(refused.text.contains("main.cf:\(line): error: message_size_limit"), "\(refused)")
                #expect(refused.text.contains("main.cf:\(line + 1): error: smtpd_tls_security_level"), "\(refused)")
                #expect(try client.command("EHLO old.test").text.contains("SIZE 52428800"))
                let another = try RawClient(port: relais.ports.smtp)
                #expect(try another.reply().code == 220)
                try relais.folder.write("etc/main.cf", before)
                #expect(try await relais.mailctl("reload").isSuccess)
            }
        }

        private static func deliver(_ client: RawClient, _ subject: String) throws {
            func expect(_ code: Int, _ reply: (code: Int, text: String)) throws {
                guard reply.code == code else { throw RawClient.Failure(description: "\(subject): \(reply.text)") }
            }
            try expect(220, client.reply())
            try expect(250, client.command("EHLO load.test"))
            try expect(250, client.command("MAIL FROM:<>"))
            try expect(250, client.command("RCPT TO:<alice@example.test>"))
            try expect(354, client.command("DATA"))
            try client.send(message(subject))
            try expect(250, client.command("."))
            try expect(221, client.command("QUIT"))
        }
    }
}
