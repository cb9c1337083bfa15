// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import Synchronization
internal import SystemPackage

/// An open Maildir: the descriptors that a delivery needs.
final class MaildirFolder: Sendable {
    let tmp: Descriptor
    let new: Descriptor
    /// The directory itself, to notice that the path means another one.
    let device: UInt64
    let inode: UInt64
    /// Whether fsync(2) of a file makes its name durable too, and never the name alone.
    let ordersNames: Bool
    /// Whether one flush carries what others wait for.
    let sharesFlushes: Bool

    /// Opens the Maildir at `path`; links in it, and folders that are not the owner's, are refused.
    ///
    /// The owner's own rights are not all that a delivery has: its group may be the spool's, and it has those of its process.
    init(path: String, owner: UInt32) throws(Errno) {
        let root = try openOwnedFolder(path, owner: owner)
        let status = try root.status()
        device = status.device
        inode = status.inode
        tmp = try openMaildirPart("tmp", in: root)
        new = try openMaildirPart("new", in: root)
        for found in [status, try tmp.status(), try new.status()] where found.owner != owner {
            throw .permissionDenied
        }
        ordersNames = fileSystemOrdersNames(new)
        sharesFlushes = fileSystemSharesFlushes(new, ordersNames: ordersNames)
    }
}

/// Open Maildirs, least recently used closed first.
///
/// A path is looked at again when a second has passed since the last look: a mailbox that was moved away in between may
/// receive for that second, as it would from any delivery that was just under way.
final class MaildirFolders: Sendable {
    private struct Key: Hashable {
        let path: String
        let owner: UInt32
    }

    private struct Entry {
        let folder: MaildirFolder
        var used: UInt64
        var checked: Int64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var clock: UInt64 = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// The open Maildir at `path`, made when it is not there; `owner` is whose file-system id the thread has.
    func folder(_ path: String, owner: UInt32) throws(Errno) -> MaildirFolder {
        let key = Key(path: path, owner: owner)
        if let folder = try cached(key) { return folder }
        let folder = try openOrMake(path, owner)
        let now = Clock.monotonic
        state.withLock { state in
            state.clock &+= 1
            state.entries[key] = Entry(folder: folder, used: state.clock, checked: now)
            guard state.entries.count > limit else { return }
            if let oldest = state.entries.min(by: { $0.value.used < $1.value.used }) {
                state.entries[oldest.key] = nil
            }
        }
        return folder
    }

    /// Forgets a path whose descriptors proved stale.
    func forget(_ path: String, owner: UInt32) {
        state.withLock { _ = $0.entries.removeValue(forKey: Key(path: path, owner: owner)) }
    }

    /// Whether the Maildir at `path` is open, and on a file system of this host that shares flushes.
    func isQuick(_ path: String, owner: UInt32) -> Bool {
        state.withLock { $0.entries[Key(path: path, owner: owner)]?.folder.sharesFlushes ?? false }
    }

    private func cached(_ key: Key) throws(Errno) -> MaildirFolder? {
        let now = Clock.monotonic
        let found = state.withLock { state -> (MaildirFolder, Bool)? in
            state.clock &+= 1
            guard var entry = state.entries[key] else { return nil }
            entry.used = state.clock
            let fresh = now &- entry.checked < 1_000_000_000
            if !fresh { entry.checked = now }
            state.entries[key] = entry
            return (entry.folder, fresh)
        }
        guard let (folder, fresh) = found else { return nil }
        if fresh { return folder }
        let status = try? fileStatus(key.path)
        if let status, status.device == folder.device, status.inode == folder.inode { return folder }
        forget(key.path, owner: key.owner)
        return nil
    }

    private func openOrMake(_ path: String, _ owner: UInt32) throws(Errno) -> MaildirFolder {
        do throws(Errno) {
            return try MaildirFolder(path: path, owner: owner)
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
            try makeDirectories(path, permissions: 0o700)
            try makeMaildir(in: try openOwnedFolder(path, owner: owner))
            return try MaildirFolder(path: path, owner: owner)
        }
    }
}

/// Opens a folder of a Maildir; a link is refused as one (ELOOP), where open(2) calls it no directory.
func openMaildirPart(_ name: String, in root: borrowing Descriptor) throws(Errno) -> Descriptor {
    do throws(Errno) {
        return try root.open(name, .directoryNoFollow)
    } catch {
        guard error == .notDirectory, (try? root.status(of: name))?.kind == .symbolicLink else { throw error }
        throw .tooManySymbolicLinkLevels
    }
}

/// Makes `tmp`, `new` and `cur` in a folder, mode 0700, and flushes the directories; what is there stays.
func makeMaildir(in root: borrowing Descriptor) throws(Errno) {
    let names = ["tmp", "new", "cur"]
    for name in names {
        do throws(Errno) {
            try root.makeDirectory(name, permissions: 0o700)
        } catch {
            guard error == .fileExists else { throw error }
        }
    }
    if !fileSystemOrdersNames(root) { try synchronizeNewDirectories(names, in: root) }
    try synchronizeDirectory(root)
    if let parent = try? root.open("..", .directory) { try synchronizeDirectory(parent) }
}

/// Flushes a directory; file systems that cannot (EINVAL) are taken as they are.
func synchronizeDirectory(_ directory: borrowing Descriptor) throws(Errno) {
    do throws(Errno) {
        try directory.synchronize()
    } catch {
        guard error == .invalidArgument else { throw error }
    }
}
