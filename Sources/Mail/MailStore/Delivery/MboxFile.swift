// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// How an mbox is locked against other programs (`mailbox_delivery_lock`).
package struct MboxLocking: Sendable, Equatable {
    /// A way to lock.
    package enum Method: String, Sendable, CaseIterable {
        /// A lock of fcntl(2) on the file.
        case fcntl
        /// A file `mailbox.lock` beside it.
        case dotlock
    }

    package let methods: [Method]
    package let patience: LockPatience
    /// Whether a directory in which no lock file can be made is fine: a mailbox outside the mail spool.
    package let dotlockMayFail: Bool

    package init(
        methods: [Method] = [.fcntl, .dotlock],
        patience: LockPatience = .delivery,
        dotlockMayFail: Bool = false
    ) {
        self.methods = methods
        self.patience = patience
        self.dotlockMayFail = dotlockMayFail
    }
}

/// An mbox that is open, checked and locked; both end with this value.
struct LockedMbox: ~Copyable {
    let file: Descriptor
    let directory: Descriptor
    let name: String
    private let dotlock: DotLock?

    private init(file: consuming Descriptor, directory: consuming Descriptor, name: String, dotlock: consuming DotLock?)
    {
        self.file = file
        self.directory = directory
        self.name = name
        self.dotlock = dotlock
    }

    /// Opens and locks the mbox at `path`.
    ///
    /// Refuses what is not a regular file with one name, owned by `owner`: no link may lead mail into a file of
    /// somebody else, nor a name that others can write to.
    ///
    /// - Parameters:
    ///   - path: the mbox.
    ///   - owner: whose it must be; nil takes any.
    ///   - locking: how to lock.
    ///   - exclusive: for writing; otherwise for reading, by fcntl(2) alone.
    ///   - creation: permissions and group of a file that has to be made; nil throws ENOENT instead.
    /// - Returns: the locked mailbox.
    /// - Throws: `DeliveryFailure`; nothing is locked then.
    static func open(
        path: String,
        owner: UInt32?,
        locking: MboxLocking,
        exclusive: Bool = true,
        creation: (permissions: UInt32, group: UInt32?)? = nil
    ) throws(DeliveryFailure) -> LockedMbox {
        let (parent, name) = splitPath(path)
        let directory: Descriptor
        do throws(Errno) {
            directory = try Descriptor.open(parent, .directory)
        } catch {
            throw DeliveryFailure(.system(error), action: "open directory", path: parent)
        }
        var dotlock: DotLock?
        if exclusive, locking.methods.contains(.dotlock) {
            dotlock = try takeDotLock(name, in: directory, locking: locking, path: path)
        }
        for attempt in 1...locking.patience.attempts {
            // Looked at before it is opened: to open a device or a FIFO may do harm already.
            if let status = try? directory.status(of: name), status.kind != .regular {
                let what = status.kind == .symbolicLink ? "a symbolic link" : "not a regular file"
                throw DeliveryFailure(.unsafe(what), action: "open", path: path)
            }
            let file: Descriptor
            do throws(Errno) {
                file = try openFile(name, in: directory, exclusive: exclusive, creation: creation)
            } catch {
                throw DeliveryFailure(.system(error), action: "open", path: path)
            }
            let locked: Bool
            let status: FileStatus
            let current: FileStatus?
            do throws(Errno) {
                // An open file description lock keeps out classic locks of other programs and our other threads alike.
                locked = locking.methods.contains(.fcntl) ? try file.lock(exclusive: exclusive, wait: false) : true
                status = try file.status()
                current = try? directory.status(of: name)
            } catch {
                throw DeliveryFailure(.system(error), action: "lock", path: path)
            }
            if let flaw = flaw(of: status, owner: owner) {
                throw DeliveryFailure(.unsafe(flaw), action: "open", path: path)
            }
            // Another program may have put a new file in its place while we waited.
            if locked, let current, current.inode == status.inode, current.device == status.device {
                return LockedMbox(file: file, directory: directory, name: name, dotlock: dotlock.take())
            }
            if attempt < locking.patience.attempts, !locked { Clock.pause(nanoseconds: locking.patience.delay) }
        }
        throw DeliveryFailure(.locked, action: "lock", path: path)
    }

    /// Makes the lock file; nil where there may be none and none can be made.
    private static func takeDotLock(
        _ name: String,
        in directory: borrowing Descriptor,
        locking: MboxLocking,
        path: String
    ) throws(DeliveryFailure) -> DotLock? {
        do throws(Errno) {
            if let lock = try DotLock.acquire(name + ".lock", in: directory, patience: locking.patience) { return lock }
        } catch {
            let harmless = error == .permissionDenied || error == .notPermitted || error == .readOnlyFileSystem
            if locking.dotlockMayFail, harmless { return nil }
            throw DeliveryFailure(.system(error), action: "make lock file", path: path)
        }
        throw DeliveryFailure(.locked, action: "make lock file", path: path)
    }

    private static func flaw(of status: FileStatus, owner: UInt32?) -> String? {
        guard status.kind == .regular else { return "not a regular file" }
        guard status.links == 1 else { return "file has \(status.links) names (hard links)" }
        if let owner, status.owner != owner { return "file is owned by uid \(status.owner), not \(owner)" }
        return nil
    }

    /// Opens the file, made first where that is wanted.
    private static func openFile(
        _ name: String,
        in directory: borrowing Descriptor,
        exclusive: Bool,
        creation: (permissions: UInt32, group: UInt32?)?
    ) throws(Errno) -> Descriptor {
        if let creation, (try? directory.status(of: name)) == nil {
            do throws(Errno) {
                let file = try directory.open(name, .createNew, permissions: creation.permissions)
                if let group = creation.group { try? file.setOwner(nil, group: group) }
                // The mask of the process does not count: the group is there to share the file.
                try file.setPermissions(creation.permissions)
                return file
            } catch {
                guard error == .fileExists else { throw error }
            }
        }
        return try directory.open(name, exclusive ? .updateNoFollow : .readNoFollow)
    }
}

/// A path as its directory and the last name.
func splitPath(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
    let directory = path[..<slash]
    return (directory.isEmpty ? "/" : String(directory), String(path[path.utf8.index(after: slash)...]))
}
