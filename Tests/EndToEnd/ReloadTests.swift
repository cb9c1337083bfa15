// SPDX-License-Identifier: Apache-2.0
import Foundation
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
                _ = try await relais.messages("alice", count: total)
                try await relais.queueIsEmpty()
                #expect(relais.inbox("alice").count == total)
            }
        }

        @Test(arguments: ["main.cf", "dovecot.conf"])
        func `Processes that start while a file is broken have the configuration that was checked last`(
            file: String
        ) async throws {
            try await MailInstance.running { relais in
                func serves(_ subject: String) async throws {
                    let port = relais.ports.smtp
                    try await blocking { try Self.deliver(try RawClient(port: port), subject) }
                    _ = try await relais.messages("alice", count: try #require(Int(subject)))
                    let (imap, user) = (relais.ports.imap, "LOGIN alice@example.test secret-a")
                    try await blocking {
                        let client = try RawClient(port: imap)
                        _ = try client.line()
                        for command in [user, "SELECT INBOX"] { try client.complete(command) }
                    }
                }
                try await serves("1")
                let whole = relais.folder.text("etc/\(file)")
                let broken = file == "main.cf" ? "message_size_limit = lots" : "mail_max_userip_connections = many"
                try relais.folder.write("etc/\(file)", "\(whole)\n\(broken)\n")
                let line = whole.split(separator: "\n", omittingEmptySubsequences: false).count + 1
                let refused = try await relais.mailctl("reload")
                #expect(!refused.isSuccess)
                #expect(refused.text.contains("\(file):\(line): error: "), "\(refused)")
                for (name, pid) in relais.processes where name != "master" { kill(pid, SIGKILL) }
                try await serves("2")

                // A file that is gone is no other than a broken one.
                try FileManager.default.removeItem(atPath: relais.folder["etc/\(file)"])
                if file == "main.cf" { #expect(try await !relais.mailctl("reload").isSuccess) }
                for (name, pid) in relais.processes where name != "master" { kill(pid, SIGKILL) }
                try await serves("3")

                try relais.folder.write("etc/\(file)", whole)
                let main = relais.folder.text("etc/main.cf")
                try relais.folder.write("etc/main.cf", main + "message_size_limit = 40000000\n")
                let mended = try await relais.mailctl("reload")
                #expect(mended.isSuccess, "\(mended)")
                try await serves("4")
                let fresh = try RawClient(port: relais.ports.smtp)
                _ = try fresh.reply()
                #expect(try fresh.command("EHLO new.test").text.contains("SIZE 40000000"))
            }
        }

        @Test func `A client of cleanup that dies after a reload leaves no complaint`() async throws {
            try await MailInstance.running { relais in
                let port = relais.ports.smtp
                let session = try RawClient(port: port)
                try await blocking { try Self.deliver(try RawClient(port: port), "first") }
                _ = try await relais.messages("alice", count: 1)
                // It keeps its connection to cleanup, and cannot read that this one had better not be used any longer.
                let client = try #require(relais.processes.first { $0.name == "smtpd" }?.pid)
                kill(client, SIGSTOP)
                #expect(try await relais.mailctl("reload").isSuccess)
                try await Task.sleep(for: .milliseconds(500))
                kill(client, SIGKILL)
                try await blocking { try Self.deliver(try RawClient(port: port), "second") }
                _ = try await relais.messages("alice", count: 2)
                try await Task.sleep(for: .seconds(2))
                #expect(!relais.log.contains("conversation ended"), "\(relais.logEnd)")
                _ = session
            }
        }

        @Test func `A reload of a broken configuration is refused with every error, and what runs goes on`()
            async throws
        {
            try await MailInstance.running { relais in
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
