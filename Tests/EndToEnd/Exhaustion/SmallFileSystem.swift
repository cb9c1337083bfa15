// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

/// A file system of a test's own that is soon full.
final class SmallFileSystem {
    private let path: String
    private var ballast: [String] = []

    /// Mounts a file system in memory; `size` in bytes, 0 is any.
    init(at path: String, size: Int = 0, inodes: Int = 0) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Self.run("mount", "-t", "tmpfs", "-o", "size=\(size),nr_inodes=\(inodes),mode=755", "relais-test", path)
    }

    /// Mounts a btrfs image in which the folder `path` has a quota of `quota` bytes.
    init(at path: String, image: String, quota: Int) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Self.run("truncate", "--size=128M", image)
        try Self.run("mkfs.btrfs", "--quiet", image)
        try Self.run("mount", "-o", "loop", image, path)
        try Self.run("btrfs", "quota", "enable", path)
        try setQuota(quota)
    }

    /// Sets the quota of the folder; nil takes it away.
    func setQuota(_ bytes: Int?) throws {
        try Self.run("btrfs", "qgroup", "limit", bytes.map { "\($0)" } ?? "none", path)
    }

    /// Whether the kernel has btrfs.
    static let hasBtrfs: Bool = {
        func isKnown() -> Bool {
            (try? String(contentsOfFile: "/proc/filesystems", encoding: .utf8))?.contains("\tbtrfs\n") ?? false
        }
        if !isKnown() { _ = try? Command.runHere(["modprobe", "-q", "btrfs"]) }
        return isKnown() && Command.isInstalled("mkfs.btrfs")
    }()

    /// Takes all room but some, in bytes.
    func fill(leaving room: Int = 0) throws {
        let file = "\(path)/ballast\(ballast.count)"
        ballast.append(file)
        let number = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(number) }
        let page = [UInt8](repeating: 0, count: 4096)
        var size = 0
        while write(number, page, page.count) == page.count { size += page.count }
        ftruncate(number, max(0, size - room))
    }

    /// Takes all inodes.
    func fillInodes() {
        while true {
            let file = "\(path)/inode\(ballast.count)"
            let number = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard number >= 0 else { return }
            close(number)
            ballast.append(file)
        }
    }

    /// Gives back what was taken.
    func empty() {
        for file in ballast { unlink(file) }
        ballast = []
    }

    /// Takes it away, even while programs have it open.
    func unmount() {
        _ = try? Self.run("umount", "--lazy", path)
    }

    private static func run(_ command: String...) throws {
        let result = try Command.runHere(command)
        guard result.isSuccess else { throw DeadlineError(description: "\(command): \(result)") }
    }
}
