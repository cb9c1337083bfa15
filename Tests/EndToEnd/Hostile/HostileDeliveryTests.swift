// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// Users with a uid of their own each: one puts links into folders of another where mail is delivered.
    ///
    /// The other's folders are open to everybody, so that it is not their modes that keep the mail out.
    @Suite(.enabled(if: Surroundings.isRoot, "only root has several uids")) struct HostileDelivery {
        fileprivate struct Person {
            let uid: uid_t
            let gid: gid_t
            /// Where the mailboxes are, below which everything is the person's.
            let folder: String
        }

        /// What the first user puts in the place of a part of the mailbox.
        enum Trick: String, CaseIterable, Sendable {
            case folder, new, tmp, parent, mbox, hardLink

            var isMbox: Bool { self == .mbox || self == .hardLink }

            fileprivate func play(_ own: Person, _ other: Person) {
                switch self {
                case .folder: HostileDelivery.link(own, "Maildir", other.folder + "/Maildir")
                case .new, .tmp:
                    HostileDelivery.makeMaildir(own, mode: 0o700)
                    rmdir(own.folder + "/Maildir/" + rawValue)
                    HostileDelivery.link(own, "Maildir/" + rawValue, other.folder + "/Maildir/" + rawValue)
                case .parent: break
                case .mbox: HostileDelivery.link(own, "box", other.folder + "/box")
                case .hardLink: Glibc.link(other.folder + "/box", own.folder + "/box")
                }
            }
        }

        private static func makeMaildir(_ person: Person, mode: mode_t) {
            for part in ["", "/new", "/tmp", "/cur"] {
                mkdir(person.folder + "/Maildir" + part, mode)
                chmod(person.folder + "/Maildir" + part, mode)
                chown(person.folder + "/Maildir" + part, person.uid, person.gid)
            }
        }

        private static func link(_ person: Person, _ name: String, _ target: String) {
            symlink(target, person.folder + "/" + name)
            lchown(person.folder + "/" + name, person.uid, person.gid)
        }

        /// Gives a user everything that the other would write to.
        private static func furnish(_ person: Person) throws {
            makeMaildir(person, mode: 0o777)
            try "From a@b.test Sat Nov 21 02:15:00 2026\nSubject: own\n\nx\n\n"
                .write(toFile: person.folder + "/box", atomically: true, encoding: .utf8)
            chmod(person.folder + "/box", 0o666)
            chown(person.folder + "/box", person.uid, person.gid)
            chmod(person.folder, 0o777)
        }

        /// Names, owners, modes and contents of what a user has; the count of links to a file is the first user's doing.
        private static func state(_ person: Person) throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: person.folder).sorted().map { name in
                var info = stat()
                lstat(person.folder + "/" + name, &info)
                let text = (try? String(contentsOfFile: person.folder + "/" + name, encoding: .utf8)) ?? ""
                return "\(name) \(info.st_uid) \(info.st_gid) \(info.st_mode) \(info.st_mtim.tv_nsec) \(text)"
            }
        }

        /// Sends mail to a user through links, and sees that nothing of the other's is touched.
        private static func attempt(_ relais: MailInstance, _ address: String, other: Person) async throws {
            let before = try state(other)
            let sent = try await swaks(relais.ports.smtp, "--from", "a@client.test", "--to", address)
            #expect(sent.isSuccess, "\(sent)")
            var line: Substring?
            try await waiting(until: "an outcome is logged\n\(relais.logEnd)") {
                line = relais.log.split(separator: "\n").last {
                    $0.contains("to=<\(address)>") && $0.contains("status=")
                }
                return line != nil
            }
            let told = String(line ?? "")
            #expect(told.contains("status=deferred (") || told.contains("status=bounced ("), "\(told)")
            #expect(try state(other) == before, "\(told)")
            #expect(
                ["ermission denied", "symbolic link", "hard links", "Too many levels"].contains { told.contains($0) },
                "the reason is in the log: \(told)"
            )
            #expect(!relais.log.contains("killed by signal") && !relais.log.contains("panic:"))
        }

        @Test(arguments: Trick.allCases)
        func `A virtual mailbox that leads into another one's gets no mail there`(trick: Trick) async throws {
            let relais = try MailInstance { setup, folder in
                setup.main = [
                    "virtual_uid_maps = texthash:\(folder["etc/ids"])",
                    "virtual_gid_maps = texthash:\(folder["etc/ids"])",
                ]
            }
            let folder = relais.folder
            let box = trick.isMbox ? "box" : "Maildir/"
            try folder.write("etc/ids", "alice@example.test 61001\nbob@example.test 61002\n")
            try folder.write("etc/mailboxes", "alice@example.test alice/\(box)\nbob@example.test bob/\(box)\n")
            let people = [("alice", 61_001), ("bob", 61_002)].map { name, id in
                Person(uid: uid_t(id), gid: gid_t(id), folder: folder["mail/\(name)"])
            }
            for person in people where trick != .parent || person.uid == 61_002 {
                mkdir(person.folder, 0o700)
                chown(person.folder, person.uid, person.gid)
            }
            try Self.furnish(people[1])
            if trick == .parent {
                symlink(people[1].folder, people[0].folder)
                lchown(people[0].folder, 61_001, 61_001)
            }
            trick.play(people[0], people[1])
            try await relais.start()
            try await Self.attempt(relais, "alice@example.test", other: people[1])
            // With one name again, the other's mailbox takes mail as ever.
            if trick == .hardLink { unlink(people[0].folder + "/box") }
            let sent = try await swaks(relais.ports.smtp, "--from", "a@client.test", "--to", "bob@example.test")
            #expect(sent.isSuccess, "\(sent)")
            try await waiting(until: "bob is served\n\(relais.logEnd)") {
                relais.log.contains(#/to=<bob@example\.test>.* status=sent/#)
            }
            try await relais.stop()
        }

        @Test(arguments: Trick.allCases.filter { $0 != .parent })
        func `A system user's mailbox that leads into another one's gets no mail there`(trick: Trick) async throws {
            let homes = TemporaryFolder("homes")
            chmod(homes.path, 0o755)
            let accounts = try [SystemAccount(below: homes.path), SystemAccount(below: homes.path)]
            let people = accounts.map { Person(uid: $0.uid, gid: $0.gid, folder: $0.home) }
            try Self.furnish(people[1])
            trick.play(people[0], people[1])
            try await MailInstance.running({ setup, _ in
                setup.main = [
                    "mydestination = localhost.example.test, system.test",
                    "home_mailbox = \(trick.isMbox ? "box" : "Maildir/")",
                ]
            }) { relais in
                try await Self.attempt(relais, "\(accounts[0].name)@system.test", other: people[1])
            }
            withExtendedLifetime(accounts) {}
        }
    }
}
