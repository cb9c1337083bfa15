// SPDX-License-Identifier: Apache-2.0
internal import CLinux
package import POSIX
package import SystemPackage

/// The folders of `queue_directory`, held open: everything below is reached through their descriptors.
///
/// All functions block; they are called in offloaded threads.
package final class QueueDirectories: Sendable {
    private let maildrop: SharedDescriptor
    private let incoming: SharedDescriptor
    private let deferred: SharedDescriptor
    private let hold: SharedDescriptor
    private let corrupt: SharedDescriptor
    /// Whether a new name needs fsync(2) of its folder too.
    package let synchronizesDirectories: Bool

    /// Opens the folders, which `prepare` made.
    ///
    /// `synchronizesDirectories` nil asks the file system: the known good ones are ext4, xfs, btrfs and tmpfs.
    package init(opening path: String, synchronizesDirectories: Bool? = nil) throws(Errno) {
        let root = try Descriptor.open(path, .directory)
        maildrop = SharedDescriptor(try root.open(QueueFolder.maildrop.rawValue, .directory))
        incoming = SharedDescriptor(try root.open(QueueFolder.incoming.rawValue, .directory))
        deferred = SharedDescriptor(try root.open(QueueFolder.deferred.rawValue, .directory))
        hold = SharedDescriptor(try root.open(QueueFolder.hold.rawValue, .directory))
        corrupt = SharedDescriptor(try root.open(QueueFolder.corrupt.rawValue, .directory))
        let kept: [Int64] = [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994]
        self.synchronizesDirectories =
            synchronizesDirectories ?? !kept.contains(linux_filesystem_type(incoming.descriptor.number))
    }

    /// Makes what is missing of the queue's folders and flushes their names; what is there stays as it is.
    ///
    /// - Parameters:
    ///   - path: `queue_directory`; the folder above it must be there.
    ///   - owner: The daemons' user, given to new folders; nil keeps the caller's.
    ///   - group: The daemons' group.
    ///   - dropGroup: The group that may put files into `maildrop` (`setgid_group`).
    /// - Throws: What the system says of the step that failed.
    package static func prepare(
        _ path: String,
        owner: UInt32? = nil,
        group: UInt32? = nil,
        dropGroup: UInt32? = nil
    ) throws(Errno) {
        try makeDirectories(path, permissions: 0o755)
        let root = try Descriptor.open(path, .directory)
        for folder in QueueFolder.allCases {
            let isDrop = folder == .maildrop
            let top = try make(
                folder.rawValue,
                in: root,
                permissions: isDrop ? 0o730 : 0o700,
                owner: owner,
                group: isDrop ? dropGroup ?? group : group
            )
            guard folder.isHashed else { continue }
            for bucket in QueueID.buckets {
                _ = try make(bucket, in: top, permissions: 0o700, owner: owner, group: group)
            }
            try top.synchronize()
        }
        try root.synchronize()
    }

    /// Opens a message's file for reading: this descriptor is what an agent may have.
    package func open(_ id: QueueID, in folder: QueueFolder) throws(QueueFileError) -> Descriptor {
        try attempt(.open) { () throws(Errno) in
            try held(folder).descriptor.openQuietly(folder.path(of: id))
        }
    }

    /// Opens a message's file for reading and writing.
    func openForUpdate(_ id: QueueID, in folder: QueueFolder) throws(QueueFileError) -> Descriptor {
        try attempt(.open) { () throws(Errno) in
            try held(folder).descriptor.open(folder.path(of: id), .update)
        }
    }

    /// Makes the file of a new message, which must not be there yet.
    func create(_ id: QueueID, in folder: QueueFolder) throws(QueueFileError) -> Descriptor {
        try attempt(.open) { () throws(Errno) in
            try held(folder).descriptor.open(folder.path(of: id), .createNew, permissions: 0o600)
        }
    }

    /// Takes the name of a message's file away; one that is not there is fine.
    package func remove(_ id: QueueID, in folder: QueueFolder) throws(QueueFileError) {
        do throws(Errno) {
            try held(folder).descriptor.remove(folder.path(of: id))
        } catch .noSuchFileOrDirectory {
            return
        } catch {
            throw .system(.unlink, error)
        }
    }

    /// fsync(2) of the folder that holds the file, where the file system needs it.
    func synchronizeName(of id: QueueID, in folder: QueueFolder) throws(QueueFileError) {
        guard synchronizesDirectories else { return }
        try attempt(.flushDirectory) { () throws(Errno) in
            if folder.isHashed {
                try held(folder).descriptor.open(id.bucket, .directory).synchronize()
            } else {
                try held(folder).descriptor.synchronize()
            }
        }
    }

    func held(_ folder: QueueFolder) -> SharedDescriptor {
        switch folder {
        case .maildrop: maildrop
        case .incoming: incoming
        case .deferred: deferred
        case .hold: hold
        case .corrupt: corrupt
        }
    }

    private static func make(
        _ name: String,
        in parent: borrowing Descriptor,
        permissions: UInt32,
        owner: UInt32?,
        group: UInt32?
    ) throws(Errno) -> Descriptor {
        do throws(Errno) {
            try parent.makeDirectory(name, permissions: permissions)
        } catch .fileExists {
            return try parent.open(name, .directory)
        }
        let made = try parent.open(name, .directory)
        if owner != nil || group != nil { try made.setOwner(owner, group: group) }
        // The umask has no say here.
        try made.setPermissions(permissions)
        try made.synchronize()
        return made
    }
}
