// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import POSIX
import Synchronization

/// A disk of the test's own with a file system on it: it can lose its power, and it can fail.
///
/// `powercut-disk` (Tests/PowerCutDisk) keeps its content in memory and serves it by FUSE; a loop device makes a block
/// device of it, whose flushes reach the program.
package final class TestDisk: Sendable {
    /// What is on it.
    package enum FileSystem: String, CaseIterable, Sendable {
        case ext4 = "ext4"
        case ext4WithoutJournal = "ext4 without journal"
        case xfs = "xfs"
        case btrfs = "btrfs"

        /// MiB, about the least that the file system takes.
        fileprivate var size: Int {
            switch self {
            case .ext4, .ext4WithoutJournal: 192
            case .xfs: 320
            case .btrfs: 256
            }
        }

        fileprivate func maker(_ device: String) -> [String] {
            switch self {
            case .ext4: ["mkfs.ext4", "-q", "-b", "4096", "-E", "nodiscard", device]
            case .ext4WithoutJournal:
                ["mkfs.ext4", "-q", "-b", "4096", "-E", "nodiscard", "-O", "^has_journal", device]
            case .xfs: ["mkfs.xfs", "-q", "-K", device]
            case .btrfs: ["mkfs.btrfs", "-q", "-K", "-m", "single", device]
            }
        }
    }

    /// Why there is no such disk here; nil where there is.
    package static let absence: String? = {
        guard Surroundings.isRoot else { return "needs root: mounts file systems of its own" }
        for device in ["/dev/fuse", "/dev/loop-control"] {
            let number = open(device, O_RDWR | O_CLOEXEC)
            guard number >= 0 else { return "needs \(device): \(String(cString: strerror(errno)))" }
            Glibc.close(number)
        }
        let missing = ["mkfs.ext4", "mkfs.xfs", "mkfs.btrfs", "losetup", "e2fsck"].filter { !Command.isInstalled($0) }
        return missing.isEmpty ? nil : "needs \(missing.joined(separator: ", "))"
    }()

    package let fileSystem: FileSystem
    /// The block device.
    package let device: String
    private let folder: TemporaryFolder
    private let process: Int32

    /// Starts the disk and makes the file system.
    ///
    /// - Throws: What keeps it from being made.
    package init(_ fileSystem: FileSystem) async throws {
        self.fileSystem = fileSystem
        let folder = TemporaryFolder("relais-disk")
        self.folder = folder
        try folder.write("disk", "")
        let program = Surroundings.product("powercut-disk")
        var child = ChildProcess(
            path: program,
            arguments: [program, "\(fileSystem.size)", folder["disk"], folder["orders"]],
            environment: []
        )
        let errors = open(folder["errors"], O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { Glibc.close(errors) }
        child.standard = (nil, errors, errors)
        let started = try child.start()
        process = started
        do {
            try await waiting(until: "the disk is there: \(folder.text("errors"))") {
                (try? RawClient(path: folder["orders"]).ask("count")) != nil
            }
            device = try await Self.attach(folder["disk"], "--direct-io=on")
        } catch {
            Self.end(started)
            throw error
        }
        try await Self.succeed(fileSystem.maker(device))
    }

    /// A loop device for a file.
    private static func attach(_ file: String, _ options: String...) async throws -> String {
        try await succeed(["losetup", "--find", "--show"] + options + [file]).text.trimmingCharacters(in: .newlines)
    }

    /// Runs a command that has to succeed.
    @discardableResult
    package static func succeed(_ arguments: [String]) async throws -> CommandResult {
        let result = try await Command.run(arguments)
        guard result.isSuccess else {
            throw DeadlineError(description: "\(arguments.joined(separator: " ")): \(result)")
        }
        return result
    }

    private static func end(_ process: Int32) {
        kill(process, SIGTERM)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// Gives the device back and ends the disk, from which nothing may be mounted any more.
    package func remove() async throws {
        let detached = try await Command.run(["losetup", "--detach", device])
        Self.end(process)
        guard detached.isSuccess else { throw DeadlineError(description: "losetup --detach: \(detached)") }
    }

    // MARK: Orders

    /// What is there after a power cut at this moment.
    package enum Image: String, CaseIterable, Sendable {
        /// What was written before the last flush of the device.
        case flushed
        /// All that was written.
        case written
        /// What was flushed, and of what was written since any sectors.
        case mixed
    }

    /// Writes the images of this moment to `prefix.flushed`, `prefix.written` and `prefix.mixed`.
    package func cutPower(_ prefix: String, seed: UInt64) throws { try order("snapshot \(prefix) \(seed)") }

    /// Every write fails with EIO from now on.
    package func failWrites() throws { try order("fail writes") }

    /// Every flush fails with EIO from now on.
    package func failFlushes() throws { try order("fail flushes") }

    /// Writes whose data has `word` fail with EIO from now on, as bad sectors under a file make them.
    package func failWrites(with word: String) throws { try order("fail text \(word)") }

    /// Nothing fails any longer.
    package func work() throws { try order("work") }

    /// How many writes and flushes have failed.
    package func failures() throws -> Int {
        Int(try RawClient(path: folder["orders"]).ask("count").split(separator: " ").last ?? "") ?? 0
    }

    private func order(_ line: String) throws {
        let answer = try RawClient(path: folder["orders"], seconds: 120).ask(line)
        guard answer == "ok" else { throw DeadlineError(description: "\(line): \(answer)") }
    }
}
