// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Processes are killed while mail comes in: what was acknowledged is somewhere in the end.
    @Suite struct Crash {
        /// What the senders know.
        private final class Ledger: Sendable {
            private let state = Mutex<(acknowledged: Set<String>, refused: Int, isOver: Bool)>(([], 0, false))

            var acknowledged: Set<String> { state.withLock { $0.acknowledged } }
            var refused: Int { state.withLock { $0.refused } }
            var isOver: Bool { state.withLock { $0.isOver } }

            func acknowledge(_ name: String) { state.withLock { _ = $0.acknowledged.insert(name) } }
            func refuse() { state.withLock { $0.refused += 1 } }
            func finish() { state.withLock { $0.isOver = true } }
        }

        @Test(.timeLimit(.minutes(60)))
        func `no acknowledged message is lost while daemons are killed under load`() async throws {
            let rounds = Surroundings.wantsLongRounds ? 1000 : 50
            try await MailInstance.running(Self.setUp) { instance in
                let ledger = Ledger()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // Whatever is thrown: the senders end, and with them the test.
                    defer { ledger.finish() }
                    for sender in 0..<4 {
                        let port = instance.ports.smtp
                        group.addTask { try await blocking { Self.send(sender, port, ledger) } }
                    }
                    try await Self.kill(rounds, ["smtpd", "cleanup", "qmgr", "virtual"], of: instance)
                    ledger.finish()
                    try await group.waitForAll()
                }
                try await account(ledger, instance, rounds)
            }
        }

        @Test(.timeLimit(.minutes(60)))
        func `no acknowledged message is lost when master is killed and started again`() async throws {
            let rounds = Surroundings.wantsLongRounds ? 50 : 4
            try await MailInstance.running(Self.setUp) { instance in
                let ledger = Ledger()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // Whatever is thrown: the senders end, and with them the test.
                    defer { ledger.finish() }
                    for sender in 0..<4 {
                        let port = instance.ports.smtp
                        group.addTask { try await blocking { Self.send(sender, port, ledger) } }
                    }
                    for _ in 0..<rounds {
                        try await Task.sleep(for: .milliseconds(400))
                        try await instance.killMaster()
                        try await instance.start()
                    }
                    ledger.finish()
                    try await group.waitForAll()
                }
                try await account(ledger, instance, rounds)
            }
        }

        /// Scans often: what a killed cleanup left half-written is only found by looking.
        private static func setUp(_ setup: inout InstanceSetup, _ folder: TemporaryFolder) {
            setup.main.append("queue_run_delay = 2s")
        }

        /// Sends numbered messages until the ledger is closed; a connection that breaks is made anew.
        private static func send(_ sender: Int, _ port: UInt16, _ ledger: Ledger) {
            var number = 0
            while !ledger.isOver {
                do {
                    let client = try RawClient(port: port, seconds: 30)
                    _ = try client.reply()
                    _ = try client.command("EHLO crash.test")
                    while !ledger.isOver {
                        number += 1
                        let name = "m\(sender)-\(number)"
                        // Every fifth goes to two mailboxes: the marks in the queue file matter only then.
                        let users = number % 5 == 0 ? ["alice", "bob"] : [number % 2 == 0 ? "alice" : "bob"]
                        _ = try client.command("MAIL FROM:<>")
                        for user in users {
                            guard try client.command("RCPT TO:<\(user)@example.test>").code == 250 else {
                                throw RawClient.Failure(description: "recipient refused")
                            }
                        }
                        _ = try client.command("DATA")
                        try client.send("Subject: \(name)\r\n\r\n\(String(repeating: "x", count: 70))\r\n.\r\n")
                        if try client.reply().code == 250 {
                            for user in users { ledger.acknowledge("\(user) \(name)") }
                        } else {
                            ledger.refuse()
                        }
                    }
                } catch {
                    ledger.refuse()
                    usleep(5000)
                }
            }
        }

        /// Kills a random process of the given programs in each round.
        private static func kill(_ rounds: Int, _ programs: [String], of instance: MailInstance) async throws {
            var random = SeededGenerator(seed: 7)
            var killed = 0
            while killed < rounds {
                try await Task.sleep(for: .milliseconds(Int.random(in: 30...150, using: &random)))
                let program = programs[Int.random(in: 0..<programs.count, using: &random)]
                guard let victim = instance.processes.first(where: { $0.name == program }) else { continue }
                if Glibc.kill(victim.pid, SIGKILL) == 0 { killed += 1 }
            }
        }

        /// Waits until the queue has drained, then counts.
        private func account(_ ledger: Ledger, _ instance: MailInstance, _ rounds: Int) async throws {
            try await waiting(until: "the queue drains, there are \(instance.queueFiles.count) files", seconds: 120) {
                if instance.queueFiles.isEmpty { return true }
                try await instance.mailctl("queue", "flush")
                return false
            }
            let acknowledged = ledger.acknowledged
            var copies: [String: Int] = [:]
            for user in ["alice", "bob"] {
                for message in instance.messages(user) {
                    let text = String(decoding: message, as: UTF8.self)
                    guard let line = text.components(separatedBy: "\n").first(where: { $0.hasPrefix("Subject: m") })
                    else {
                        continue
                    }
                    copies["\(user) \(line.dropFirst(9).trimmingCharacters(in: .whitespaces))", default: 0] += 1
                }
            }
            let lost = acknowledged.filter { copies[$0] == nil }
            let repeated = copies.values.reduce(0) { $0 + $1 - 1 }
            print(
                "accounted: \(rounds) kills, \(acknowledged.count) acknowledged, \(copies.count) delivered, \(lost.count) lost, \(repeated) repeated, \(ledger.refused) refused or broken"
            )
            #expect(lost.isEmpty)
            // The load must have been one: otherwise nothing was shown.
            #expect(acknowledged.count > 20 * rounds / 4)
        }
    }
}
