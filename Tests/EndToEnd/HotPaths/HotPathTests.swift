// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What the paths that every message takes cost, in counts: they are the same on a slow machine.
    @Suite struct HotPaths {
        private static let messages = 200
        private static let receivers = ["smtpd", "cleanup", "qmgr", "virtual"]

        @Test(.enabled(if: Surroundings.isRoot, "needs root: strace attaches to daemons of other users"))
        func `receiving, a queue pass, a delivery and a FETCH cost no more than the thresholds`() async throws {
            try await MailInstance.running(DaemonCounts.prepare) { instance in
                let counts = DaemonCounts(instance: instance, folder: instance.folder["allocations"])
                var measured: [String: Double] = [:]
                try await receive(instance, counts, &measured)
                try await fetch(instance, counts, &measured)
                try compare(measured)
            }
        }

        private func compare(_ measured: [String: Double]) throws {
            let thresholds = try Threshold.all()
            #expect(thresholds.count == measured.count)
            for row in thresholds {
                let key = "\(row.path), \(row.program), \(row.counts)"
                let figure = try #require(measured[key], "nothing measured for \(key)")
                print("measured: \(key): \(String(format: "%.1f", figure)) a unit, at most \(row.most)")
                // A count of nothing would be a counter that does not work.
                #expect(figure > 0 && figure <= row.most, "\(key)")
            }
        }

        // MARK: Messages

        private func receive(
            _ instance: MailInstance,
            _ counts: DaemonCounts,
            _ measured: inout [String: Double]
        ) async throws {
            let paths = ["smtpd": "receiving", "cleanup": "receiving", "qmgr": "queue pass", "virtual": "delivery"]
            let client = try RawClient(port: instance.ports.smtp)
            _ = try client.reply()
            try client.command("EHLO counts.test")
            try await send(client, instance)
            let before = Self.receivers.map(counts.allocations)
            try await send(client, instance)
            for (program, start) in zip(Self.receivers, before) {
                measured["\(paths[program] ?? ""), \(program), allocations"] =
                    (counts.allocations(program) - start) / Double(Self.messages)
            }
            let calls = try await counts.systemCalls(Self.receivers) { try await send(client, instance) }
            for program in Self.receivers {
                measured["\(paths[program] ?? ""), \(program), system calls"] =
                    (calls[program] ?? 0) / Double(Self.messages)
            }
        }

        /// Sends messages of 4 KiB one after the other and waits until all of them are delivered.
        private func send(_ client: RawClient, _ instance: MailInstance) async throws {
            let body = String(repeating: String(repeating: "x", count: 78) + "\r\n", count: 50)
            let target = instance.inbox("alice").count + Self.messages
            let messages = (0..<Self.messages).map { EndToEnd.message("hot \($0)", body: body) }
            for message in messages {
                try client.command("MAIL FROM:<sender@client.test>")
                try client.command("RCPT TO:<alice@example.test>")
                try client.command("DATA")
                try client.send(message + ".\r\n")
                guard try client.reply().code == 250 else { throw RawClient.Failure(description: "not queued") }
            }
            _ = try await instance.messages("alice", count: target)
            try await instance.queueIsEmpty()
        }

        // MARK: Readers

        private func fetch(
            _ instance: MailInstance,
            _ counts: DaemonCounts,
            _ measured: inout [String: Double]
        ) async throws {
            let client = try RawClient(port: instance.ports.imap)
            _ = try client.line()
            try Self.complete("a LOGIN alice@example.test secret-a", client)
            try Self.complete("a SELECT INBOX", client)
            let all = "1:\(Self.messages)"
            // Given in turn, so that each has something to do.
            let commands = [
                "envelope fetch": ["FETCH \(all) (UID FLAGS RFC822.SIZE ENVELOPE)"],
                "body fetch": ["FETCH \(all) BODY.PEEK[]"],
                "header search": ["SEARCH FROM nobody SUBJECT nothing SENTSINCE 1-Jan-2000"],
                "flag change": ["STORE \(all) +FLAGS (\\Flagged)", "STORE \(all) -FLAGS (\\Flagged)"],
            ]
            for (path, commands) in commands {
                func give(_ round: Int) throws { try Self.complete("a " + commands[round % commands.count], client) }
                try give(0)
                let before = counts.allocations("imapd")
                try give(1)
                measured["\(path), imapd, allocations"] =
                    (counts.allocations("imapd") - before) / Double(Self.messages)
                let calls = try await counts.systemCalls(["imapd"]) { try give(2) }
                measured["\(path), imapd, system calls"] = (calls["imapd"] ?? 0) / Double(Self.messages)
            }
        }

        /// Gives a command with the tag `a` and reads to its end.
        private static func complete(_ command: String, _ client: RawClient) throws {
            try client.send(command + "\r\n")
            while let line = try client.line() {
                if line.hasPrefix("a OK") { return }
                if line.hasPrefix("a ") { break }
            }
            throw RawClient.Failure(description: "\(command) was not answered with OK")
        }
    }
}
