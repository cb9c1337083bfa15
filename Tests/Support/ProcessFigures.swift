// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a process uses at the moment, from /proc; sizes are in KiB.
package struct ProcessFigures: Sendable, CustomStringConvertible {
    package let name: String
    package let pid: Int32
    /// Its share of memory: what it shares with others counts by parts (`Pss`).
    package let memory: Int
    /// Memory that nobody else uses.
    package let privateMemory: Int
    /// The most that was ever resident (`VmHWM`).
    package let mostMemory: Int
    package let descriptors: Int
    /// Processor time so far, seconds.
    package let seconds: Double

    /// Nil when there is no such process any more.
    package init?(name: String, pid: Int32) {
        guard let sizes = try? String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8),
            let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
        else { return nil }
        self.name = name
        self.pid = pid
        memory = Self.value("Pss:", in: sizes)
        privateMemory = Self.value("Private_Clean:", in: sizes) + Self.value("Private_Dirty:", in: sizes)
        mostMemory = Self.value("VmHWM:", in: status)
        descriptors = open.count
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        let ticks = fields.count > 13 ? (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0) : 0
        seconds = Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func value(_ name: String, in text: String) -> Int {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
        }
        return 0
    }

    package var description: String {
        "\(name)[\(pid)] \(memory) KiB, \(privateMemory) private, at most \(mostMemory), \(descriptors) descriptors"
    }
}

extension MailInstance {
    /// What each process uses at the moment.
    package var figures: [ProcessFigures] {
        processes.compactMap { ProcessFigures(name: $0.name, pid: $0.pid) }
    }
}
