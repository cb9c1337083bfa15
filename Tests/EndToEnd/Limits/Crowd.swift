// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Many clients at once: `Fixtures/crowd.py` in a process of its own.
    struct Crowd: Sendable {
        /// What its clients have seen: `connections`, `attempts`, `refused`, `errors`.
        typealias Tally = [String: Int]

        /// Seconds that a message may need from its sender to its reader while a crowd is there.
        ///
        /// Who waits behind a crowd waits for minutes; a busy machine alone does not take that long.
        static let patience = 120.0

        private let relais: MailInstance
        private let name: String

        private init(_ relais: MailInstance, _ name: String) {
            self.relais = relais
            self.name = name
        }

        /// Has a crowd come, waits until all of it is in place, runs `body`, and has it leave.
        ///
        /// - Throws: When one of the crowd is not served, and what `body` throws.
        @discardableResult
        static func with(
            _ relais: MailInstance,
            _ kind: String,
            _ count: Int,
            port: UInt16,
            _ options: [String] = [],
            seconds: Double = never,
            _ body: () async throws -> Void
        ) async throws -> Tally {
            let crowd = Crowd(relais, "crowd-\(UInt32.random(in: 0...UInt32.max))")
            let ready = relais.folder["\(crowd.name)-ready"]
            let until = relais.folder["\(crowd.name)-until"]
            let arguments =
                ["python3", "\(fixtures)/crowd.py", kind, "\(count)", "\(port)", "ready=\(ready)", "until=\(until)"]
                + options
            async let ended = Command.run(arguments, seconds: seconds + 120)
            do {
                try await waiting(until: "\(count) clients (\(kind)) are in place", seconds: seconds) {
                    FileManager.default.fileExists(atPath: ready)
                }
                try await body()
            } catch {
                _ = try? relais.folder.write("\(crowd.name)-until", "")
                let result = try await ended
                throw DeadlineError(description: "\(error)\n\(result)")
            }
            try relais.folder.write("\(crowd.name)-until", "")
            let result = try await ended
            guard result.isSuccess else { throw DeadlineError(description: "\(kind): \(result)") }
            var tally: Tally = [:]
            for word in result.text.split(whereSeparator: \.isWhitespace) {
                let parts = word.split(separator: "=")
                if parts.count == 2 { tally[String(parts[0])] = Int(parts[1]) }
            }
            return tally
        }
    }

    /// A user at another address who sends a message and reads it, and how long that takes.
    static func roundTrip(_ relais: MailInstance, user: String = "carol", password: String = "secret-c") async throws
        -> Double
    {
        let start = ContinuousClock.now
        let (ports, address) = (relais.ports, relais.address(user))
        let subject = "good \(UInt32.random(in: 0...UInt32.max))"
        try await blocking {
            let client = try RawClient(port: ports.smtp)
            for (line, code) in [
                (nil, 220), ("EHLO good.test", 250), ("MAIL FROM:<a@good.test>", 250),
                ("RCPT TO:<\(address)>", 250), ("DATA", 354), (message(subject) + ".", 250), ("QUIT", 221),
            ] as [(String?, Int)] {
                let reply = try line.map { try client.command($0) } ?? client.reply()
                guard reply.code == code else { throw RawClient.Failure(description: "\(line ?? ""): \(reply.text)") }
            }
            let reader = try RawClient(port: ports.imap)
            _ = try reader.line()
            try reader.tagged("a LOGIN \"\(address)\" \"\(password)\"")
            while true {
                // The delivery may still be on its way.
                if try reader.tagged("b SELECT INBOX").contains(where: { $0.hasSuffix("EXISTS") && $0 != "* 0 EXISTS" }
                ),
                    try reader.tagged("c SEARCH SUBJECT \"\(subject)\"").contains(where: { $0.hasPrefix("* SEARCH ") })
                {
                    break
                }
                usleep(5000)
            }
            let found = try reader.tagged("d FETCH * (BODY[])")
            guard found.contains(where: { $0.contains(subject) }) else {
                throw RawClient.Failure(description: "the message is another: \(found)")
            }
            try reader.tagged("e LOGOUT")
        }
        let spent = start.duration(to: .now)
        return Double(spent.components.seconds) + Double(spent.components.attoseconds) / 1e18
    }

    /// The longest of some round trips.
    static func longestTrip(_ relais: MailInstance, rounds: Int = 3) async throws -> Double {
        var longest = 0.0
        for _ in 0..<rounds { longest = max(longest, try await roundTrip(relais)) }
        return longest
    }

    /// Prints a figure where `libexec/test` finds it.
    static func report(_ text: String) { print("measured: \(text)") }
}

extension EndToEnd {
    /// What an instance uses before a crowd, to be compared with afterwards.
    struct Usage: Sendable {
        private let before: [ProcessFigures]

        /// Looks at an instance whose programs all run already.
        init(_ relais: MailInstance) { before = relais.figures }

        /// The memory of all processes beyond that of before, KiB.
        func growth(_ relais: MailInstance) -> Int {
            relais.figures.reduce(0) { $0 + $1.memory } - before.reduce(0) { $0 + $1.memory }
        }

        /// Waits until every process is about where a process of its program was: descriptors and memory.
        ///
        /// A process that has come since is measured by the largest one of its program. `slack` is in KiB.
        func returns(_ relais: MailInstance, slack: Int = 8 * 1024, seconds: Double = never) async throws {
            func excess(_ now: ProcessFigures) -> String? {
                let same = before.filter { $0.name == now.name }
                guard let memory = same.map(\.privateMemory).max(), let open = same.map(\.descriptors).max() else {
                    return "\(now): there was no such program before"
                }
                guard now.privateMemory <= memory + slack, now.descriptors <= open + 40 else {
                    return "\(now); before \(memory) private, \(open) descriptors"
                }
                return nil
            }
            do {
                try await waiting(until: "memory and descriptors return", seconds: seconds) {
                    relais.figures.allSatisfy { excess($0) == nil }
                }
            } catch {
                throw DeadlineError(description: "\(error): \(relais.figures.compactMap(excess))")
            }
        }

        /// What is over that of before, for a report.
        func summary(_ relais: MailInstance) -> String {
            let now = relais.figures
            let names = Set(now.map(\.name)).sorted()
            return names.map { name in
                let (old, new) = (before.filter { $0.name == name }, now.filter { $0.name == name })
                let sum = { (all: [ProcessFigures], value: (ProcessFigures) -> Int) in all.map(value).reduce(0, +) }
                return "\(name) \(sum(old, \.privateMemory))>\(sum(new, \.privateMemory)) KiB "
                    + "\(sum(old, \.descriptors))>\(sum(new, \.descriptors)) fd (\(new.count))"
            }.joined(separator: ", ")
        }
    }
}
