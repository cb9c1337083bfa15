// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Processes of readers are killed: a change that a client was told of stays.
    @Suite struct ReaderCrashTests {
        static let rounds = Surroundings.wantsLongRounds ? 1000 : 60

        @Test func `An acknowledged APPEND, STORE, COPY or EXPUNGE survives kill -9 of imapd`() async throws {
            try await MailInstance.running { instance in
                let model = MailboxModel()
                try await Self.killing(["imapd", "imapd", "imap-login"], of: instance) { isOver in
                    while !isOver.load(ordering: .relaxed) { model.change(instance) }
                }
                let client = try MailboxModel.connect(instance)
                let differences = try model.differences(client)
                print("accounted: \(Self.rounds) kills of imapd and imap-login, \(model.summary)")
                #expect(differences.isEmpty, "\(differences)")
                // The changes must have been many: otherwise nothing was shown.
                #expect(model.acknowledged > Self.rounds)
                #expect(model.broken > 0)
            }
        }

        @Test func `An acknowledged QUIT of POP3 has deleted what was to be deleted, whatever was killed`() async throws
        {
            try await MailInstance.running { instance in
                let model = MaildropModel()
                try await Self.killing(["pop3d", "pop3d", "pop3-login"], of: instance) { isOver in
                    while !isOver.load(ordering: .relaxed) { model.change(instance) }
                }
                let left = Set(instance.messages("alice").compactMap(MaildropModel.name))
                print("accounted: \(Self.rounds) kills of pop3d and pop3-login, \(model.summary)")
                #expect(model.deleted.isDisjoint(with: left))
                #expect(model.kept.isSubset(of: left))
                #expect(model.deleted.count > Self.rounds / 2)
            }
        }

        /// Kills one of the programs in each round while `work` runs in a thread of its own, until the last one.
        private static func killing(
            _ programs: [String],
            of instance: MailInstance,
            _ work: @escaping @Sendable (borrowing Atomic<Bool>) -> Void
        ) async throws {
            let isOver = Flag()
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { isOver.value.store(true, ordering: .relaxed) }
                group.addTask { try await blocking { work(isOver.value) } }
                var random = SeededGenerator(seed: 11)
                var killed = 0
                let deadline = ContinuousClock.now + .seconds(never)
                while killed < rounds {
                    guard ContinuousClock.now < deadline else { throw DeadlineError(description: "nobody to kill") }
                    try await Task.sleep(for: .milliseconds(Int.random(in: 20...120, using: &random)))
                    let program = programs[Int.random(in: 0..<programs.count, using: &random)]
                    let victim = instance.processes.filter { $0.name == program }.randomElement(using: &random)
                    if let victim, kill(victim.pid, SIGKILL) == 0 { killed += 1 }
                }
                isOver.value.store(true, ordering: .relaxed)
                try await group.waitForAll()
            }
        }

        private final class Flag: Sendable {
            let value = Atomic(false)
        }
    }
}

/// What a client of IMAP knows of its mailboxes: only what was acknowledged, and what is open since a connection broke.
private final class MailboxModel: Sendable {
    private struct Message {
        let uid: Int
        /// Flags that must be there.
        var flags: Set<String> = []
        var isCopied = false
        /// Gone for sure; nil while a broken EXPUNGE leaves it open.
        var isGone: Bool? = false
    }

    private struct State {
        var number = 0
        var messages: [String: Message] = [:]
        var acknowledged = 0
        var broken = 0
    }

    private let state = Mutex(State())

    var acknowledged: Int { state.withLock { $0.acknowledged } }
    var broken: Int { state.withLock { $0.broken } }
    var summary: String {
        state.withLock {
            let messages = $0.messages.values
            return """
                \($0.acknowledged) changes acknowledged (\(messages.count) appended, \
                \(messages.count { !$0.flags.isEmpty }) flagged, \(messages.count(where: \.isCopied)) copied, \
                \(messages.count { $0.isGone == true }) expunged), \($0.broken) connections broken
                """
        }
    }

    static func connect(_ instance: MailInstance) throws -> RawClient {
        let client = try RawClient(port: instance.ports.imap)
        _ = try client.line()
        try client.complete("LOGIN alice@example.test secret-a")
        _ = try? client.complete("CREATE Archive")
        try client.complete("SELECT INBOX")
        return client
    }

    /// Changes one message after the other in one connection, until it breaks or 20 are done.
    func change(_ instance: MailInstance) {
        do {
            let client = try Self.connect(instance)
            for _ in 0..<20 { try changeOne(client) }
            try client.complete("LOGOUT")
        } catch {
            state.withLock { $0.broken += 1 }
            usleep(10_000)
        }
    }

    private func changeOne(_ client: RawClient) throws {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        let name = "n\(number)"
        let text = "Subject: \(name)\r\n\r\n\(name)\r\n"
        try client.send("a APPEND INBOX {\(text.utf8.count)}\r\n")
        guard try client.line()?.hasPrefix("+") == true else { throw RawClient.Failure(description: "no literal") }
        try client.send(text + "\r\n")
        var tagged = ""
        while let line = try client.line() {
            tagged = line
            if line.hasPrefix("a ") { break }
        }
        // a OK [APPENDUID validity uid] …
        guard tagged.hasPrefix("a OK [APPENDUID "), let uid = Int(tagged.split(separator: " ")[4].dropLast()) else {
            throw RawClient.Failure(description: "APPEND: \(tagged)")
        }
        note(name) { $0 = Message(uid: uid) }
        try client.complete("UID STORE \(uid) +FLAGS.SILENT (\\Flagged)")
        note(name) { $0?.flags.insert("\\Flagged") }
        if number % 3 == 0 {
            try client.complete("UID COPY \(uid) Archive")
            note(name) { $0?.isCopied = true }
        }
        if number % 2 == 0 {
            // From here on it may go: with the next EXPUNGE, of whatever connection.
            state.withLock { $0.messages[name]?.isGone = nil }
            try client.complete("UID STORE \(uid) +FLAGS.SILENT (\\Deleted)")
            note(name) { $0?.flags.insert("\\Deleted") }
            try client.complete("EXPUNGE")
            note(name) { $0?.isGone = true }
        }
    }

