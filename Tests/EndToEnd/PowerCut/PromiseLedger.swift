// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What relais has promised to its clients so far: a power cut must not take any of it back.
final class PromiseLedger: Sendable {
    /// A mailbox of a user.
    struct Box: Hashable, Sendable, CustomStringConvertible {
        let user: String
        let mailbox: String

        var description: String { "\(user)/\(mailbox)" }
    }

    /// A message as a reader knows it.
    struct Message: Sendable {
        let name: String
        /// Flags whose STORE was answered with OK.
        var flags: Set<String> = []
        /// Whether its removal was asked for, so that it may be gone.
        var isLeaving = false
        /// Whether its EXPUNGE was answered with OK.
        var isGone = false
    }

    /// All promises of one moment.
    struct Promises: Sendable {
        /// `user name` of messages that smtpd took with 250.
        var deliveries: Set<String> = []
        /// Names of messages that smtpd took for a recipient that is not there.
        var reports: Set<String> = []
        /// UIDs that readers were told, by mailbox.
        var messages: [Box: [UInt32: Message]] = [:]
        var uidValidity: [Box: UInt32] = [:]
        /// Whether a mailbox is there; nil while that is being changed.
        var mailboxes: [Box: Bool?] = [:]
        /// Messages that were not taken, and connections that broke.
        var refused = 0

        /// Without what was asked to be taken back by the time of `later`: it may be gone, or there still.
        func excusing(_ later: Promises) -> Promises {
            var promises = self
            for (box, isThere) in mailboxes where later.mailboxes[box] != .some(isThere) {
                promises.mailboxes[box] = .some(nil)
            }
            for (box, messages) in messages {
                for uid in messages.keys where later.messages[box]?[uid]?.isLeaving ?? false {
                    promises.messages[box]?[uid]?.isLeaving = true
                }
            }
            return promises
        }

        /// How many changes of mailboxes were acknowledged.
        var changes: Int {
            messages.values.reduce(0) { sum, box in
                sum + box.values.reduce(0) { $0 + 1 + $1.flags.count + ($1.isGone ? 1 : 0) }
            } + mailboxes.count
        }
    }

    private let state = Mutex((promises: Promises(), isOver: false))

    var promises: Promises { state.withLock { $0.promises } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func finish() { state.withLock { $0.isOver = true } }
    func delivery(_ name: String, to user: String) { change { _ = $0.deliveries.insert("\(user) \(name)") } }
    func report(_ name: String) { change { _ = $0.reports.insert(name) } }
    func refuse() { change { $0.refused += 1 } }

    func message(_ name: String, _ uid: UInt32, _ validity: UInt32, in box: Box) {
        change {
            $0.uidValidity[box] = validity
            if $0.messages[box]?[uid] == nil { $0.messages[box, default: [:]][uid] = Message(name: name) }
        }
    }

    func flag(_ flags: Set<String>, _ uid: UInt32, in box: Box) {
        change { $0.messages[box]?[uid]?.flags.formUnion(flags) }
    }

    func leaving(_ uid: UInt32, in box: Box) { change { $0.messages[box]?[uid]?.isLeaving = true } }
    func gone(_ uid: UInt32, in box: Box) { change { $0.messages[box]?[uid]?.isGone = true } }
    func mailbox(_ box: Box, isThere: Bool?) { change { $0.mailboxes[box] = .some(isThere) } }

    private func change(_ body: (inout Promises) -> Void) { state.withLock { body(&$0.promises) } }
}
