// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// Lookup tables that change while relais runs.
    @Suite struct TableChanges {
        @Test func `a mailbox that is added to a table gets mail at once, by the same processes`() async throws {
            try await MailInstance.running { instance in
                let port = instance.ports.smtp
                let (old, new) = (instance.address("alice"), instance.address("dora"))
                try await Self.send(port, old)
                _ = try await instance.messages("alice", count: 1)
                #expect(try await Self.reply(port, new) == 550)
                let before = Self.processes(instance)
                #expect(Set(before.map(\.name)) == ["smtpd", "cleanup", "qmgr", "virtual"])
                let table = instance.folder.text("etc/mailboxes")
                try instance.folder.write("etc/mailboxes", "\(table)\(new) dora/Maildir/\n")
                try await Task.sleep(for: .milliseconds(50))
                #expect(try await Self.reply(port, new) == 250)
                try await Self.send(port, new)
                _ = try await instance.messages("dora", count: 1)
                for process in before {
                    #expect(Self.processes(instance).contains { $0 == process }, "\(process) has left")
                }
            }
        }

        @Test func `an alias is known as soon as its table is built`() async throws {
            try await MailInstance.running { setup, folder in
                setup.main.append("virtual_alias_domains = alias.test")
                setup.main.append("virtual_alias_maps = hash:\(folder["etc/aliases"])")
                _ = try? folder.write("etc/aliases", "one@alias.test alice@\(InstanceSetup.domain)\n")
            } _: { instance in
                let port = instance.ports.smtp
                let specification = "hash:\(instance.folder["etc/aliases"])"
                #expect(try await instance.mailctl("map", specification).isSuccess)
                try await waiting(until: "the built table is read") {
                    try await Self.reply(port, "one@alias.test") == 250
                }
                #expect(try await Self.reply(port, "two@alias.test") == 550)
                let before = Self.processes(instance)
                let text = instance.folder.text("etc/aliases")
                try instance.folder.write("etc/aliases", "\(text)two@alias.test bob@\(InstanceSetup.domain)\n")
                #expect(try await instance.mailctl("map", specification).isSuccess)
                try await Task.sleep(for: .milliseconds(50))
                #expect(try await Self.reply(port, "two@alias.test") == 250)
                try await Self.send(port, "two@alias.test")
                _ = try await instance.messages("bob", count: 1)
                for process in before {
                    #expect(Self.processes(instance).contains { $0 == process }, "\(process) has left")
                }
            }
        }

        /// The processes that ask tables.
        private static func processes(_ instance: MailInstance) -> [(name: String, pid: Int32)] {
            instance.processes.filter { ["smtpd", "cleanup", "qmgr", "virtual", "local"].contains($0.name) }
        }

        private static func send(_ port: UInt16, _ recipient: String) async throws {
            let sent = try await EndToEnd.swaks(port, "--from", "x@client.test", "--to", recipient)
            #expect(sent.isSuccess, "\(sent)")
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

    /// Patterns whose results hold parts of a stranger's address.
    @Suite struct Substitution {
        @Test func `a quoted local part neither adds recipients nor delays those of others`() async throws {
            try await MailInstance.running { setup, folder in
                setup.main.append("virtual_alias_domains = old.test")
                // A trusted client: others are refused a local part that holds another address anyway.
                setup.main.append("mynetworks = 127.0.0.0/8")
                setup.main.append("virtual_alias_maps = regexp:\(folder["etc/rules"])")
                let rules = ["/^info-(.*)@old\\.test$/ $1@\(InstanceSetup.domain)", "/^x(.*)@old/ $1"]
                _ = try? folder.write("etc/rules", rules.map { "\($0)\n" }.joined())
            } _: { instance in
                let hostile = [
                    "\"info-q@x.test,victim@evil.test,z\"@old.test", "\"info-x,victim@evil.test\"@old.test",
                    "\"info-alice bob\"@old.test", "\"info-|/bin/sh\"@old.test", "info-/etc/passwd@old.test",
                    "\"x,victim@evil.test,y\"@old.test", "\"info-:include:/x\"@old.test",
                ]
                let port = instance.ports.smtp
                let replies = try await blocking { () -> [Int] in
                    let client = try RawClient(port: port)
                    _ = try client.reply()
                    _ = try client.command("EHLO client.test")
                    _ = try client.command("MAIL FROM:<x@client.test>")
                    var replies = try hostile.map { try client.command("RCPT TO:<\($0)>").code }
                    replies.append(try client.command("RCPT TO:<info-alice@old.test>").code)
                    replies.append(try client.command("DATA").code)
                    replies.append(try client.command("Subject: once\r\n\r\nbody\r\n.").code)
                    return replies
                }
                #expect(replies == hostile.map { _ in 550 } + [250, 354, 250])
                _ = try await instance.messages("alice", count: 1)
                try await instance.queueIsEmpty(seconds: 120)
                #expect(!instance.log.contains("to=<victim@evil.test>"))
            }
        }

        @Test(
            arguments: [
                ("virtual_mailbox_maps", "test/$1"), ("virtual_uid_maps", "$1"), ("virtual_gid_maps", "$1"),
                ("transport_maps", "$1:"), ("alias_maps", "$1"),
            ]
        )
        func `check refuses a part of an address where a stranger would choose a file by it`(
            parameter: String,
            result: String
        ) async throws {
            let instance = try MailInstance { setup, folder in
                setup.main.append("\(parameter) = regexp:\(folder["etc/rules"])")
                _ = try? folder.write("etc/rules", "/^a/ 1\n/^(.*)@test2\\.test$/ \(result)\n")
            }
            let check = try await instance.mailctl("check")
            #expect(!check.isSuccess)
            #expect(check.text.contains(parameter) && check.text.contains("rules, line 2"), "\(check)")
        }
    }
}
