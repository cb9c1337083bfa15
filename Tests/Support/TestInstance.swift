// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import POSIX
import Testing

/// A master of its own in a temporary folder, whose services are echo workers (or any other daemon).
package final class TestInstance {
    package let folder: String
    package let port = Ports.free()
    package private(set) var pid: Int32 = 0
    private let binaries: String
    private let identity: Identity?

    /// Makes the folder and its configuration; `identity` runs master as somebody else.
    package init(services: String, settings: String = "", identity: Identity? = nil) throws {
        // Short, for a socket's path has at most 107 bytes.
        folder = "/tmp/rm\(getpid())-\(UInt32.random(in: 0 ... .max))"
        self.identity = identity
        try FileManager.default.createDirectory(atPath: "\(folder)/etc", withIntermediateDirectories: true)
        if let identity {
            binaries = "\(folder)/bin"
            try FileManager.default.createDirectory(atPath: binaries, withIntermediateDirectories: true)
            for name in ["master", "echo-worker"] {
                try FileManager.default.copyItem(
                    atPath: "\(Surroundings.products)/\(name)",
                    toPath: "\(binaries)/\(name)"
                )
            }
            try setAccess(folder, owner: identity.uid, group: identity.gid)
        } else {
            binaries = Surroundings.products
        }
        try write(
            "main.cf",
            """
            queue_directory = \(folder)/q
            data_directory = \(folder)/d
            daemon_directory = \(binaries)
            mail_owner = nobody
            setgid_group = nogroup
            mail_name = first
            maillog_file = \(folder)/log
            \(settings)
            """
        )
        try write("master.cf", services)
    }

    deinit {
        // The second one ends it, and all workers, at once; other numbers than the first's do not melt into it.
        if pid > 0, kill(pid, SIGTERM) == 0, kill(pid, SIGINT) == 0 {
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    package func write(_ name: String, _ text: String) throws {
        let filled = text.replacingOccurrences(of: "PORT", with: "\(port)")
        try filled.write(toFile: "\(folder)/etc/\(name)", atomically: true, encoding: .utf8)
    }

    package func append(_ line: String, to name: String) throws {
        let old = try String(contentsOfFile: "\(folder)/etc/\(name)", encoding: .utf8)
        try write(name, old + line + "\n")
    }

    package var log: String { (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? "" }

    // MARK: Running

    /// Starts master; returns what it says when it is ready, or why it is not.
    package func start(environment: [String] = []) throws -> String {
        try Descriptor.withPipe { reading, writing in
            var child = ChildProcess(
                path: "\(binaries)/master",
                arguments: ["master", "-c", "\(folder)/etc", "-r"],
                environment: ["PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no"] + environment
            )
            child.descriptors = [writing.number]
            child.identity = identity
            pid = try child.start()
            try writing.close()
            return String(decoding: try readToEnd(reading), as: UTF8.self)
        }
    }

    /// Waits until master has ended.
    package func waitForEnd() throws -> POSIX.ExitStatus {
        defer { pid = 0 }
        return try waitForChild(pid)
    }

    /// Sends an order as a line or a signal.
    package func signal(_ number: Int32) { kill(pid, number) }

    /// The status that master tells those who ask in text.
    package func status() throws -> [String: Any] {
        let text = try RawClient(path: "\(folder)/q/control").ask("status")
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// A service of the status.
    package func service(_ name: String) throws -> [String: Any] {
        let services = try status()["services"] as? [[String: Any]] ?? []
        return try #require(services.first { $0["name"] as? String == name })
    }

    /// The processes of a service.
    package func processes(_ name: String) throws -> [Int32] {
        (try service(name)["processes"] as? [[String: Any]] ?? []).compactMap { ($0["pid"] as? Int).map(Int32.init) }
    }

    /// Waits until something holds.
    package func eventually(_ what: String, location: SourceLocation = #_sourceLocation, _ holds: () throws -> Bool)
        throws
    {
        let limit = Date().addingTimeInterval(never)
        while Date() < limit {
            if (try? holds()) ?? false { return }
            usleep(20_000)
        }
        Issue.record("\(what): not within \(never) seconds; log:\n\(log)", sourceLocation: location)
    }

    package func socket(_ name: String) -> String { "\(folder)/q/\(name)" }
}
