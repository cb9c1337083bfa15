// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// What a crash test knows: what was acknowledged, and which process was killed when.
final class CrashLedger: Sendable {
    /// A message that got its 250.
    struct Acknowledged: Sendable {
        let name: String
        /// Mailboxes that must have it; `report` stands for a report to the sender instead.
        let mailboxes: [String]
        let queueID: String
    }

    /// A process that was killed.
    struct Kill: Sendable {
        let program: String
        /// The crash point at which it stood; nil for a random moment.
        let point: String?
        /// The messages that were in the queue while it stood still, just before it was killed.
        let queue: Set<String>
    }

    private struct State {
        var acknowledged: [Acknowledged] = []
        var kills: [Kill] = []
        var refused = 0
        var isOver = false
    }

    private let state = Mutex(State())

    var acknowledged: [Acknowledged] { state.withLock { $0.acknowledged } }
    var kills: [Kill] { state.withLock { $0.kills } }
    /// Messages that got another answer than 250, or none.
    var refused: Int { state.withLock { $0.refused } }
    /// Whether the load is to end.
    var isOver: Bool { state.withLock { $0.isOver } }

    func acknowledge(_ message: Acknowledged) { state.withLock { $0.acknowledged.append(message) } }
    func note(_ kill: Kill) { state.withLock { $0.kills.append(kill) } }
    func refuse() { state.withLock { $0.refused += 1 } }
    func finish() { state.withLock { $0.isOver = true } }

    /// The programs whose kill may have repeated a delivery: one for each of the messages that was in the queue then.
    func causes(among programs: Set<String>, holding ids: Set<String>) -> [String] {
        kills.flatMap { kill in
            programs.contains(kill.program) ? ids.filter(kill.queue.contains).map { _ in kill.program } : []
        }
    }
}
