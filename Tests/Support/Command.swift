// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX

/// How a command ended and what it said.
package struct CommandResult: Sendable, CustomStringConvertible {
    package let status: ExitStatus
    package let output: [UInt8]
    package let errors: [UInt8]
    package let hasTimedOut: Bool

    /// What it said, both streams.
    package var text: String { String(decoding: output, as: UTF8.self) + String(decoding: errors, as: UTF8.self) }

    /// Whether its exit status is 0.
    package var isSuccess: Bool { status.isSuccess }

    /// Its exit status; -1 after a signal.
    package var code: Int32 {
        if case .exited(let code) = status { code } else { -1 }
    }

    package var description: String {
        "\(hasTimedOut ? "timed out, " : "")\(status)\n\(text.suffix(3000))"
    }
}

/// A program that tests run, such as a mail client.
package enum Command {
    /// Whether a program is in PATH.
    package static func isInstalled(_ name: String) -> Bool { find(name) != nil }

    /// Runs a program to its end, which is forced after `seconds`.
    ///
    /// - Parameters:
    ///   - arguments: The program, by path or by a name in PATH, and its arguments.
    ///   - input: Its standard input.
    ///   - seconds: How long it may take.
    ///   - folder: The folder it runs in.
    /// - Returns: How it ended, with all it wrote.
    /// - Throws: When there is no such program or it cannot be started.
    package static func run(
        _ arguments: [String],
        input: [UInt8] = [],
        seconds: Double = never,
        folder: String? = nil
    ) async throws -> CommandResult {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: it blocks, and the threads of the runtime are few.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result { try runHere(arguments, input: input, seconds: seconds, folder: folder) }
                )
            }
        }
    }

    /// Runs a program in the calling thread; otherwise as `run`.
    ///
    /// - Throws: When there is no such program or it cannot be started.
    package static func runHere(
        _ arguments: [String],
        input: [UInt8] = [],
        seconds: Double = never,
        folder: String? = nil
    ) throws -> CommandResult {
        guard let name = arguments.first, let path = find(name) else {
            throw DeadlineError(description: "there is no program \(arguments.first ?? "")")
        }
        // Files, not pipes: a daemon that outlives the program must not keep anybody waiting.
        let files = TemporaryFolder("relais-command")
        try files.write("input", input)
        var child = ChildProcess(path: path, arguments: arguments, environment: environment())
        let standard = [
            open(files["input"], O_RDONLY | O_CLOEXEC),
            open(files["output"], O_WRONLY | O_CREAT | O_CLOEXEC, 0o600),
            open(files["errors"], O_WRONLY | O_CREAT | O_CLOEXEC, 0o600),
        ]
        defer { standard.forEach { close($0) } }
        child.standard = (standard[0], standard[1], standard[2])
        child.directory = folder
        let pid = try child.start()
        let (status, hasTimedOut) = wait(pid, seconds: seconds)
        return CommandResult(
            status: status,
            output: files.read("output"),
            errors: files.read("errors"),
            hasTimedOut: hasTimedOut
        )
    }

    private static func wait(_ pid: Int32, seconds: Double) -> (ExitStatus, Bool) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        var status: Int32 = 0
        var hasTimedOut = false
        var pause: UInt32 = 1000
        while waitpid(pid, &status, WNOHANG) == 0 {
            if !hasTimedOut && Date() > deadline {
                hasTimedOut = true
                // Its session too: it may have children.
                kill(-pid, SIGKILL)
            }
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
        let signal = status & 0x7f
        return (signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal), hasTimedOut)
    }

    private static func find(_ name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return (folders + ["/usr/sbin", "/sbin"]).map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    private static func environment() -> [String] {
        ProcessInfo.processInfo.environment.filter { $0.key != "SWIFT_BACKTRACE" }.map { "\($0.key)=\($0.value)" }
            + ["SWIFT_BACKTRACE=enable=no"]
    }
}
