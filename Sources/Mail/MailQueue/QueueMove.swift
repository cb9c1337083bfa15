// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

extension QueueDirectories {
    /// Moves a message to another folder: deferral, hold, release.
    ///
    /// Blocks for a flush. The new name is given and flushed before the old one goes: a rename could lose both in a power cut where the
    /// file system has no journal. With both names there the scan keeps the one in the folder that comes first in
    /// `QueueScanner.order`.
    package func move(_ id: QueueID, from: QueueFolder, to: QueueFolder) throws(QueueFileError) {
        guard from != to else { return }
        crashPoint(.moveBeforeLink)
        do throws(Errno) {
            try held(from).descriptor.link(from.path(of: id), as: to.path(of: id), in: held(to).descriptor)
        } catch .fileExists {
            // A move that was interrupted left both names; two different files of one id do not happen by themselves.
            guard try isSameFile(id, from, to) else { throw .system(.link, .fileExists) }
        } catch {
            throw .system(.link, error)
        }
        crashPoint(.moveLinked)
        do throws(QueueFileError) {
            try attempt(.flush) { () throws(Errno) in
                try held(to).descriptor.open(to.path(of: id), .readNoFollow).synchronize()
            }
            try synchronizeName(of: id, in: to)
            crashPoint(.moveFlushed)
            try remove(id, in: from)
        } catch {
            // It stays where it is: a second name would outlive it, and a restart would deliver it again.
            try? remove(id, in: to)
            throw error
        }
        crashPoint(.moveUnlinked)
    }

    /// Gives a file that nobody counts on yet another folder.
    func rename(_ id: QueueID, from: QueueFolder, to: QueueFolder) throws(QueueFileError) {
        try attempt(.link) { () throws(Errno) in
            try held(from).descriptor.link(from.path(of: id), as: to.path(of: id), in: held(to).descriptor)
        }
        try remove(id, in: from)
    }

    /// Whether a message's names in two folders are those of one file.
    func isSameFile(_ id: QueueID, _ from: QueueFolder, _ to: QueueFolder) throws(QueueFileError) -> Bool {
        try attempt(.link) { () throws(Errno) in
            let old = try held(from).descriptor.status(of: from.path(of: id))
            let new = try held(to).descriptor.status(of: to.path(of: id))
            return old.device == new.device && old.inode == new.inode
        }
    }
}
