// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd.Exhaustion {
    @Suite struct FullDiskTests {
        /// What of a file system is used up.
        enum Resource: String, CaseIterable { case bytes, inodes }

        @Test(arguments: Resource.allCases)
        func `While the queue's file system is full, senders get 452, and none needs help afterwards`(
            resource: Resource
        ) async throws {
            var mounted: SmallFileSystem?
            try await MailInstance.running({ setup, folder in
                EndToEnd.Exhaustion.setUp(&setup)
                mounted = try? SmallFileSystem(at: folder["spool"], size: 8 << 20, inodes: 1000)
            }) { relais in
                let disk = try #require(mounted, "a file system could be mounted")
                defer { disk.unmount() }
                #expect(try await EndToEnd.Exhaustion.send("before", to: "bob", relais).code == 250)
                try await relais.queueIsEmpty()
                if resource == .bytes { try disk.fill() } else { disk.fillInodes() }
                for subject in ["small", "small too"] {
                    let reply = try await EndToEnd.Exhaustion.send(subject, to: "bob", relais)
                    #expect(reply.code == 452 && reply.text.contains("4.3.1"), "\(reply)")
                }
                #expect(relais.log.contains("No space left on device"))
                #expect(relais.queueFiles.isEmpty, "nothing is left of what was refused")
                if resource == .bytes {
                    // It begins to be written, and then there is no more room.
                    disk.empty()
                    try disk.fill(leaving: 300_000)
                    let reply = try await EndToEnd.Exhaustion.send("large", to: "bob", size: 1_000_000, relais)
                    #expect(reply.code == 452 && reply.text.contains("4.3.1"), "\(reply)")
                    #expect(relais.queueFiles.isEmpty)
                }
                disk.empty()
                #expect(try await EndToEnd.Exhaustion.send("after", to: "bob", size: 1_000_000, relais).code == 250)
                try await relais.queueIsEmpty()
                let subjects = ["before", "small", "small too", "large", "after"]
                #expect(EndToEnd.Exhaustion.count(subjects, "bob", relais) == [1, 0, 0, 0, 1])
            }
        }

        @Test
        func `What is in the queue when its file system fills up is delivered, reported and deferred all the same`()
            async throws
        {
            var mounted: SmallFileSystem?
            try await MailInstance.running({ setup, folder in
                EndToEnd.Exhaustion.setUp(&setup)
                setup.aliases = ["ghost@example.test missing@example.test"]
                mounted = try? SmallFileSystem(at: folder["spool"], size: 8 << 20, inodes: 1000)
            }) { relais in
                let disk = try #require(mounted, "a file system could be mounted")
                defer { disk.unmount() }
                for user in ["bob", "carol"] {
                    #expect(try await EndToEnd.Exhaustion.send("before", to: user, relais).code == 250)
                }
                try await relais.queueIsEmpty()
                let agent = try EndToEnd.Exhaustion.process("virtual", relais)
                kill(agent, SIGSTOP)
                defer { kill(agent, SIGCONT) }
                chmod(relais.folder["mail/carol/Maildir/tmp"], 0o500)
                for user in ["bob", "carol", "ghost"] {
                    // The report carries its message along: what bob's leaves free is not room enough for it.
                    let size = user == "ghost" ? 40_000 : 500
                    #expect(try await EndToEnd.Exhaustion.send("queued", to: user, size: size, relais).code == 250)
                }
                try disk.fill()
                kill(agent, SIGCONT)
                _ = try await relais.messages("bob", count: 2)
                try await waiting(until: "the report cannot be made\n\(relais.logEnd)") {
                    relais.log.contains("no report to <alice@example.test> yet")
                }
                try await waiting(until: "carol's is deferred") { relais.log.contains("status=deferred") }
                #expect(relais.queueFiles.count >= 2)
                disk.empty()
                chmod(relais.folder["mail/carol/Maildir/tmp"], 0o700)
                try await relais.queueIsEmpty()
                #expect(EndToEnd.Exhaustion.count(["queued"], "bob", relais) == [1])
                #expect(EndToEnd.Exhaustion.count(["queued"], "carol", relais) == [1])
                // The one message that alice gets is the report.
                #expect(relais.messages("alice").count == 1)
            }
        }

        @Test(arguments: Resource.allCases)
        func
            `While the mailboxes' file system is full, mail stays in the queue, and is delivered once when there is room`(
                resource: Resource
            ) async throws
        {
            var mounted: SmallFileSystem?
            try await MailInstance.running({ setup, folder in
                EndToEnd.Exhaustion.setUp(&setup)
                mounted = try? SmallFileSystem(at: folder["mail"], size: 2 << 20, inodes: 200)
            }) { relais in
                let disk = try #require(mounted, "a file system could be mounted")
                defer { disk.unmount() }
                #expect(try await EndToEnd.Exhaustion.send("before", to: "bob", relais).code == 250)
                try await relais.queueIsEmpty()
                if resource == .bytes { try disk.fill(leaving: 100_000) } else { disk.fillInodes() }
                // carol's mailbox has to be made first.
                for user in ["bob", "carol"] {
                    let reply = try await EndToEnd.Exhaustion.send("full", to: user, size: 300_000, relais)
                    #expect(reply.code == 250)
                }
                try await waiting(until: "both are deferred\n\(relais.logEnd)") {
                    ["bob", "carol"].allSatisfy { user in
                        relais.log.split(separator: "\n").contains {
                            $0.contains("to=<\(user)@") && $0.contains("status=deferred")
                                && $0.contains("No space left on device")
                        }
                    }
                }
                // While it is moved, a message has two names.
                let ids = Set(relais.queueFiles.compactMap { $0.split(separator: "/").last })
                #expect(ids.count == 2)
                #expect(relais.inbox("bob").count == 1)
                #expect(relais.folder.names("mail/bob/Maildir/tmp").isEmpty, "nothing is left of what did not fit")
                disk.empty()
                try await relais.queueIsEmpty()
                #expect(EndToEnd.Exhaustion.count(["before", "full"], "bob", relais) == [1, 1])
                #expect(EndToEnd.Exhaustion.count(["full"], "carol", relais) == [1])
            }
        }

        @Test(arguments: [true, false])
        func `While the mailboxes' file system is full, mail is read all the same, with a young index and with none`(
            hasIndex: Bool
        ) async throws {
            let count = 200
            var mounted: SmallFileSystem?
            try await MailInstance.running({ setup, folder in
                EndToEnd.Exhaustion.setUp(&setup)
                mounted = try? SmallFileSystem(at: folder["mail"], size: 16 << 20, inodes: 1000)
            }) { relais in
                let disk = try #require(mounted, "a file system could be mounted")
                defer { disk.unmount() }
                for number in 1...count {
                    #expect(try await EndToEnd.Exhaustion.send("s\(number)", to: "bob", relais).code == 250)
                }
                try await relais.queueIsEmpty()
                let port = relais.ports.imap
                func read(_ command: String) async throws -> Int {
                    try await blocking {
                        let client = try RawClient(port: port)
                        _ = try client.line()
                        try client.complete("LOGIN bob@example.test secret-b")
                        try client.complete("SELECT INBOX")
                        let lines = try client.complete(command)
                        return lines.count { $0.contains("ENVELOPE (") && $0.contains("\"s") }
                    }
                }
                // Envelopes lie in the index as they are sent.
                func isIndexed(_ number: Int) -> Bool {
                    let content = FileManager.default.contents(atPath: relais.folder["mail/bob/Maildir/relais.index"])
                    return content?.range(of: Data("\"s\(number)\"".utf8)) != nil
                }
                let fetch = "FETCH 1:* (ENVELOPE BODYSTRUCTURE)"
                // SELECT alone gives UIDs, which have to be written down.
                let early = try await read(hasIndex ? "FETCH 1:20 (ENVELOPE BODYSTRUCTURE)" : "NOOP")
                #expect(early == (hasIndex ? 20 : 0))
                #expect(isIndexed(20) == hasIndex)
                try disk.fill()
                for _ in 0..<3 { #expect(try await read(fetch) == count) }
                #expect(!isIndexed(count), "the disk was full")
                disk.empty()
                // This process has in memory what the index did not take; the next one puts it there.
                #expect(try await relais.mailctl("reload").isSuccess)
                try await waiting(until: "the index has all of them") {
                    guard try await read(fetch) == count else { return false }
                    return isIndexed(count)
                }
                #expect(!relais.log.contains("killed by signal"), "\(relais.logEnd)")
            }
        }

        @Test(.enabled(if: SmallFileSystem.hasBtrfs, "this kernel has no btrfs, whose quotas are used"))
        func `Beyond a disk quota mail stays in the queue, and is delivered once when the quota is raised`()
            async throws
        {
            var mounted: SmallFileSystem?
            try await MailInstance.running({ setup, folder in
                EndToEnd.Exhaustion.setUp(&setup)
                mounted = try? SmallFileSystem(at: folder["mail"], image: folder["image"], quota: 1 << 20)
            }) { relais in
                let disk = try #require(mounted, "a file system could be mounted")
                defer { disk.unmount() }
                #expect(try await EndToEnd.Exhaustion.send("before", to: "bob", relais).code == 250)
                try await relais.queueIsEmpty()
                let reply = try await EndToEnd.Exhaustion.send("large", to: "bob", size: 3_000_000, relais)
                #expect(reply.code == 250)
                try await waiting(until: "it is deferred\n\(relais.logEnd)") {
                    relais.log.contains("dsn=4.2.2, status=deferred") && relais.log.contains("quota exceeded")
                }
                #expect(!relais.queueFiles.isEmpty)
                #expect(relais.inbox("bob").count == 1)
                try disk.setQuota(nil)
                try await relais.queueIsEmpty()
                #expect(EndToEnd.Exhaustion.count(["before", "large"], "bob", relais) == [1, 1])
            }
        }
    }
}