    private func note(_ name: String, _ change: (inout Message?) -> Void) {
        state.withLock { state in
            change(&state.messages[name])
            state.acknowledged += 1
        }
    }

    /// Where the mailboxes are other than what was acknowledged.
    func differences(_ client: RawClient) throws -> [String] {
        let inbox = try Self.list(client)
        try client.complete("SELECT Archive")
        let archive = Set(try Self.list(client).values.map(\.name))
        return state.withLock(\.messages).flatMap { name, message -> [String] in
            var differences: [String] = []
            let found = inbox[message.uid]
            if message.isGone == false {
                if found?.name != name { differences.append("\(name) is not at uid \(message.uid)") }
                if let found, !message.flags.isSubset(of: found.flags) { differences.append("\(name) lost flags") }
            }
            if message.isGone == true && found != nil { differences.append("\(name) is back") }
            if message.isCopied && !archive.contains(name) { differences.append("the copy of \(name) is lost") }
            return differences
        }
    }

    /// The selected mailbox: subject and flags by uid.
    private static func list(_ client: RawClient) throws -> [Int: (name: String, flags: Set<String>)] {
        var found: [Int: (name: String, flags: Set<String>)] = [:]
        var uid = 0
        var flags: Set<String> = []
        for line in try client.complete("FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])") {
            if line.hasPrefix("Subject: ") {
                found[uid] = (String(line.dropFirst(9)), flags)
            } else if line.hasPrefix("* "), let open = line.range(of: "FLAGS ("), let uidStart = line.range(of: "UID ")
            {
                uid = Int(line[uidStart.upperBound...].prefix { $0.isNumber }) ?? 0
                flags = Set(line[open.upperBound...].prefix { $0 != ")" }.split(separator: " ").map(String.init))
            }
        }
        return found
    }
}

/// What a client of POP3 knows of its maildrop.
private final class MaildropModel: Sendable {
    private struct State {
        var number = 0
        /// Messages that no QUIT was to delete, and those whose deletion is open.
        var present: Set<String> = []
        var open: Set<String> = []
        var deleted: Set<String> = []
        var broken = 0
        var lastError = ""
    }

    private let state = Mutex(State())

    var deleted: Set<String> { state.withLock { $0.deleted } }
    /// What must still be there.
    var kept: Set<String> { state.withLock { $0.present } }
    var summary: String {
        state.withLock {
            "\($0.number) messages, \($0.deleted.count) deleted and acknowledged, \($0.broken) connections broken (the last one: \($0.lastError))"
        }
    }

    /// The name of a message: its subject.
    static func name(_ message: [UInt8]) -> String? {
        String(decoding: message, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("Subject: ") }
            .map { String($0.dropFirst(9).filter { $0 != "\r" }) }
    }

    /// Puts three messages there, and deletes all but one that is to stay.
    func change(_ instance: MailInstance) {
        let names = state.withLock { state in
            let names = (0..<3).map { "p\(state.number + $0)" }
            state.number += 3
            return names
        }
        do {
            // As any other delivery to a Maildir does.
            try instance.folder.makeFolder("mail/alice/Maildir/new", mode: 0o700)
            for folder in ["", "/Maildir", "/Maildir/new"] {
                chown(instance.folder["mail/alice\(folder)"], instance.owner, instance.owner)
            }
            for name in names {
                let file = "mail/alice/Maildir/new/\(name).test"
                try instance.folder.write(file, "Subject: \(name)\n\n\(name)\n")
                chown(instance.folder[file], instance.owner, instance.owner)
                state.withLock { _ = $0.present.insert(name) }
            }
            let client = try RawClient(port: instance.ports.pop3)
            _ = try Self.answer(client)
            for command in ["USER alice@example.test", "PASS secret-a"] { try Self.command(client, command) }
            try delete(client, sparing: names[0])
        } catch {
            state.withLock { state in
                state.broken += 1
                state.lastError = "\(error)"
            }
            usleep(10_000)
        }
    }

    private func delete(_ client: RawClient, sparing spared: String) throws {
        let count = Int(try Self.command(client, "STAT").split(separator: " ")[1]) ?? 0
        var marked: Set<String> = []
        // The latest: those that are to stay gather at the front.
        for number in stride(from: count, to: max(0, count - 6), by: -1) {
            try Self.command(client, "TOP \(number) 0")
            var name = ""
            while let line = try client.line(), line != "." {
                if line.hasPrefix("Subject: ") { name = String(line.dropFirst(9)) }
            }
            guard name != spared else { continue }
            try Self.command(client, "DELE \(number)")
            marked.insert(name)
        }
        state.withLock { state in
            state.present.subtract(marked)
            state.open.formUnion(marked)
        }
        try Self.command(client, "QUIT")
        state.withLock { state in
            state.open.subtract(marked)
            state.deleted.formUnion(marked)
        }
    }

    @discardableResult
    private static func command(_ client: RawClient, _ line: String) throws -> String {
        try client.send(line + "\r\n")
        return try answer(client)
    }

    private static func answer(_ client: RawClient) throws -> String {
        let line = try client.line() ?? "(the stream has ended)"
        guard line.hasPrefix("+OK") else { throw RawClient.Failure(description: line) }
        return line
    }
}
