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

    /// Opens and locks the mbox at a place.
    ///
    /// Refuses what is not a regular file with one name, owned by `owner`: no link may lead mail into a file of
    /// somebody else, nor a name that others can write to.
    ///
    /// - Parameters:
    ///   - place: the mbox.
    ///   - owner: whose it must be.
    ///   - locking: how to lock.
    ///   - exclusive: for writing; otherwise for reading, by fcntl(2) alone.
    ///   - creation: permissions and group of a file that has to be made; nil throws ENOENT instead.
    /// - Returns: the locked mailbox.
    /// - Throws: `DeliveryFailure`; nothing is locked then.
    static func open(
        _ place: MboxPlace,
        owner: UInt32,
        locking: MboxLocking,
        exclusive: Bool = true,
        creation: (permissions: UInt32, group: UInt32?)? = nil
    ) throws(DeliveryFailure) -> LockedMbox {
        let (path, name) = (place.path, place.name)
        let directory: Descriptor
        do throws(Errno) {
            directory = try place.openFolder()
        } catch {
            throw DeliveryFailure(.system(error), action: "open directory", path: place.folderPath)
        }
        var dotlock: DotLock?
        if exclusive, locking.methods.contains(.dotlock) {
            dotlock = try takeDotLock(place, in: directory, locking: locking)
        }
        for attempt in 1...locking.patience.attempts {
            // Looked at before it is opened: to open a device or a FIFO may do harm already.
            if let status = try? directory.status(of: name), status.kind != .regular {
                let what = status.kind == .symbolicLink ? "a symbolic link" : "not a regular file"
                throw DeliveryFailure(.unsafe(what), action: "open", path: path)
            }
            let file: Descriptor
            do throws(Errno) {
                if let creation, case .spool(let spool) = place.folder, creation.group == nil {
                    try spool.makeMailbox(name)
                }
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
        _ place: MboxPlace,
        in directory: borrowing Descriptor,
        locking: MboxLocking
    ) throws(DeliveryFailure) -> DotLock? {
        do throws(Errno) {
            let name = place.name + ".lock"
            let (patience, making) = (locking.patience, place.lockMaking)
            if let lock = try DotLock.acquire(name, in: directory, patience: patience, making: making) { return lock }
        } catch {
            let harmless = error == .permissionDenied || error == .notPermitted || error == .readOnlyFileSystem
            if locking.dotlockMayFail, harmless { return nil }
            throw DeliveryFailure(.system(error), action: "make lock file", path: place.path)
        }
        throw DeliveryFailure(.locked, action: "make lock file", path: place.path)
    }

    /// Why a file is no mailbox of `owner`; nil where it is one.
    static func flaw(of status: FileStatus, owner: UInt32) -> String? {
        guard status.kind == .regular else { return "not a regular file" }
        guard status.links == 1 else { return "file has \(status.links) names (hard links)" }
        guard status.owner == owner else { return "file is owned by uid \(status.owner), not \(owner)" }
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
