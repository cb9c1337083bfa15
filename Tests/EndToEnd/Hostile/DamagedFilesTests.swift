// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

@testable import MailStore

extension EndToEnd {
    /// Files that were damaged on disk, region by region, seen through the daemons.
    @Suite(.timeLimit(.minutes(30))) struct DamagedFiles {
        private static var regions: Int { Surroundings.wantsLongRounds ? 200 : 24 }

        /// Writes into a file in place, as a broken disk does.
        private static func damage(_ path: String, region: Int, of regions: Int, pattern: [UInt8]) throws {
            let file = try Descriptor.open(path, .update)
            let size = try file.status().size
            let start = size * region / regions
            let count = max(1, size * (region + 1) / regions - start)
            let old = try file.read(at: start, count: count)
            let new = old.indices.map { pattern.isEmpty ? old[$0] ^ 0x55 : pattern[$0 % pattern.count] }
            try file.write(new, at: start)
        }

        private static func expectNoCrash(_ relais: MailInstance) {
            #expect(!relais.log.contains("killed by signal"))
            #expect(!relais.log.contains("panic:") && !relais.log.contains("fatal:"))
        }

        @Test(arguments: [[], [0], [0xFF], Array("9".utf8), Array("\n".utf8)] as [[UInt8]])
        func `Whatever part of dovecot-uidlist is damaged, every message is shown once and no UID means another`(
            pattern: [UInt8]
        ) async throws {
            try await MailInstance.running { relais in
                let path = relais.folder["mail/alice/Maildir/dovecot-uidlist"]
                try await blocking {
                    let first = try IMAPClient(relais, "alice", "secret-a")
                    let expected = (1...12).map { "number \($0)" }
                    for name in expected { _ = try first.append("Subject: \(name)\r\n\r\nx\r\n", to: "INBOX") }
                    /// What each UID of each UIDVALIDITY has ever meant.
                    var meant: [UInt32: [UInt32: String]] = [:]
                    for region in 0..<Self.regions {
                        let client = try IMAPClient(relais, "alice", "secret-a")
                        let validity = try client.select("INBOX")
                        let messages = try client.messages()
                        #expect(messages.map(\.name).sorted() == expected.sorted(), "region \(region)")
                        let uids = messages.map(\.uid)
                        #expect(Set(uids).count == uids.count && uids == uids.sorted())
                        for message in messages {
                            let before = meant[validity, default: [:]].updateValue(message.name, forKey: message.uid)
                            #expect(before == nil || before == message.name, "UID \(message.uid), region \(region)")
                        }
                        try client.command("LOGOUT")
                        try Self.damage(path, region: region, of: Self.regions, pattern: pattern)
                    }
                }
                Self.expectNoCrash(relais)
            }
        }

        @Test func `An index that is damaged or cut short while imapd serves is never believed, and ends no session`()
            async throws
        {
            try await MailInstance.running { relais in
                let path = relais.folder["mail/alice/Maildir/relais.index"]
                let pids = try await blocking {
                    let client = try IMAPClient(relais, "alice", "secret-a")
                    for number in 1...40 {
                        let name = "number \(number) " + String(repeating: "long ", count: number)
                        _ = try client.append("Subject: \(name)\r\nTo: <a@b.test>\r\n\r\nx\r\n", to: "INBOX")
                    }
                    _ = try client.select("INBOX")
                    func ask(_ client: IMAPClient) throws -> [String] {
                        try client.command("FETCH 1:* (UID ENVELOPE BODYSTRUCTURE RFC822.SIZE)").filter {
                            $0.hasPrefix("* ")
                        }
                    }
                    let expected = try ask(client)
                    #expect(expected.count == 40)
                    let pids = Set(relais.processes.filter { $0.name == "imapd" }.map(\.pid))
                    for round in 0..<Self.regions * 2 {
                        if FileManager.default.fileExists(atPath: path) {
                            let file = try Descriptor.open(path, .update)
                            switch round % 4 {
                            case 0: try file.truncate(to: 4096 * (round / 4))
                            case 1: try file.truncate(to: (try file.status().size) / 2 + round)
                            case 2: try Self.damage(path, region: round, of: Self.regions * 2, pattern: [])
                            default: try Self.damage(path, region: round, of: Self.regions * 2, pattern: [0xFF])
                            }
                        }
                        #expect(try ask(client) == expected, "round \(round)")
                        let other = try IMAPClient(relais, "alice", "secret-a")
                        _ = try other.select("INBOX")
                        #expect(try ask(other) == expected, "round \(round), a fresh session")
                        try other.command("LOGOUT")
                    }
                    return pids
                }
                #expect(pids.isSubset(of: relais.processes.map(\.pid)), "an imapd has ended")
                Self.expectNoCrash(relais)
            }
        }

        @Test func `A journal of an mbox that is damaged anywhere loses no message`() async throws {
            try await MailInstance.running({ setup, _ in
                setup.dovecot = ["mail_location = mbox:~/mail:INBOX=~/inbox"]
            }) { relais in
                func text(_ numbers: ClosedRange<Int>, _ field: String = "") -> String {
                    numbers.map {
                        "From a@b.test Sat Nov 21 02:15:00 2026\nSubject: number \($0)\n\(field)\nbody \($0)\n\n"
                    }.joined()
                }
                let home = "mail/alice"
                for name in ["", "/mail"] {
                    try relais.folder.makeFolder(home + name)
                    chown(relais.folder[home + name], relais.owner, relais.owner)
                }
                let (old, fresh) = (text(1...6), text(1...6, "Status: RO\n"))
                var hash = Hash64()
                hash.add(Array("INBOX".utf8))
                let name = ".relais-journal.\(String(hash.value, radix: 16))"
                let path = relais.folder["\(home)/mail/\(name)"]
                /// Puts the mailbox into the state before a change, whose journal is there.
                func prepare() throws {
                    try relais.folder.write("\(home)/inbox", old, mode: 0o600)
                    let mbox = try Descriptor.open(relais.folder["\(home)/inbox"], .update)
                    try MboxJournal(folder: StoreRoot(path: relais.folder["\(home)/mail"]), name: name)
                        .write(mbox, from: 0, pieces: [.new(Array(fresh.utf8))])
                    for file in ["inbox", "mail/\(name)"] {
                        chown(relais.folder["\(home)/\(file)"], relais.owner, relais.owner)
                    }
                }
                var carriedOut = 0
                for region in -1..<Self.regions {
                    for pattern in [[], [0], [0xFF]] as [[UInt8]] {
                        try prepare()
                        if region >= 0 { try Self.damage(path, region: region, of: Self.regions, pattern: pattern) }
                        let names = try await blocking {
                            let client = try IMAPClient(relais, "alice", "secret-a")
                            _ = try client.select("INBOX")
                            defer { _ = try? client.command("LOGOUT") }
                            return try client.messages().map(\.name)
                        }
                        #expect(names == (1...6).map { "number \($0)" }, "region \(region), \(pattern)")
                        if relais.folder.text("\(home)/inbox").contains("Status: R") { carriedOut += 1 }
                    }
                }
                // The undamaged one is.
                #expect(carriedOut >= 3)
                Self.expectNoCrash(relais)
            }
        }

        @Test
        func `A queue file that is damaged anywhere is delivered as it was or put aside, and keeps no other waiting`()
            async throws
        {
            let count = Self.regions
            @Sendable func line(_ number: Int) -> String {
                "message \(number): " + String(repeating: "\(number) ", count: 30)
            }
            let instance = try MailInstance { setup, _ in setup.main = ["minimal_backoff_time = 1h"] }
            // A plain file where alice's folder should be: mail for her waits.
            try instance.folder.write("mail/alice", "")
            try await instance.start()
            try await blocking { [port = instance.ports.smtp] in
                let client = try RawClient(port: port)
                _ = try client.reply()
                _ = try client.command("EHLO client.test")
                for number in 0..<count {
                    for command in ["MAIL FROM:<>", "RCPT TO:<alice@example.test>", "DATA"] {
                        _ = try client.command(command)
                    }
                    let reply = try client.command("Subject: \(number)\r\n\r\n\(line(number))\r\n.")
                    #expect(reply.code == 250)
                }
            }
            try await waiting(until: "all wait") {
                instance.queueFiles.filter { $0.hasPrefix("deferred/") }.count == count
            }
            try await instance.stop()
            for (region, name) in instance.queueFiles.sorted().enumerated() {
                try Self.damage(
                    instance.folder["spool/\(name)"],
                    region: region,
                    of: count,
                    pattern: region % 2 == 0 ? [] : [0xFF]
                )
            }
            // As after a crash of the machine, when the content is looked at too.
            for name in ["mail/alice", "spool/incoming/boot-id"] {
                try FileManager.default.removeItem(atPath: instance.folder[name])
            }
            try await instance.start()
            _ = try await instance.mailctl("queue", "flush")
            func aside() -> Int { instance.queueFiles.filter { $0.hasPrefix("corrupt/") }.count }
            try await waiting(
                until:
                    "\(count) are delivered or put aside: \(instance.inbox("alice").count) and \(instance.queueFiles)\n\(instance.logEnd)"
            ) {
                instance.inbox("alice").count + aside() == count
                    && instance.queueFiles.allSatisfy { $0.hasPrefix("corrupt/") }
            }
            let lines = Set((0..<count).map(line))
            for text in instance.messages("alice").map({ String(decoding: $0, as: UTF8.self) }) {
                let body = text.components(separatedBy: "\n\n").last?.trimmingCharacters(in: .newlines) ?? ""
                #expect(lines.contains(body), "\(text)")
            }
            #expect(aside() > 0)
            // And what comes now is delivered.
            _ = try await EndToEnd.roundTrip(instance)
            Self.expectNoCrash(instance)
            EndToEnd.report("damaged queue files: \(count), \(aside()) put aside, the others delivered as they were")
            try await instance.stop()
        }
    }
}
