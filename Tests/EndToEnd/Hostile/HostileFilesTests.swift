// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Links, other kinds of files and files of others in a spool, a queue and a user's mailbox.
    @Suite(.enabled(if: Surroundings.isRoot, "only root can give files away")) struct HostileFiles {
        private static let secret = "Subject: secret\n\nnobody else may read or change this\n"

        private static func expectNoCrash(_ relais: MailInstance) {
            #expect(!relais.log.contains("killed by signal"))
            #expect(!relais.log.contains("panic:") && !relais.log.contains("fatal:"))
        }

        // MARK: local

        /// What somebody may have put in the place of a user's mailbox.
        enum Trick: String, CaseIterable, Sendable {
            case link, linkToNothing, hardLink, foreign, fifo, folder

            /// Puts it there; what it leads to is `victim`.
            func play(_ path: String, victim: String) throws {
                switch self {
                case .link: symlink(victim, path)
                case .linkToNothing: symlink(victim + "-new", path)
                case .hardLink: #expect(Glibc.link(victim, path) == 0)
                case .foreign:
                    try Data(secret.utf8).write(to: URL(fileURLWithPath: path))
                    chown(path, 61_500, 61_500)
                    chmod(path, 0o666)
                case .fifo: mkfifo(path, 0o666)
                case .folder: mkdir(path, 0o777)
                }
            }
        }

        @Test(arguments: Trick.allCases)
        func `What is no mailbox of the user's own in the spool gets no mail, and is left as it was`(
            trick: Trick
        )
            async throws
        {
            try await MailInstance.running({ setup, folder in
                _ = try? folder.makeFolder("mbox", mode: 0o2775)
                if let mail = getgrnam("mail") { chown(folder["mbox"], 0, mail.pointee.gr_gid) }
                setup.main = [
                    "mydestination = localhost.example.test, system.test",
                    "mail_spool_directory = \(folder["mbox"])",
                    "local_recipient_maps = unix:passwd.byname",
                ]
            }) { relais in
                let victim = try relais.folder.write("victim", Self.secret, mode: 0o666)
                try trick.play(relais.folder["mbox/games"], victim: victim)
                let sent = try await swaks(
                    relais.ports.smtp,
                    "--from",
                    "a@client.test",
                    "--to",
                    "games@system.test"
                )
                #expect(sent.isSuccess, "\(sent)")
                try await waiting(until: "it is told\n\(relais.logEnd)") {
                    relais.log.contains(#/to=<games@system\.test>.* status=(deferred|bounced)/#)
                }
                #expect(relais.folder.text("victim") == Self.secret)
                #expect(!FileManager.default.fileExists(atPath: victim + "-new"))
                if trick == .foreign { #expect(relais.folder.text("mbox/games") == Self.secret) }
                if trick == .folder { #expect(relais.folder.names("mbox/games").isEmpty) }
                // Others are served meanwhile.
                _ = try await EndToEnd.roundTrip(relais)
                Self.expectNoCrash(relais)
            }
        }

        // MARK: virtual

        @Test(arguments: ["", "/new", "/tmp"], [true, false])
        func `A Maildir that leads out of the mailboxes gets no mail there`(
            part: String,
            isForAll: Bool
        ) async throws {
            try await MailInstance.running { relais in
                for name in ["outside", "outside/new", "outside/tmp", "outside/cur"] {
                    try relais.folder.makeFolder(name)
                    if isForAll {
                        chmod(relais.folder[name], 0o777)
                    } else {
                        chown(relais.folder[name], relais.owner, relais.owner)
                    }
                }
                for name in ["", "/Maildir", "/Maildir/new", "/Maildir/tmp", "/Maildir/cur"]
                where name != "/Maildir" + part {
                    if part.isEmpty && name.hasPrefix("/Maildir/") { continue }
                    try relais.folder.makeFolder("mail/alice" + name)
                    chown(relais.folder["mail/alice" + name], relais.owner, relais.owner)
                }
                symlink(relais.folder["outside" + part], relais.folder["mail/alice/Maildir" + part])
                let sent = try await swaks(
                    relais.ports.smtp,
                    "--from",
                    "a@client.test",
                    "--to",
                    "alice@example.test"
                )
                #expect(sent.isSuccess, "\(sent)")
                try await waiting(until: "it is told\n\(relais.logEnd)") {
                    relais.log.contains(#/to=<alice@example\.test>.* status=(deferred|bounced)/#)
                }
                for name in ["outside/new", "outside/tmp", "outside/cur"] {
                    #expect(relais.folder.names(name).isEmpty)
                }
                _ = try await EndToEnd.roundTrip(relais)
                Self.expectNoCrash(relais)
            }
        }

        // MARK: imapd

        @Test
        func
            `Links and other files among the messages show nothing of others, and the messages are there`()
            async throws
        {
            try await MailInstance.running { relais in
                for user in ["alice", "bob", "carol"] { try await relais.prepareReader(user) }
                let cur = "mail/alice/Maildir/cur"
                // Of the same uid, so that only the refusal to follow keeps it.
                let other = try relais.folder.write(
                    "mail/bob/Maildir/cur/1.secret:2,",
                    Self.secret,
                    mode: 0o600
                )
                chown(other, relais.owner, relais.owner)
                symlink(other, relais.folder["\(cur)/2000000001.link:2,"])
                symlink("/etc/passwd", relais.folder["\(cur)/2000000002.passwd:2,"])
                symlink(relais.folder["nowhere"], relais.folder["\(cur)/2000000003.nowhere:2,"])
                mkfifo(relais.folder["\(cur)/2000000004.fifo:2,"], 0o666)
                mkdir(relais.folder["\(cur)/2000000005.folder:2,"], 0o777)
                try relais.folder.write("\(cur)/2000000006.roots:2,", Self.secret, mode: 0o600)
                let text = try await blocking { [port = relais.ports.imap] in
                    let client = try RawClient(port: port)
                    _ = try client.line()
                    try client.tagged("a LOGIN alice@example.test secret-a")
                    try client.tagged("b SELECT INBOX")
                    var said = ""
                    for command in [
                        "FETCH 1:* (UID FLAGS)", "FETCH 1:* (BODY.PEEK[])",
                        "FETCH 1:* (ENVELOPE BODYSTRUCTURE)",
                        "FETCH 1:* (RFC822.SIZE INTERNALDATE)", "SEARCH TEXT nobody", "COPY 1:* Sent",
                        "STORE 1:* +FLAGS (\\Seen)",
                    ] {
                        for number in ["1:*", "1", "2", "3", "4", "5", "6", "7"] {
                            try client.send("c \(command.replacingOccurrences(of: "1:*", with: number))\r\n")
                            while let line = try client.line() {
                                said += line + "\n"
                                if line.hasPrefix("c ") { break }
                            }
                        }
                    }
                    // The one message that is one can be read.
                    #expect(try client.tagged("d FETCH 1 (BODY.PEEK[])").contains { $0.contains("hello") })
                    return said
                }
                #expect(
                    text.contains("c OK") && !text.contains("nobody else may") && !text.contains("root:x")
                )
                #expect(relais.folder.text("mail/bob/Maildir/cur/1.secret:2,") == Self.secret)
                _ = try await EndToEnd.roundTrip(relais)
                Self.expectNoCrash(relais)
            }
        }

        @Test(arguments: [true, false])
        func
            `A mailbox's own files that are links change nothing where they lead, and FIFOs keep nobody waiting`(
                isLink: Bool
            ) async throws
        {
            try await MailInstance.running { relais in
                for user in ["alice", "bob", "carol"] { try await relais.prepareReader(user) }
                let victim = try relais.folder.write("mail/bob/victim", Self.secret, mode: 0o600)
                chown(victim, relais.owner, relais.owner)
                for name in [
                    "dovecot-uidlist", "dovecot-uidlist.lock", "dovecot-keywords", "subscriptions",
                    "relais.index",
                    "dovecot-uidvalidity",
                ] {
                    let path = relais.folder["mail/alice/Maildir/\(name)"]
                    unlink(path)
                    if isLink { symlink(victim, path) } else { mkfifo(path, 0o666) }
                    try await Self.useMailbox(relais)
                    #expect(relais.folder.text("mail/bob/victim") == Self.secret, "\(name)")
                    unlink(path)
                }
                _ = try await EndToEnd.roundTrip(relais)
                Self.expectNoCrash(relais)
            }
        }

        /// Does what writes each file of alice's Maildir; whether it succeeds is the server's, that it ends is not.
        private static func useMailbox(_ relais: MailInstance) async throws {
            try await blocking {
                let client = try RawClient(port: relais.ports.imap)
                _ = try client.line()
                try client.tagged("a LOGIN alice@example.test secret-a")
                for command in [
                    "SELECT INBOX", "STORE 1 +FLAGS (\\Seen keyword-a)", "FETCH 1 (ENVELOPE BODYSTRUCTURE)",
                    "SUBSCRIBE Sent",
                    "CREATE Sent", "COPY 1 Sent", "LSUB \"\" *", "APPEND INBOX {3+}\r\na\r\n", "EXPUNGE",
                    "NOOP",
                ] {
                    try client.send("b \(command)\r\n")
                    while let line = try client.line(), !line.hasPrefix("b ") {}
                }
                try client.tagged("c NOOP")
            }
        }

        // MARK: the queue

        @Test func `Links in the queue under the names of messages are not followed`() async throws {
            let relais = try MailInstance()
            try await relais.start()
            _ = try await EndToEnd.roundTrip(relais)
            // Where a message would lie, as the log names it.
            let id = try #require(
                relais.log.firstMatch(of: #/qmgr\[\d+\]: ([0-9A-Za-z]+): from=/#)?.output.1
            )
            try await relais.stop()
            let victim = try relais.folder.write("victim", Self.secret, mode: 0o644)
            var places: [String] = []
            for place in ["incoming", "deferred", "hold"] {
                let folders =
                    [""] + relais.folder.names("spool/\(place)").filter { $0.count == 1 }.map { "/\($0)" }
                for folder in folders {
                    let path = relais.folder["spool/\(place)\(folder)/\(id)"]
                    if symlink(victim, path) == 0 { places.append(path) }
                }
            }
            #expect(!places.isEmpty)
            try await relais.start()
            _ = try await relais.mailctl("queue", "flush")
            _ = try await relais.mailctl("queue", "list")
            _ = try await EndToEnd.longestTrip(relais)
            #expect(relais.folder.text("victim") == Self.secret)
            #expect(!relais.log.contains("nobody else may"))
            Self.expectNoCrash(relais)
            try await relais.stop()
        }
    }
}
