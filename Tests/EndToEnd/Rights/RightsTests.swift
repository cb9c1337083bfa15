// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

extension EndToEnd {
    /// What every running daemon may do: what it declares with `--rights`, what /proc and the kernel say, and what it can.
    @Suite struct RightsOfDaemons {
        private static let programs = [
            "smtpd", "cleanup", "qmgr", "bounce", "virtual", "local", "auth", "imap-login", "pop3-login", "imapd",
            "pop3d", "proxymap",
        ]

        @Test(.enabled(if: Surroundings.isRoot, "only root can give rights away"))
        func `every daemon has the rights that it declares and no others, and only master is root`() async throws {
            let listener = try AbstractListener(Trial.socketName)
            defer { listener.close() }
            try await MailInstance.running(
                { setup, folder in
                    setup.main.append("virtual_mailbox_limit = 3000")
                    setup.main.append("mail_spool_directory = \(folder["mbox"])")
                    setup.main.append("import_environment = \(Trial.variable)=\(folder["trial"])")
                    _ = try? folder.write("trial/file", "content")
                    // Permissions let everybody: what refuses is Landlock.
                    chmod(folder["trial"], 0o777)
                },
                { instance in
                    try await startAll(instance)
                    var declared: [String: DeclaredRights] = [:]
                    for program in Self.programs { declared[program] = try await .of(program, instance) }
                    let users = [
                        "mailOwner": try #require(getpwnam("relais")).pointee.pw_uid,
                        "login": try #require(getpwnam("relais-login")).pointee.pw_uid,
                        "mailboxOwner": instance.owner,
                    ]
                    var seen: Set<String> = []
                    for process in instance.processes {
                        guard process.name != "master" else {
                            #expect(ProcessStatus(process.pid)["Uid"] == "0 0 0 0")
                            continue
                        }
                        seen.insert(process.name)
                        let rights = try #require(declared[process.name], "unknown program \(process.name)")
                        try await compare(process, rights, users, instance)
                    }
                    #expect(seen == Set(Self.programs), "not all daemons ran")
                    for program in Self.programs { try judgeTrials(of: try #require(declared[program]), instance) }
                }
            )
        }

        @Test func `every executable declares who may call it, and only master is unconfined`() async throws {
            let instance = try MailInstance()
            for program in Self.programs {
                let rights = try await DeclaredRights.of(program, instance)
                #expect(rights.name == program && rights.confinement == "full" && !rights.stages.isEmpty)
                #expect(rights.callers["*"]?.isEmpty == false, "\(program): \(rights.callers)")
            }
            let result = try await Command.run([Surroundings.product("master"), "--rights"])
            let master = try JSONDecoder().decode(DeclaredRights.self, from: Data(result.output))
            #expect(master.confinement.hasPrefix("none: ") && master.callers == ["control": ["root"]])
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
            // It starts with the first who asks it something.
            let asker = try RawClient(path: instance.folder["spool/private/proxymap"])
            defer { withExtendedLifetime(asker) {} }
            // The second log-in goes through a fresh process to the one that serves; so both kinds are there.
            _ = try await EndToEnd.curl(instance, "-u", "\(alice):secret-a", "imap://127.0.0.1:\(instance.ports.imap)/")
            _ = try await EndToEnd.curl(instance, "-u", "\(alice):secret-a", "pop3://127.0.0.1:\(instance.ports.pop3)/")
            try await waiting(until: "all daemons run, there are \(instance.processes.map(\.name))", seconds: 120) {
                Set(Self.programs).isSubset(of: instance.processes.map(\.name))
                    && instance.processes.allSatisfy { Self.hasSettled($0) }
            }
        }

        /// Whether a process has dropped its rights already: it may have been started just now.
        private static func hasSettled(_ process: (name: String, pid: Int32)) -> Bool {
            process.name == "master" || ProcessStatus(process.pid)["Seccomp"] == "2"
        }

        // MARK: What the kernel says

        private func compare(
            _ process: (name: String, pid: Int32),
            _ rights: DeclaredRights,
            _ users: [String: UInt32],
            _ instance: MailInstance
        ) async throws {
            let (name, pid) = process
            let status = ProcessStatus(pid)
            let index = rights.stages.firstIndex { Self.fits($0, status, users) }
            let found = try #require(index, "\(name): \(status)")
            #expect(status["NoNewPrivs"] == "1", "\(name)")
            #expect(status["Seccomp"] == "2", "\(name)")
            #expect(status["CapInh"].flatMap { UInt64($0, radix: 16) } == 0, "\(name)")
            let root = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/root")) ?? ""
            #expect(root.hasSuffix(rights.jail.map { instance.folder["spool/\($0)"] } ?? "/"), "\(name): \(root)")
            // The files of a process that cannot be dumped belong to root (proc(5)).
            #expect(try fileStatus("/proc/\(pid)/environ").owner == 0, "\(name) can be dumped")
            let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
            let core = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
            #expect(core?.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"], "\(name): \(core ?? "")")
            try await compareFilter(name, pid, rights, found, status, users)
        }

        private static func fits(_ stage: DeclaredRights.Stage, _ status: ProcessStatus, _ users: [String: UInt32])
            -> Bool
        {
            guard let uid = users[stage.user] else { return false }
            let groups = (status["Groups"] ?? "").split(separator: " ")
            return status["Uid"] == "\(uid) \(uid) \(uid) \(uid)" && !groups.contains("0")
                && status["Gid"]?.split(separator: " ").contains("0") == false
                && status["CapEff"].flatMap { UInt64($0, radix: 16) } == stage.capabilityMask
                && status["CapPrm"].flatMap { UInt64($0, radix: 16) } == stage.capabilityMask
        }

        /// Compares the newest filter, instruction by instruction, where the surroundings let a tracer look.
        private func compareFilter(
            _ name: String,
            _ pid: Int32,
            _ rights: DeclaredRights,
            _ index: Int,
            _ status: ProcessStatus,
            _ users: [String: UInt32]
        ) async throws {
            guard let filters = try await blocking({ KernelFilter.read(pid) }) else { return }
            // Number 0 is the oldest one.
            #expect(filters.count == (index == 0 ? 1 : 2), "\(name)")
            let own = try ["Uid", "Gid"].map {
                try #require(status[$0]?.split(separator: " ").first.flatMap { UInt32($0) })
            }
            let account = try #require(users[rights.stages[0].user].flatMap { getpwuid($0) }).pointee
            let first = try program(of: rights, 0, pid, account.pw_uid, account.pw_gid)
            let last = try program(of: rights, index, pid, own[0], own[1])
            #expect(filters.first == first && filters.last == last, "\(name): the kernel has another filter")
        }

        private func program(
            of rights: DeclaredRights,
            _ index: Int,
            _ pid: Int32,
            _ uid: UInt32,
            _ gid: UInt32
        ) throws -> [UInt64] {
            let sandbox = try #require(
                rights.stages[index].sandbox,
                "\(rights.name): \(rights.problem ?? "no sandbox")"
            )
            let process = SystemCalls.Process(pid: UInt32(pid), user: uid, group: gid)
            return try sandbox.systemCalls().program(for: process)
        }

        // MARK: What it can

        /// Holds what each process of a program has logged of its trial against what the program declares.
        private func judgeTrials(of rights: DeclaredRights, _ instance: MailInstance) throws {
            let lines = instance.log.split(separator: "\n").filter {
                $0.contains("/\(rights.name)[") && $0.contains(": trial ")
            }
            #expect(!lines.isEmpty, "\(rights.name) has tried nothing")
            for line in lines {
                let words = line.split(separator: " ")
                let results: [(String, Int32)] = words.compactMap { word in
                    let parts = word.split(separator: "=")
                    return parts.count == 2 ? Int32(parts[1]).map { (String(parts[0]), $0) } : nil
                }
                #expect(results.count == 14, "\(line)")
                // Of the later stages, virtual is in the first: it has one owner for all here.
                let stage = words.contains("first:") ? rights.stages[0] : rights.stages[1]
                let sandbox = try #require(stage.sandbox)
                let reads = Surroundings.hasLandlock ? sandbox.reads + sandbox.writes : ["/"]
                let writes = Surroundings.hasLandlock ? sandbox.writes : ["/"]
                let allowed = [
                    "read": rights.jail == nil && DeclaredRights.Stage.Sandbox.cover(reads, instance.folder["trial"]),
                    "create": rights.jail == nil
                        && DeclaredRights.Stage.Sandbox.cover(writes, instance.folder["trial"]),
                    "unix": sandbox.sockets.contains("unix"), "internet": sandbox.sockets.contains("internet"),
                    "abstract": sandbox.sockets.contains("unix") && Sandbox.landlockVersion < 6,
                ]
                for (act, errno) in results {
                    #expect((errno == 0) == (allowed[act] ?? false), "\(rights.name): \(act) in \(line)")
                }
            }
        }
    }
}

/// /proc/PID/status.
struct ProcessStatus: CustomStringConvertible {
    private var values: [String: String] = [:]

    init(_ pid: Int32) {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let words = parts[1].split { $0 == "\t" || $0 == " " }
            values[String(parts[0])] = words.joined(separator: " ")
        }
    }

    subscript(name: String) -> String? { values[name] }

    var description: String { "\(values)" }
}

/// A listening abstract socket, which only Landlock's scopes keep a process from.
final class AbstractListener {
    private let number: Int32

    init(_ name: String) throws {
        number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            for (index, byte) in name.utf8.enumerated() { path[index + 1] = byte }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, length) }
        }
        guard bound == 0, listen(number, 100) == 0 else { throw DeadlineError(description: "@\(name): errno \(errno)") }
    }

    func close() { _ = Glibc.close(number) }
}
