// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A file system in the place of an instance's queue, of its mailboxes, or of both.
package struct MountedDisk {
    /// What lies on it, as a folder of the instance.
    package enum Part: String, Sendable {
        case queue = "spool"
        case mailboxes = "mail"
    }

    private let folder: TemporaryFolder
    private let parts: [Part]

    /// Mounts a device, or an image file by a loop device, for `parts` of an instance that does not run.
    ///
    /// - Throws: What mount says.
    package init(
        _ source: String,
        for instance: MailInstance,
        parts: [Part] = [.queue, .mailboxes],
        options: String = "rw"
    ) async throws {
        folder = instance.folder
        self.parts = parts
        try folder.makeFolder("disk")
        let loop = source.hasPrefix("/dev/") ? "" : ",loop"
        try await TestDisk.succeed(["mount", "-o", options + loop, source, folder["disk"]])
        do {
            for part in parts {
                try folder.makeFolder("disk/\(part.rawValue)")
                // Nobody writes into the mount point while nothing is mounted there.
                try folder.makeFolder(part.rawValue)
                chown(folder[part.rawValue], 0, 0)
                if part == .mailboxes { chown(folder["disk/mail"], instance.owner, instance.owner) }
                try await TestDisk.succeed([
                    "mount", "--bind", folder["disk/\(part.rawValue)"], folder[part.rawValue],
                ])
            }
        } catch {
            try? await leave()
            throw error
        }
    }

    /// Unmounts it all, which needs that nobody has a file there open.
    ///
    /// - Throws: What umount says in the end.
    package func unmount() async throws {
        for place in parts.map(\.rawValue) + ["disk"] {
            var answer: CommandResult?
            try await waiting(until: "\(place) is unmounted: \(answer?.text ?? "")") {
                answer = try await Command.run(["umount", folder[place]])
                return answer?.isSuccess ?? false
            }
        }
    }

    /// Takes it out of the tree at once; it stays for those who have files there open.
    ///
    /// - Throws: What umount says.
    package func leave() async throws {
        for place in parts.map(\.rawValue) + ["disk"] {
            try await TestDisk.succeed(["umount", "--lazy", folder[place]])
        }
    }
}
