// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

/// Clients that keep an instance busy and write down what it promises, until the ledger is closed.
struct PowerCutLoad: Sendable {
    let ledger: PromiseLedger

    /// Users, aliases and times of the instance, and of the one that takes over.
    static func setUp(_ setup: inout InstanceSetup, _ folder: TemporaryFolder) {
        setup.users += [("dave", "secret-d"), ("erin", "secret-e")]
        // smtpd takes it, and no mailbox is there: the sender gets a report.
        setup.aliases = ["gone@example.test missing@example.test"]
        setup.main += ["queue_run_delay = 2s", "minimal_backoff_time = 1s"]
    }

    static func password(_ user: String) -> String { "secret-\(user.prefix(1))" }

    /// Runs all clients; ends when the ledger is closed.
    func run(against instance: MailInstance) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sender in 0..<3 { group.addTask { try await blocking { send(sender, instance) } } }
            for user in ["dave", "erin"] { group.addTask { try await blocking { keep(user, instance) } } }
            group.addTask { try await blocking { read("alice", instance) } }
            try await group.waitForAll()
        }
    }

    /// Runs `body` with new connections until the load is over.
    private func persistently(_ body: () throws -> Void) {
        while !ledger.isOver {
            do { try body() } catch {
                ledger.refuse()
                usleep(20_000)
            }
        }
    }

    // MARK: Senders

    private func send(_ sender: Int, _ instance: MailInstance) {
        var number = 0
        persistently {
            let client = try RawClient(port: instance.ports.smtp)
            _ = try client.reply()
            try client.command("EHLO load.test")
            while !ledger.isOver {
                number += 1
                let name = "m\(sender)-\(number)"
                let isLost = number % 7 == 0
                let users =
                    isLost ? ["gone"] : number % 5 == 0 ? ["alice", "bob"] : [number % 2 == 0 ? "alice" : "bob"]
                guard try send(client, name, number, from: isLost ? "carol@example.test" : "", to: users) else {
                    ledger.refuse()
                    continue
                }
                if isLost { ledger.report(name) } else { users.forEach { ledger.delivery(name, to: $0) } }
                usleep(3000)
            }
        }
    }

    /// One transaction; whether the message was taken.
    private func send(_ client: RawClient, _ name: String, _ number: Int, from: String, to users: [String]) throws
        -> Bool
    {
        try client.command("MAIL FROM:<\(from)>")
        for user in users {
            guard try client.command("RCPT TO:<\(user)@example.test>").code == 250 else {
                try client.command("RSET")
                return false
            }
        }
        guard try client.command("DATA").code == 354 else { return false }
        try client.send(NumberedMessage.text(name, number: number) + ".\r\n")
        return try client.reply().code == 250
    }

    // MARK: Readers

    /// Works in mailboxes of its own: APPEND, STORE, COPY, EXPUNGE, CREATE, RENAME, DELETE.
    private func keep(_ user: String, _ instance: MailInstance) {
        let inbox = PromiseLedger.Box(user: user, mailbox: "INBOX")
        let archive = PromiseLedger.Box(user: user, mailbox: "Archive")
        var number = 0
        var kept: [UInt32] = []
        persistently {
            let client = try IMAPClient(instance, user, Self.password(user))
            if !(try client.mailboxes().contains("Archive")) { try client.command("CREATE Archive") }
            ledger.mailbox(archive, isThere: true)
            _ = try client.select("INBOX")
            while !ledger.isOver {
                number += 1
                let name = "a-\(user)-\(number)"
                let added = try client.append(NumberedMessage.text(name, number: number), to: "INBOX")
                ledger.message(name, added.uid, added.validity, in: inbox)
                kept.append(added.uid)
                let uid = kept[number * 7 % kept.count]
                if number % 3 == 0 {
                    let flags: Set = ["\\Flagged", "k\(number % 5)"]
                    try client.command("UID STORE \(uid) +FLAGS (\(flags.joined(separator: " ")))")
                    ledger.flag(flags, uid, in: inbox)
                }
                if number % 4 == 0, let original = ledger.promises.messages[inbox]?[uid] {
                    let copy = try client.copy(uid, to: "Archive")
                    ledger.message(original.name, copy.uid, copy.validity, in: archive)
                }
                if number % 6 == 0 {
                    kept.removeAll { $0 == uid }
                    ledger.leaving(uid, in: inbox)
                    try client.command("UID STORE \(uid) +FLAGS.SILENT (\\Deleted)")
                    try client.command("UID EXPUNGE \(uid)")
                    ledger.gone(uid, in: inbox)
                }
                if number % 10 == 0 { try changeMailboxes(client, user, number) }
                usleep(2000)
            }
        }
    }

    private func changeMailboxes(_ client: IMAPClient, _ user: String, _ number: Int) throws {
        let made = PromiseLedger.Box(user: user, mailbox: "F\(number)")
        let renamed = PromiseLedger.Box(user: user, mailbox: "G\(number)")
        ledger.mailbox(made, isThere: nil)
        try client.command("CREATE \(made.mailbox)")
        ledger.mailbox(made, isThere: true)
        let name = "f-\(user)-\(number)"
        let added = try client.append(NumberedMessage.text(name, number: number), to: made.mailbox)
        ledger.message(name, added.uid, added.validity, in: made)
        guard number % 20 == 0 else { return }
        ledger.leaving(added.uid, in: made)
        ledger.mailbox(made, isThere: nil)
        ledger.mailbox(renamed, isThere: nil)
        try client.command("RENAME \(made.mailbox) \(renamed.mailbox)")
        ledger.mailbox(made, isThere: false)
        ledger.mailbox(renamed, isThere: true)
        ledger.message(name, added.uid, added.validity, in: renamed)
        guard number % 40 == 0 else { return }
        ledger.leaving(added.uid, in: renamed)
        ledger.mailbox(renamed, isThere: nil)
        try client.command("DELETE \(renamed.mailbox)")
        ledger.mailbox(renamed, isThere: false)
    }

    /// Reads what is delivered: which moves files from `new/` to `cur/` and gives them UIDs.
    private func read(_ user: String, _ instance: MailInstance) {
        let inbox = PromiseLedger.Box(user: user, mailbox: "INBOX")
        var last: UInt32 = 0
        persistently {
            let client = try IMAPClient(instance, user, Self.password(user))
            for _ in 0..<20 where !ledger.isOver {
                let validity = try client.select("INBOX")
                let fresh = try client.messages(from: last + 1)
                for message in fresh { ledger.message(message.name, message.uid, validity, in: inbox) }
                if let uid = fresh.first?.uid {
                    try client.command("UID STORE \(uid) +FLAGS (\\Seen)")
                    ledger.flag(["\\Seen"], uid, in: inbox)
                }
                last = max(last, fresh.last?.uid ?? 0)
                usleep(30_000)
            }
            try client.command("LOGOUT")
        }
    }
}
