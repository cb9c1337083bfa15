// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport

/// Kills processes of an instance: at random moments and at the points of `CrashPoint`.
///
/// A victim is stopped first and the queue is looked at, so that it is known which messages it may have had in hand; then
/// it gets SIGKILL.
struct CrashKiller {
    /// The file that names the point where processes stop, below the instance's folder.
    static let controlFile = "etc/crash-point"

    /// The programs that handle mail or readers.
    static let programs = [
        "smtpd", "cleanup", "qmgr", "bounce", "virtual", "local", "auth", "imap-login", "imapd",
    ]

    let instance: MailInstance
    let ledger: CrashLedger
    var random: SeededGenerator
    /// Points at which a process was killed, how often.
    private(set) var reached: [CrashPoint: Int] = [:]
    private var waiting: [CrashPoint] = []

    /// The points that the load comes by.
    var points: [CrashPoint] {
        Surroundings.isRoot ? CrashPoint.allCases : CrashPoint.allCases.filter { !$0.rawValue.hasPrefix("mbox.") }
    }

    init(_ instance: MailInstance, _ ledger: CrashLedger, seed: UInt64) {
        self.instance = instance
        self.ledger = ledger
        random = SeededGenerator(seed: seed)
    }

    /// Kills `count` times: every second time at a named point, every fortieth master, else any process.
    mutating func kill(_ count: Int) async throws {
        // Also when the test is given up in the middle: nobody may stand still for ever.
        defer {
            _ = try? instance.folder.write(Self.controlFile, "none\n")
            resumeStopped()
        }
        for round in 0..<count {
            resumeStopped()
            if round % 40 == 39 {
                try await killMaster()
            } else if round % 2 == 0 {
                try await killAtPoint()
            } else {
                try await killAny()
            }
        }
    }

    // MARK: Any moment

    private mutating func killAny() async throws {
        let deadline = ContinuousClock.now + .seconds(never)
        while ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...200, using: &random)))
            let program = Self.programs[Int.random(in: 0..<Self.programs.count, using: &random)]
            guard let victim = workers.filter({ $0.program == program }).randomElement(using: &random) else { continue }
            guard Glibc.kill(victim.pid, SIGSTOP) == 0 else { continue }
            finish(victim, at: nil)
            return
        }
        throw DeadlineError(description: "there is no process to kill")
    }

    private func killMaster() async throws {
        try await instance.killMaster()
        ledger.note(CrashLedger.Kill(program: "master", point: nil, queue: queue))
        try await instance.start()
    }

    // MARK: Named points

    /// Kills a process at the next named point; one that nobody comes by in time is tried again later.
    private mutating func killAtPoint() async throws {
        for _ in 0..<(3 * points.count) {
            if waiting.isEmpty { waiting = points.shuffled(using: &random) }
            let point = waiting.removeLast()
            if try await kill(at: point) {
                reached[point, default: 0] += 1
                return
            }
            waiting.insert(point, at: 0)
        }
        throw DeadlineError(description: "no process comes by any point")
    }

    private mutating func kill(at point: CrashPoint) async throws -> Bool {
        try instance.folder.write(Self.controlFile, "\(point.rawValue)\n")
        var victim: Process?
        let deadline = ContinuousClock.now + .seconds(4)
        while victim == nil && ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(3))
            victim = workers.filter(\.isStopped).randomElement(using: &random)
        }
        try instance.folder.write(Self.controlFile, "none\n")
        guard let victim else { return false }
        finish(victim, at: point)
        resumeStopped()
        return true
    }

    private func finish(_ victim: Process, at point: CrashPoint?) {
        ledger.note(CrashLedger.Kill(program: victim.program, point: point?.rawValue, queue: queue))
        Glibc.kill(victim.pid, SIGKILL)
    }

    /// Lets those go on that stopped at a point without becoming the victim, maybe late.
    func resumeStopped() {
        for worker in workers where worker.isStopped { Glibc.kill(worker.pid, SIGCONT) }
    }

    // MARK: Looking

    private struct Process {
        let program: String
        let pid: Int32
        let isStopped: Bool
    }

    /// master's children; not by looking through all processes, for it is done often.
    private var workers: [Process] {
        let master = instance.pid
        let list = try? String(contentsOfFile: "/proc/\(master)/task/\(master)/children", encoding: .utf8)
        return (list ?? "").split(separator: " ").compactMap { Int32($0) }.compactMap { pid in
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
            else { return nil }
            let state = stat[close...].split(separator: " ").dropFirst().first
            guard state != "Z", state != "X" else { return nil }
            return Process(program: String(stat[stat.index(after: open)..<close]), pid: pid, isStopped: state == "T")
        }
    }

    /// The ids of the messages in the queue.
    ///
    /// Looked at twice: a message that moves to a folder that has been listed already is missed the first time.
    private var queue: Set<String> {
        Set((instance.queueFiles + instance.queueFiles).compactMap { $0.split(separator: "/").last.map(String.init) })
    }
}
