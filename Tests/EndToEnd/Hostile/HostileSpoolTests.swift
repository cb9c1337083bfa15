// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// Users of the system, each with a uid of his own, whose INBOXes lie in one spool that `mail_privileged_group` may
    /// write in; alice puts links to it in her folders.
    @Suite(.enabled(if: Surroundings.isRoot, "only root has several uids")) struct HostileSpool {
        private static let uids: [(name: String, uid: UInt32)] = [
            ("alice", 61_001), ("bob", 61_002), ("carol", 61_003),
        ]
        private static let secret = "From a@b.test Sat Nov 21 02:15:00 2026\nSubject: secret\n\nfor bob alone\n\n"

        /// A relais with the spool of these users; `folders` makes what alice has.
        private static func running(
            inbox: Bool = true,
            _ folders: (TemporaryFolder) throws -> Void,
            _ body: (MailInstance, SpoolWatch) async throws -> Void
        ) async throws {
            let relais = try MailInstance { setup, folder in
                setup.dovecot = [
                    "mail_location = mbox:~/mail:INBOX=\(folder["var"])/%n", "mail_privileged_group = mail",
                ]
            }
            let folder = relais.folder
            let group = try #require(getgrnam("mail")).pointee.gr_gid
            let accounts = Self.uids.map { name, uid in
                "\(relais.address(name)):{PLAIN}secret:\(uid):\(uid)::\(folder["home"])/\(name)::\n"
            }
            try folder.write("etc/users", accounts.joined(), mode: 0o600)
            try folder.makeFolder("var")
            chown(folder["var"], 0, group)
            chmod(folder["var"], 0o2775)
            for (name, uid) in Self.uids {
                for place in ["home/\(name)", "home/\(name)/mail"] {
                    try folder.makeFolder(place, mode: 0o700)
                    chown(folder[place], uid, uid)
                }
            }
            // As an older release and other programs made them: whoever has the group may write.
            try folder.write("var/bob", Self.secret, mode: 0o660)
            chown(folder["var/bob"], 61_002, group)
            chmod(folder["var/bob"], 0o660)
            try folder.write("var/carol", Self.secret, mode: 0o600)
            chown(folder["var/carol"], 61_003, group)
            if inbox {
                try folder.write("var/alice", Self.secret.replacingOccurrences(of: "secret", with: "own"), mode: 0o600)
                chown(folder["var/alice"], 61_001, group)
            }
            try folders(folder)
            try await relais.start()
            let watch = try SpoolWatch(folder["var"])
            let before = Self.state(folder)
            do {
                try await body(relais, watch)
            } catch {
                try? await relais.stop()
                throw DeadlineError(description: "\(error)\n\(relais.logEnd)")
            }
            try await relais.stop()
            #expect(Self.state(folder) == before, "what others have is as it was")
            #expect(Set(folder.names("var")).subtracting(["alice"]) == ["bob", "carol"])
            for name in watch.names() { #expect(name == "alice" || name.hasPrefix("alice.lock"), "\(name) was made") }
            #expect(!relais.log.contains("killed by signal") && !relais.log.contains("panic:"))
        }

        /// Content, owner, mode, inode and times of the files of others.
        private static func state(_ folder: TemporaryFolder) -> [String] {
            ["bob", "carol"].map { name in
                var info = stat()
                lstat(folder["var/\(name)"], &info)
                return "\(folder.text("var/\(name)")) \(info.st_ino) \(info.st_uid) \(info.st_gid) \(info.st_mode)"
                    + " \(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec) \(info.st_nlink)"
            }
        }

        private static func link(_ folder: TemporaryFolder, _ target: String, _ path: String) {
            symlink(target, folder[path])
            lchown(folder[path], 61_001, 61_001)
        }

        /// Sends a command and returns all lines up to its answer.
        private static func say(_ client: RawClient, _ command: String) throws -> String {
            try client.send("x \(command)\r\n")
            var said = ""
            while let line = try client.line() {
                said += line + "\n"
                if line.hasPrefix("x ") { return said }
            }
            throw DeadlineError(description: "the stream ended at \(command)")
        }

        private static func logIn(_ relais: MailInstance, _ user: String) throws -> RawClient {
            let client = try RawClient(port: relais.ports.imap, seconds: 120)
            _ = try client.line()
            try client.tagged("a LOGIN \(relais.address(user)) secret")
            return client
        }

        /// Where a link stands, and the names that lead through it: of bob's mailbox, and of one that is not there.
        enum Place: String, CaseIterable, Sendable {
            case folder, deepFolder, file, nothing, root

            func put(_ folder: TemporaryFolder) throws {
                switch self {
                case .folder: HostileSpool.link(folder, folder["var"], "home/alice/mail/v")
                case .deepFolder:
                    try folder.makeFolder("home/alice/mail/deep", mode: 0o700)
                    chown(folder["home/alice/mail/deep"], 61_001, 61_001)
                    HostileSpool.link(folder, folder["var"], "home/alice/mail/deep/v")
                case .file: HostileSpool.link(folder, folder["var/bob"], "home/alice/mail/v")
                case .nothing: HostileSpool.link(folder, folder["var/dave"], "home/alice/mail/v")
                case .root:
                    rmdir(folder["home/alice/mail"])
                    HostileSpool.link(folder, folder["var"], "home/alice/mail")
                }
            }

            var names: [String] {
                switch self {
                case .folder: ["v/bob", "v/dave", "v"]
                case .deepFolder: ["deep/v/bob", "deep/v/dave"]
                case .file, .nothing: ["v"]
                case .root: ["bob", "dave", "carol"]
                }
            }
        }

        @Test(arguments: Place.allCases)
        func `A link of a user's to the spool shows nothing, changes nothing and makes nothing there`(
            place: Place
        ) async throws {
            try await Self.running({ try place.put($0) }) { relais, _ in
                let said = try await blocking {
                    let client = try Self.logIn(relais, "alice")
                    var said = ""
                    for name in place.names {
                        if place != .root { _ = try Self.say(client, "CREATE own") }
                        _ = try Self.say(client, "SELECT INBOX")
                        for command in [
                            "STATUS \(name) (MESSAGES)", "APPEND \(name) {3+}\r\na\r\n", "COPY 1 \(name)",
                            "MOVE 1 \(name)", "CREATE \(name)", "CREATE \(name)/below", "DELETE \(name)",
                            "RENAME \(name) taken", "RENAME own \(name)", "RENAME INBOX \(name)",
                            "EXAMINE \(name)", "SELECT \(name)",
                        ] {
                            let answer = try Self.say(client, command)
                            #expect(!answer.contains("x OK"), "\(command): \(answer)")
                            said += answer
                            if command.hasPrefix("SELECT") || command.hasPrefix("EXAMINE") {
                                said += try Self.say(client, "FETCH 1 BODY.PEEK[]")
                                said += try Self.say(client, "STORE 1 +FLAGS (\\Deleted)")
                                said += try Self.say(client, "EXPUNGE")
                            }
                        }
                        // A name may be subscribed to that no mailbox has; where it is noted is what counts.
                        said += try Self.say(client, "SUBSCRIBE \(name)")
                    }
                    let list = try Self.say(client, "LIST \"\" *")
                    for name in place.names { #expect(!list.contains("/ \(name)\n"), "\(list)") }
                    // Where her folder itself is the link nothing can be noted of INBOX, so it is not served.
                    if place == .root { return said }
                    // Her own mail is there as before.
                    let own = try Self.say(client, "SELECT INBOX") + Self.say(client, "FETCH 1 BODY.PEEK[]")
                    #expect(own.contains("Subject: own"), "\(own)")
                    return said
                }
                #expect(!said.contains("Subject: secret"))
            }
        }

        @Test(arguments: [false, true])
        func `An INBOX that is a link or another user's file is none, in IMAP and POP3`(isLink: Bool) async throws {
            try await Self.running(
                inbox: false,
                { folder in
                    if isLink {
                        Self.link(folder, folder["var/bob"], "var/alice")
                    } else {
                        try folder.write("var/alice", Self.secret, mode: 0o666)
                        chown(folder["var/alice"], 61_002, 61_002)
                    }
                },
                { relais, _ in
                    let said = try await blocking {
                        let client = try Self.logIn(relais, "alice")
                        var said = ""
                        for command in [
                            "SELECT INBOX", "EXAMINE INBOX", "APPEND INBOX {3+}\r\na\r\n", "STATUS INBOX (MESSAGES)",
                        ] {
                            let answer = try Self.say(client, command)
                            #expect(answer.contains("x NO"), "\(command): \(answer)")
                            said += answer
                        }
                        let pop3 = try RawClient(port: relais.ports.pop3, seconds: 120)
                        _ = try pop3.line()
                        for command in ["USER \(relais.address("alice"))", "PASS secret", "STAT", "RETR 1", "QUIT"] {
                            guard (try? pop3.send(command + "\r\n")) != nil, let line = try? pop3.line() else { break }
                            said += line + "\n"
                        }
                        return said + ((try? pop3.rest()) ?? "")
                    }
                    #expect(!said.contains("Subject: secret") && !said.contains("+OK 1 "), "\(said)")
                }
            )
        }

        @Test
        func
            `The process of a user has the group of the spool as saved gid alone, and locks INBOX and makes it with that`()
            async throws
        {
            try await Self.running(inbox: false, { _ in }) { relais, watch in
                let group = try #require(getgrnam("mail")).pointee.gr_gid
                try await blocking {
                    let client = try Self.logIn(relais, "alice")
                    try client.tagged("b SELECT INBOX")
                    #expect(relais.folder.access("var/alice") == [61_001, Int(group), 0o600])
                    for _ in 1...3 { try client.tagged("c APPEND INBOX {17+}\r\nSubject: x\r\n\r\nx\r\n") }
                    try client.tagged("d STORE 1 +FLAGS (\\Deleted)")
                    try client.tagged("e EXPUNGE")
                    #expect(watch.names().contains("alice.lock"))
                    #expect(!relais.folder.names("var").contains("alice.lock"))
                    let process = try #require(
                        relais.processes.first { process in
                            process.name == "imapd" && Self.status(process.pid, "Uid").first == 61_001
                        }
                    )
                    #expect(Self.status(process.pid, "Gid") == [61_001, 61_001, Int(group), 61_001])
                    #expect(Self.status(process.pid, "Groups") == [61_001])
                    for thread in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/task"))
                        ?? []
                    {
                        #expect(Self.status(process.pid, "Gid", thread: thread).last == 61_001)
                    }
                }
            }
        }

        private static func status(_ pid: Int32, _ field: String, thread: String? = nil) -> [Int] {
            let path = "/proc/\(pid)/" + (thread.map { "task/\($0)/" } ?? "") + "status"
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix(field + ":") } ?? ""
            return line.split(whereSeparator: \.isWhitespace).dropFirst().compactMap { Int($0) }
        }

        @Test func `RENAME of INBOX moves its messages, and the file in the spool stays where it is`() async throws {
            try await Self.running({ _ in }) { relais, _ in
                let path = relais.folder["var/alice"]
                var before = stat()
                lstat(path, &before)
                let inode = before.st_ino
                try await blocking {
                    let client = try Self.logIn(relais, "alice")
                    try client.tagged("b RENAME INBOX saved")
                    #expect(try client.tagged("c SELECT INBOX").contains("* 0 EXISTS"))
                    #expect(try client.tagged("d SELECT saved").contains("* 1 EXISTS"))
                    #expect(try client.tagged("e FETCH 1 BODY.PEEK[]").contains { $0.contains("Subject: own") })
                }
                var after = stat()
                #expect(lstat(path, &after) == 0 && after.st_ino == inode && after.st_uid == 61_001)
                #expect(relais.folder.text("home/alice/mail/saved").contains("Subject: own"))
            }
        }

        @Test func `An INBOX that another program has made anew is served to the next log-in`() async throws {
            try await Self.running({ _ in }) { relais, _ in
                let group = try #require(getgrnam("mail")).pointee.gr_gid
                try await blocking {
                    let first = try Self.logIn(relais, "alice")
                    try first.tagged("b SELECT INBOX")
                    let fresh = try relais.folder.write(
                        "aside",
                        Self.secret.replacingOccurrences(of: "secret", with: "fresh")
                    )
                    chown(fresh, 61_001, group)
                    chmod(fresh, 0o600)
                    rename(fresh, relais.folder["var/alice"])
                    let second = try Self.logIn(relais, "alice")
                    try second.tagged("b SELECT INBOX")
                    #expect(try second.tagged("c FETCH 1 BODY.PEEK[]").contains { $0.contains("Subject: fresh") })
                }
            }
        }
    }
}

/// The names that come up in a folder, even for a moment (inotify(7)).
private final class SpoolWatch: Sendable {
    private let number: Int32

    init(_ path: String) throws {
        number = inotify_init1(Int32(IN_NONBLOCK))
        guard number >= 0, inotify_add_watch(number, path, UInt32(IN_CREATE | IN_MOVED_TO)) >= 0 else {
            throw DeadlineError(description: "no watch of \(path)")
        }
    }

    deinit { close(number) }

    private let seen = Seen()

    private final class Seen: @unchecked Sendable {
        let lock = NSLock()
        var names: Set<String> = []
    }

    /// All names so far.
    func names() -> Set<String> {
        seen.lock.withLock {
            var room = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(number, &room, room.count)
                guard count > 0 else { return seen.names }
                var position = 0
                while position + 16 <= count {
                    let length = room[position + 12..<position + 16].reversed().reduce(0) { $0 << 8 | Int($1) }
                    let name = room[position + 16..<min(count, position + 16 + length)].prefix { $0 != 0 }
                    seen.names.insert(String(decoding: name, as: UTF8.self))
                    position += 16 + length
                }
            }
        }
    }
}
