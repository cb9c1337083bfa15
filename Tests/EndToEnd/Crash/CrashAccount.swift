// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

/// What has become of the messages of a crash test: acknowledged = delivered + reported, once the queue is empty.
struct CrashAccount: CustomStringConvertible {
    /// A message in a mailbox.
    private struct Copy {
        /// The queue ids of the stations it came by.
        let ids: Set<String>
        let isWhole: Bool
    }

    private let ledger: CrashLedger
    /// By mailbox and message: `alice m0-8`, `report m1-2`.
    private var copies: [String: [Copy]] = [:]
    private(set) var delivered = 0
    private(set) var reported = 0
    /// Acknowledged, and nowhere.
    private(set) var lost: [String] = []
    /// In a mailbox, but not all of it.
    private(set) var damaged: [String] = []
    private(set) var repeated = 0
    /// Files with two names, each one message to a reader.
    ///
    /// imapd was killed between giving a message its name in `cur/` and taking the old one away.
    private(set) var twoNames = 0
    /// Repeated deliveries by the program whose kill was (perhaps with others) the cause.
    private var causes: [String: Int] = [:]
    /// Repeated more often than processes were killed that had the message in hand.
    private(set) var unexplained: [String] = []

    /// Counts what is in the mailboxes.
    init(_ ledger: CrashLedger, _ instance: MailInstance) {
        self.ledger = ledger
        for user in ["alice", "bob", "carol", "dave"] {
            var seen: Set<UInt64> = []
            for path in instance.inbox(user) {
                var status = stat()
                guard stat(path, &status) == 0, let content = FileManager.default.contents(atPath: path) else {
                    continue
                }
                guard seen.insert(UInt64(status.st_ino)).inserted else {
                    twoNames += 1
                    continue
                }
                add(String(decoding: content, as: UTF8.self), to: user)
            }
        }
        let mbox = instance.folder.text("mbox/\(CrashLoad.systemUser)")
        for message in "\n\(mbox)".components(separatedBy: "\nFrom ").dropFirst() {
            add(message, to: CrashLoad.systemUser)
        }
        for message in ledger.acknowledged {
            for mailbox in message.mailboxes {
                guard copies["\(mailbox) \(message.name)"] != nil else {
                    lost.append("\(mailbox) \(message.name) \(message.queueID)")
                    continue
                }
                if mailbox == "report" { reported += 1 } else { delivered += 1 }
            }
        }
        let ids = Dictionary(uniqueKeysWithValues: ledger.acknowledged.map { ($0.name, $0.queueID) })
        for (key, copies) in copies {
            damaged += copies.filter { !$0.isWhole }.map { "\(key) \($0.ids)" }
            guard copies.count > 1 else { continue }
            repeated += copies.count - 1
            let original = ids[key.split(separator: " ").last.map(String.init) ?? ""]
            let stations = copies.reduce(into: Set([original].compactMap(\.self))) { $0.formUnion($1.ids) }
            let causes = ledger.causes(among: Self.agents(of: key, copies), holding: stations)
            for cause in causes.prefix(copies.count - 1) { self.causes[cause, default: 0] += 1 }
            if copies.count - 1 > causes.count {
                let lines = instance.log.split(separator: "\n").filter { line in stations.contains { line.contains($0) }
                }
                unexplained.append("\(key) \(copies.count) times, kills \(causes):\n\(lines.joined(separator: "\n"))")
            }
        }
    }

    /// Who may have repeated the delivery when it was killed.
    private static func agents(of key: String, _ copies: [Copy]) -> Set<String> {
        let isReport = key.hasPrefix("report ")
        // What came by several ids was made anew on its way: a report, or mail through an alias of the system.
        let isForwarded = copies.contains { $0.ids.count > 1 }
        var programs: Set = ["qmgr", "master", key.hasPrefix(CrashLoad.systemUser) ? "local" : "virtual"]
        if isReport || isForwarded { programs.formUnion(["cleanup", isReport ? "bounce" : "local"]) }
        return programs
    }

    private mutating func add(_ text: String, to mailbox: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let subject = lines.first(where: { $0.hasPrefix("Subject: m") }) else { return }
        let name = String(subject.dropFirst(9))
        let isReport = lines.contains { $0.hasPrefix("X-Relais-Queue-ID:") }
        let end = "end of \(name)"
        let copy = Copy(
            ids: Set(lines.compactMap(Self.queueID)),
            isWhole: lines.contains { $0 == end } || isReport
        )
        copies["\(isReport ? "report" : mailbox) \(name)", default: []].append(copy)
    }

    /// The queue id in a line of a Received field, or in the one of a report.
    private static func queueID(_ line: Substring) -> String? {
        if line.hasPrefix("X-Relais-Queue-ID: ") { return String(line.dropFirst(19)) }
        guard line.hasPrefix("\t") else { return nil }
        let words = line.split { $0 == " " || $0 == "\t" || $0 == ";" }
        guard let place = words.firstIndex(of: "id"), place + 1 < words.count else { return nil }
        return String(words[place + 1])
    }

    var description: String {
        let kills = ledger.kills
        func list(_ counts: [String: Int]) -> String {
            counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
        let shares = list(Dictionary(grouping: kills, by: \.program).mapValues(\.count))
        return """
            \(kills.count) kills (\(kills.count { $0.point != nil }) at named points; \(shares)), \
            \(ledger.acknowledged.count) acknowledged for \(delivered + reported + lost.count) mailboxes and reports: \
            \(delivered) delivered, \(reported) reported, \(lost.count) lost, \(damaged.count) damaged; \
            \(repeated) repeated (\(list(causes))), \(unexplained.count) of them without a cause; \
            \(twoNames) files with two names; \(ledger.refused) refused or broken
            """
    }
}
