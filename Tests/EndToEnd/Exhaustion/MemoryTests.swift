// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd.Exhaustion {
    /// A process without memory may die: what it has acknowledged stays, and another one takes its place.
    @Suite struct MemoryTests {
        /// Lets a running process have `bytes` more of address space than it has.
        private static func limit(_ pid: Int32, bytes: Int) async throws {
            let status = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)
            let pages = Int(status.split(separator: " ").first ?? "") ?? 0
            try await EndToEnd.Exhaustion.limit(pid, "--as=\(pages * 4096 + bytes):")
        }

        /// How often processes have died, as master says.
        private static func deaths(_ relais: MailInstance) -> Int {
            relais.log.components(separatedBy: "killed by signal").count - 1
        }

        /// Whether somebody has noticed that there was no memory: a process died, said so, or refused a client.
        private static func wasFelt(_ relais: MailInstance, _ replies: [Int?]) -> Bool {
            deaths(relais) > 0 || relais.log.contains("Cannot allocate memory")
                || replies.contains { $0.map { $0 / 100 == 4 } ?? false }
        }

        /// Sends messages of `size` bytes to bob, many at once; the code of the reply to each, nil without one.
        private static func sendMany(_ subjects: [String], size: Int, _ relais: MailInstance) async -> [Int?] {
            await withTaskGroup(of: (Int, Int?).self) { group in
                for (index, subject) in subjects.enumerated() {
                    group.addTask {
                        (index, try? await EndToEnd.Exhaustion.send(subject, to: "bob", size: size, relais).code)
                    }
                }
                var replies = [Int?](repeating: nil, count: subjects.count)
                for await (index, code) in group { replies[index] = code }
                return replies
            }
        }

        @Test(.timeLimit(.minutes(30)), arguments: ["smtpd", "cleanup", "qmgr", "virtual"])
        func `A process that has no memory for its work refuses, defers or dies, and nothing that was taken is lost`(
            program: String
        ) async throws {
            try await MailInstance.running({ setup, _ in EndToEnd.Exhaustion.setUp(&setup) }) { relais in
                #expect(try await EndToEnd.Exhaustion.send("before", to: "bob", relais).code == 250)
                try await relais.queueIsEmpty()
                let process = try EndToEnd.Exhaustion.process(program, relais)
                try await Self.limit(process, bytes: 0)
                var taken = ["before"]
                var replies: [Int?] = []
                // qmgr needs memory for what waits: nobody delivers meanwhile.
                let agent = try EndToEnd.Exhaustion.process("virtual", relais)
                if program == "qmgr" { kill(agent, SIGSTOP) }
                for wave in 0..<20 where !Self.wasFelt(relais, replies) {
                    let subjects = (0..<64).map { "many\(wave)-\($0)" }
                    let answers = await Self.sendMany(subjects, size: program == "qmgr" ? 500 : 200_000, relais)
                    taken += zip(subjects, answers).filter { $0.1 == 250 }.map(\.0)
                    replies += answers
                    for code in answers { #expect(code == nil || code == 250 || code.map { $0 / 100 } == 4) }
                }
                kill(agent, SIGCONT)
                try await waiting(until: "\(program) has felt it\n\(relais.logEnd)") {
                    Self.wasFelt(relais, replies)
                }
                try await waiting(until: "service is back\n\(relais.logEnd)") {
                    guard let reply = try? await EndToEnd.Exhaustion.send("after", to: "bob", relais) else {
                        return false
                    }
                    return reply.code == 250
                }
                try await relais.queueIsEmpty()
                let counts = EndToEnd.Exhaustion.count(taken + ["after"], "bob", relais)
                #expect(counts.allSatisfy { $0 >= 1 }, "\(zip(taken, counts).filter { $0.1 == 0 })")
                // One process had no memory: those after it do not die too.
                #expect(Self.deaths(relais) <= 1)
            }
        }

        @Test(.timeLimit(.minutes(30)))
        func `Sessions that need more memory than there is end, and the mailbox can be read again`() async throws {
            try await MailInstance.running { relais in
                #expect(try await EndToEnd.Exhaustion.send("large", to: "bob", size: 2_000_000, relais).code == 250)
                try await relais.queueIsEmpty()
                let port = relais.ports.imap
                @Sendable func fetch() async throws -> Int {
                    try await blocking {
                        let client = try RawClient(port: port)
                        _ = try client.line()
                        for command in ["LOGIN bob@example.test secret-b", "SELECT INBOX"] {
                            try client.complete(command)
                        }
                        return try client.complete("FETCH 1 (ENVELOPE BODYSTRUCTURE BODY.PEEK[] BODY.PEEK[1])").count
                    }
                }
                let lines = try await fetch()
                #expect(lines > 20_000)
                try await Self.limit(try EndToEnd.Exhaustion.process("imapd", relais), bytes: 0)
                var wasFelt = false
                for _ in 0..<10 where !wasFelt {
                    wasFelt = await withTaskGroup(of: Bool.self) { group in
                        for _ in 0..<32 { group.addTask { (try? await fetch()) == lines } }
                        return await group.contains(false)
                    }
                }
                #expect(wasFelt && (Self.deaths(relais) == 1 || relais.log.contains("Cannot allocate memory")))
                try await waiting(until: "it can be read again\n\(relais.logEnd)") {
                    (try? await fetch()) == lines
                }
                #expect(relais.inbox("bob").count == 1)
                #expect(Self.deaths(relais) <= 1)
            }
        }
    }
}
