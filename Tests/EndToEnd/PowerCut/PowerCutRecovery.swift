// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

/// An instance that starts on what a power cut has left, and the account of it.
struct PowerCutRecovery {
    /// What was found, beside what went wrong.
    struct Account {
        /// Promises that were broken, a sentence each.
        var broken: [String] = []
        /// Copies beyond the first.
        var repeated = 0
        /// Queue files that went to `corrupt`.
        var corrupt = 0
        /// Files that fsck could not place.
        var unplaced = 0
        /// Messages of a Maildir that the cut has left with two names.
        var doubled = 0
    }

    let instance: MailInstance
    let fileSystem: TestDisk.FileSystem

    /// Mounts the image as a boot would, starts the instance there, lets the queue drain, and holds what is there
    /// against what was promised.
    func account(_ image: String, for promises: PromiseLedger.Promises) async throws -> Account {
        var account = Account()
        if fileSystem == .ext4WithoutJournal {
            // 1: errors were corrected, as they have to be without a journal.
            let check = try await Command.run(["e2fsck", "-fy", image])
            guard check.code <= 1 else { throw DeadlineError(description: "e2fsck: \(check)") }
        }
        let disk = try await MountedDisk(image, for: instance)
        do {
            // The same boot here, another one after a power cut.
            let boot = instance.folder["spool/incoming/boot-id"]
            if FileManager.default.fileExists(atPath: boot) {
                try instance.folder.write("spool/incoming/boot-id", "before")
            }
            account.doubled = doubledMessages()
            account.unplaced = instance.folder.names("disk/lost+found").count
            try await instance.start()
            try await instance.drainQueue()
            account.corrupt = instance.folder.names("spool/corrupt").count
            examineFiles(promises, &account)
            account.broken += try await blocking { [self] in try examineMailboxes(promises) }
            try await instance.stop()
        } catch {
            try? await instance.stop()
            try? await disk.unmount()
            throw DeadlineError(description: "\(error)\n\(instance.logEnd)")
        }
        try await disk.unmount()
        return account
    }

    // MARK: Files

    /// All messages in all mailboxes: whole, and at least one of each that was promised.
    private func examineFiles(_ promises: PromiseLedger.Promises, _ account: inout Account) {
        var copies: [String: Int] = [:]
        var reports: [String: Int] = [:]
        for user in ["alice", "bob", "carol", "dave", "erin"] {
            for path in messageFiles(of: user) {
                let message = [UInt8](FileManager.default.contents(atPath: path) ?? Data())
                let found = NumberedMessage.examine(message)
                if !found.isWhole {
                    account.broken.append("\(path) is damaged: \(message.count) bytes, \(message.prefix(60))")
                }
                if found.isReport {
                    reports[found.name, default: 0] += 1
                } else {
                    copies["\(user) \(found.name)", default: 0] += 1
                }
            }
        }
        account.broken += promises.deliveries.filter { copies[$0] == nil }.sorted().map { "\($0) is lost" }
        account.broken += promises.reports.filter { reports[$0] == nil }.sorted().map { "the report on \($0) is lost" }
        let delivered = copies.filter { $0.key.contains(" m") }
        account.repeated = delivered.values.reduce(0) { $0 + $1 - 1 } + reports.values.reduce(0) { $0 + $1 - 1 }
    }

    /// How many names in a Maildir there are beyond one for a message.
    private func doubledMessages() -> Int {
        ["alice", "bob", "carol", "dave", "erin"].reduce(0) { sum, user in
            let names = messageFiles(of: user).map { path in
                let parts = path.split(separator: "/")
                return "\(parts.dropLast(2).joined(separator: "/"))/\(parts.last?.split(separator: ":").first ?? "")"
            }
            return sum + names.count - Set(names).count
        }
    }

    private func messageFiles(of user: String) -> [String] {
        let root = "mail/\(user)/Maildir"
        let folders = [root] + instance.folder.names(root).filter { $0.hasPrefix(".") }.map { "\(root)/\($0)" }
        return folders.flatMap { folder in
            ["new", "cur"].flatMap { place in
                instance.folder.names("\(folder)/\(place)").map { instance.folder["\(folder)/\(place)/\($0)"] }
            }
        }
    }

    // MARK: Mailboxes

    /// What readers were told of UIDs, flags, removals and mailboxes, asked again.
    private func examineMailboxes(_ promises: PromiseLedger.Promises) throws -> [String] {
        var broken: [String] = []
        for user in ["alice", "dave", "erin"] {
            let client = try IMAPClient(instance, user, PowerCutLoad.password(user))
            let there = try client.mailboxes()
            for (box, isThere) in promises.mailboxes where box.user == user {
                guard let isThere, there.contains(box.mailbox) != isThere else { continue }
                broken.append("\(box) \(isThere ? "is not there" : "is there again")")
            }
            for (box, messages) in promises.messages where box.user == user && there.contains(box.mailbox) {
                broken += try examine(box, messages, promises.uidValidity[box], client)
            }
        }
        return broken
    }

    private func examine(
        _ box: PromiseLedger.Box,
        _ messages: [UInt32: PromiseLedger.Message],
        _ uidValidity: UInt32?,
        _ client: IMAPClient
    ) throws -> [String] {
        let validity = try client.select(box.mailbox)
        guard validity == uidValidity else { return ["\(box) has UIDVALIDITY \(validity), not \(uidValidity ?? 0)"] }
        var broken: [String] = []
        let now = Dictionary(try client.messages().map { ($0.uid, $0) }) { first, _ in first }
        for (uid, promised) in messages.sorted(by: { $0.key < $1.key }) {
            guard let found = now[uid] else {
                if !promised.isLeaving { broken.append("\(box) \(uid) \(promised.name) is lost") }
                continue
            }
            if found.name != promised.name { broken.append("\(box) \(uid) was \(promised.name), is \(found.name)") }
            if promised.isGone { broken.append("\(box) \(uid) \(promised.name) was expunged and is there again") }
            let missing = promised.flags.subtracting(found.flags)
            if !missing.isEmpty { broken.append("\(box) \(uid) \(promised.name) has lost \(missing)") }
        }
        // A new message must not get a UID that another one has had.
        let added = try client.append(NumberedMessage.text("after the cut", number: 1), to: box.mailbox)
        if let other = messages[added.uid] { broken.append("\(box) \(added.uid) was \(other.name), is given again") }
        return broken
    }
}

extension MailInstance {
    /// Waits until nothing is left in the queue that can be delivered.
    ///
    /// - Throws: When it is not in time.
    func drainQueue() async throws {
        try await waiting(until: "the queue drains, there are \(waitingFiles)\n\(logEnd)") {
            if waitingFiles.isEmpty { return true }
            try await mailctl("queue", "flush")
            return false
        }
    }

    /// Messages in the queue, damaged ones left out.
    ///
    /// So are empty files: never acknowledged, and removed when they are a minute old; and names that mean another
    /// owner's file by now, as they may on a file system without a journal: nobody reads them.
    private var waitingFiles: [String] {
        let owner = getpwnam("relais")?.pointee.pw_uid
        return queueFiles.filter { name in
            var status = stat()
            guard !name.hasPrefix("corrupt/"), stat(folder["spool/\(name)"], &status) == 0 else { return false }
            return status.st_size > 0 && status.st_uid == owner
        }
    }
}
