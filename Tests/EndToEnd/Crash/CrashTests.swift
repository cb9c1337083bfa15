// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

extension EndToEnd {
    /// Processes are killed while mail comes in: what was acknowledged is somewhere in the end.
    @Suite struct CrashTests {
        /// Kills that one instance lives through: 200 in all, 10,000 with the long rounds.
        ///
        /// In the long form they are shared out, for each instance has its time limit, whatever else the machine does; and
        /// some live at once, since a killer mostly waits.
        static let rounds = Surroundings.wantsLongRounds ? 50 : 200
        static let instances = Surroundings.wantsLongRounds ? 8 : 1
        static let groups = Surroundings.wantsLongRounds ? 25 : 1

        @Test(arguments: 0..<groups)
        func `No acknowledged message is lost while processes are killed under load`(number: Int) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for instance in 1...Self.instances {
                    group.addTask { try await Self.kill(seed: number * Self.instances + instance) }
                }
                try await group.waitForAll()
            }
        }

        /// An instance, its load, its kills and its account.
        private static func kill(seed: Int) async throws {
            try await MailInstance.running(CrashLoad.setUp) { instance in
                let ledger = CrashLedger()
                let load = CrashLoad(instance: instance, ledger: ledger)
                var killer = CrashKiller(instance, ledger, seed: UInt64(seed))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // Whatever is thrown: the senders end, and with them the test.
                    defer { ledger.finish() }
                    for sender in 0..<4 { group.addTask { try await blocking { load.send(sender) } } }
                    group.addTask { try await blocking { load.read() } }
                    group.addTask { try await blocking { load.obstruct() } }
                    try await killer.kill(rounds)
                    ledger.finish()
                    try await group.waitForAll()
                }
                try await drain(instance, killer)
                let account = CrashAccount(ledger, instance)
                print("accounted: seed \(seed), \(account)")
                #expect(account.lost.isEmpty)
                #expect(account.damaged.isEmpty)
                #expect(account.unexplained.isEmpty)
                // Few kills cannot have been at every point; over many instances they are.
                let missed = killer.points.filter { killer.reached[$0] == nil }
                #expect(missed.count <= max(0, killer.points.count - rounds / 2 + 2), "\(missed) were not reached")
                // The load must have been one: otherwise nothing was shown.
                #expect(account.delivered > 5 * rounds)
                #expect(account.reported > rounds / 10)
                // A trap is no crash of the test's making.
                #expect(!instance.log.contains("killed by signal 4") && !instance.log.contains("killed by signal 5"))
            }
        }

        /// Waits until the queue is empty; also of half-written files, which only a scan removes.
        private static func drain(_ instance: MailInstance, _ killer: CrashKiller) async throws {
            try await waiting(until: "the queue drains, there are \(instance.queueFiles)") {
                if instance.queueFiles.isEmpty { return true }
                killer.resumeStopped()
                try await instance.mailctl("queue", "flush")
                try await Task.sleep(for: .milliseconds(500))
                return false
            }
        }

        @Test func `Every crash point is in QueueStates.md`() throws {
            let page = try String(
                contentsOfFile: "\(EndToEnd.fixtures)/../../Documentation/QueueStates.md",
                encoding: .utf8
            )
            let missing = CrashPoint.allCases.filter { !page.contains("`\($0.rawValue)`") }
            #expect(missing.isEmpty)
        }
    }
}
