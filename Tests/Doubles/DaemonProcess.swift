// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX

/// A daemon of its own process, started as master starts it, with the test in the places of the others.
package final class DaemonProcess {
    /// Short, for a socket's path has at most 107 bytes.
    package let folder: String
    package private(set) var pid: Int32 = 0
    private let name: String
    private var status: FrameSocket?

    /// Makes the folder of an instance with a main.cf; the daemon runs after `start`.
    package init(_ name: String, settings: String) throws {
        self.name = name
        folder = "/tmp/rd\(getpid())-\(UInt32.random(in: 0 ... .max))"
        for name in ["etc", "q/private", "q/public"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        try """
        queue_directory = \(folder)/q
        mail_owner = nobody
        myhostname = host.example.org
        maillog_file = \(folder)/log
        \(settings)
        """.write(toFile: "\(folder)/etc/main.cf", atomically: true, encoding: .utf8)
    }

    deinit {
        if pid > 0, kill(pid, SIGKILL) == 0 { waitpid(pid, nil, 0) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    package var log: String { (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? "" }
    /// The daemon's socket.
    package var socket: String { "\(folder)/q/private/\(name)" }

    /// Starts the executable.
    package func start(_ path: String) throws {
        let listener = try Descriptor.listen(atPath: socket, permissions: 0o666)
        try Descriptor.withSocketPair { ours, theirs in
            var child = ChildProcess(
                path: path,
                arguments: [name, "-n", name, "-c", "\(folder)/etc", "-l", name],
                environment: ["PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no"]
            )
            child.descriptors = [theirs.number, listener.number]
            pid = try child.start()
            status = FrameSocket(ours)
        }
    }
}
