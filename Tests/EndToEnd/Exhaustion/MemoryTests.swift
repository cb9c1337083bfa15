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

        @Test(arguments: ["smtpd", "cleanup", "qmgr", "virtual"])
        func `A large message to a process without memory is refused or taken, never lost`(
            program: String
        ) async throws {
            try await MailInstance.running({ setup, _ in EndToEnd.Exhaustion.setUp(&setup) }) { relais in
                #expect(try await EndToEnd.Exhaustion.send("before", to: "bob", relais).code == 250)
                try await relais.queueIsEmpty()
                let process = try EndToEnd.Exhaustion.process(program, relais)
                try await Self.limit(process, bytes: 1 << 20)
                var taken = ["before"]
                for number in 1...3 {
                    let subject = "large\(number)"
                    // No answer is an answer: the client keeps the message.
                    let reply = try? await EndToEnd.Exhaustion.send(subject, to: "bob", size: 20_000_000, relais)
                    if let reply {
                        #expect(reply.code == 250 || reply.code / 100 == 4, "\(reply)")
                        if reply.code == 250 { taken.append(subject) }
                    }
                }
                try await waiting(until: "service is back\n\(relais.logEnd)", seconds: 30) {
                    guard let reply = try? await EndToEnd.Exhaustion.send("after", to: "bob", relais) else {
                        return false
                    }
                    return reply.code == 250
                }
                try await relais.queueIsEmpty(seconds: 30)
                let counts = EndToEnd.Exhaustion.count(taken + ["after"], "bob", relais)
                #expect(counts.allSatisfy { $0 >= 1 }, "\(taken) \(counts)")
                // One process had no memory: those after it do not die too.
                #expect(Self.deaths(relais) <= 1)
            }
        }

        @Test func `A FETCH that needs more memory than there is costs the session at most`() async throws {
            try await MailInstance.running { relais in
                #expect(try await EndToEnd.Exhaustion.send("large", to: "bob", size: 20_000_000, relais).code == 250)
                try await relais.queueIsEmpty(seconds: 30)
                let (port, user) = (relais.ports.imap, "LOGIN bob@example.test secret-b")
                func fetch() async throws -> Int {
                    try await blocking {
                        let client = try RawClient(port: port, seconds: 30)
                        _ = try client.line()
                        for command in [user, "SELECT INBOX"] { try client.complete(command) }
                        return try client.complete("FETCH 1 (ENVELOPE BODYSTRUCTURE BODY.PEEK[])").count
                    }
                }
                let lines = try await fetch()
                #expect(lines > 200_000)
                try await Self.limit(try EndToEnd.Exhaustion.process("imapd", relais), bytes: 1 << 20)
                for _ in 0..<2 { _ = try? await fetch() }
                try await waiting(until: "it can be read again\n\(relais.logEnd)", seconds: 30) {
                    (try? await fetch()) == lines
                }
                #expect(relais.inbox("bob").count == 1)
                #expect(Self.deaths(relais) <= 1)
            }
        }
    }
}
