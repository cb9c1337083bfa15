// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What every running daemon may do, read back from /proc.
    @Suite struct RightsOfDaemons {
        /// What a daemon declares on its first screen.
        private struct Declared {
            /// `owner`: mail_owner; `login`: default_login_user; `mail`: the mailboxes' owner.
            let user: String
            /// CapEff.
            var capabilities: UInt64 = 0
            /// The folder below the queue directory that is its root folder.
            var jail: String?
        }

        private static let setUID: UInt64 = 1 << 7
        private static let setGID: UInt64 = 1 << 6
        private static let readAnything: UInt64 = 1 << 2

        private static let declared: [String: [Declared]] = [
            "smtpd": [Declared(user: "owner")],
            "cleanup": [Declared(user: "owner")],
            "qmgr": [Declared(user: "owner")],
            "bounce": [Declared(user: "owner")],
            "virtual": [Declared(user: "mail")],
            "local": [Declared(user: "owner", capabilities: setUID | setGID)],
            "auth": [Declared(user: "owner", capabilities: readAnything)],
            "imap-login": [Declared(user: "login", jail: "login")],
            "pop3-login": [Declared(user: "login", jail: "login")],
            // A fresh one waits for a session; one that serves has become the mail's owner for good.
            "imapd": [Declared(user: "owner", capabilities: setUID | setGID), Declared(user: "mail")],
            "pop3d": [Declared(user: "owner", capabilities: setUID | setGID), Declared(user: "mail")],
        ]

        @Test(.enabled(if: Surroundings.isRoot, "only root can give rights away"))
        func `every daemon has the rights of its first screen and no others, and only master is root`() async throws {
            try await MailInstance.running(
                { setup, folder in
                    setup.main.append("virtual_mailbox_limit = 3000")
                    setup.main.append("mail_spool_directory = \(folder["mbox"])")
                },
                { instance in
                    try await startAll(instance)
                    let users = [
                        "owner": try #require(getpwnam("relais")).pointee.pw_uid,
                        "login": try #require(getpwnam("relais-login")).pointee.pw_uid,
                        "mail": instance.owner,
                    ]
                    var seen: Set<String> = []
                    for process in instance.processes {
                        let status = Self.status(process.pid)
                        guard process.name != "master" else {
                            #expect(status["Uid"] == "0 0 0 0")
                            continue
                        }
                        seen.insert(process.name)
                        let allowed = try #require(Self.declared[process.name], "unknown program \(process.name)")
                        let fits = allowed.contains { Self.fits($0, status, process.pid, users, instance) }
                        #expect(fits, "\(process.name): \(status)")
                        #expect(status["NoNewPrivs"] == "1", "\(process.name)")
                        #expect(status["Seccomp"] == "2", "\(process.name)")
                        #expect(status["Uid"]?.contains(" 0") == false, "\(process.name)")
                    }
                    #expect(seen == Set(Self.declared.keys), "not all daemons ran")
                }
            )
        }

        /// Has every daemon started: mail that is delivered, that fails, for a system user; readers by both protocols.
        private func startAll(_ instance: MailInstance) async throws {
            let alice = instance.address("alice")
            let big = String(repeating: String(repeating: "x", count: 70) + "\r\n", count: 100)
            let port = instance.ports.smtp
            try await blocking {
                let client = try RawClient(port: port)
                _ = try client.reply()
                _ = try client.command("EHLO rights.test")
                for (recipient, body) in [
                    (alice, "Hello.\r\n"), (alice, big), ("nobody@localhost.example.test", "Hello.\r\n"),
                ] {
                    _ = try client.command("MAIL FROM:<\(alice)>")
                    #expect(try client.command("RCPT TO:<\(recipient)>").code == 250)
                    _ = try client.command("DATA")
                    try client.send("Subject: rights\r\n\r\n\(body).\r\n")
                    #expect(try client.reply().code == 250)
                }
            }
            _ = try await instance.messages("alice", count: 1)
            for (scheme, number) in [("imap", instance.ports.imap), ("pop3", instance.ports.pop3)] {
                let result = try await EndToEnd.curl(
                    instance,
                    "-u",
                    "\(alice):secret-a",
                    "\(scheme)://127.0.0.1:\(number)/"
                )
                #expect(result.isSuccess, "\(result)")
            }
            // The second log-in goes through a fresh process to the one that serves; so both kinds are there.
            _ = try await EndToEnd.curl(instance, "-u", "\(alice):secret-a", "imap://127.0.0.1:\(instance.ports.imap)/")
            _ = try await EndToEnd.curl(instance, "-u", "\(alice):secret-a", "pop3://127.0.0.1:\(instance.ports.pop3)/")
            let names = Set(Self.declared.keys)
            try await waiting(until: "all daemons run, there are \(instance.processes.map(\.name))") {
                names.isSubset(of: instance.processes.map(\.name))
                    && instance.processes.allSatisfy { Self.hasSettled($0) }
            }
        }

        /// Whether a process has dropped its rights already: it may have been started just now.
        private static func hasSettled(_ process: (name: String, pid: Int32)) -> Bool {
            process.name == "master" || status(process.pid)["Seccomp"] == "2"
        }

        private static func fits(
            _ declared: Declared,
            _ status: [String: String],
            _ pid: Int32,
            _ users: [String: UInt32],
            _ instance: MailInstance
        ) -> Bool {
            let uid = users[declared.user] ?? 0
            let groups = (status["Groups"] ?? "").split(separator: " ")
            let root = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/root")) ?? ""
            let jail = declared.jail.map { instance.folder["spool/\($0)"] } ?? "/"
            return status["Uid"] == "\(uid) \(uid) \(uid) \(uid)" && !groups.contains("0")
                && UInt64(status["CapEff"] ?? "", radix: 16) == declared.capabilities
                && UInt64(status["CapPrm"] ?? "", radix: 16) == declared.capabilities
                && UInt64(status["CapInh"] ?? "", radix: 16) == 0
                && root.hasSuffix(jail)
        }

        private static func status(_ pid: Int32) -> [String: String] {
            let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
            var values: [String: String] = [:]
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2 else { continue }
                let words = parts[1].split { $0 == "\t" || $0 == " " }
                values[String(parts[0])] = words.joined(separator: " ")
            }
            return values
        }
    }
}
