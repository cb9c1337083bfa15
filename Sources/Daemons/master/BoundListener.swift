// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Instance
internal import POSIX
internal import SystemPackage

/// A listening socket or named pipe that master holds as long as the configuration names it.
@Loop
final class BoundListener {
    let address: ListenerSpecification.Address
    /// For workers.
    let number: Int32
    private let descriptor: Descriptor
    private let inode: UInt64?
    private var watch: Watch?

    private init(_ address: ListenerSpecification.Address, _ descriptor: consuming Descriptor) {
        self.address = address
        number = descriptor.number
        self.descriptor = descriptor
        inode = address.path.flatMap { try? Descriptor.open($0, .path).status().inode }
    }

    /// Binds it.
    ///
    /// - Throws: `addressInUse` also for a Unix socket at which somebody listens; `fileExists` where another kind of
    ///   file has the name.
    static func bind(_ specification: ListenerSpecification) throws(Errno) -> BoundListener {
        switch specification.address {
        case .internet(let address):
            return BoundListener(specification.address, try Descriptor.listen(on: address))
        case .unix(let path):
            try clear(path)
            let descriptor = try Descriptor.listen(atPath: path, permissions: specification.access.mode)
            let bound = BoundListener(specification.address, descriptor)
            try bound.setAccess(specification.access)
            return bound
        case .fifo(let path):
            try makeNamedPipe(path, permissions: specification.access.mode)
            // Open for writing too, or it would be at its end whenever no writer has it open.
            let descriptor = try Descriptor.open(path, .updateNoFollow)
            guard try descriptor.status().kind == .fifo else { throw Errno.fileExists }
            try descriptor.setNonBlocking(true)
            let bound = BoundListener(specification.address, descriptor)
            try bound.setAccess(specification.access)
            return bound
        }
    }

    /// Makes way for a new socket: what a dead instance left behind is removed.
    private static func clear(_ path: String) throws(Errno) {
        let kind: FileStatus.Kind
        do throws(Errno) {
            // O_PATH with a link at the end shows the link's target; a link to a socket is not ours to remove.
            kind = try Descriptor.open(path, .path).status().kind
        } catch .noSuchFileOrDirectory {
            return
        }
        guard kind == .socket else { throw .fileExists }
        do throws(Errno) {
            _ = try Descriptor.connect(toPath: path)
            throw Errno.addressInUse
        } catch .connectionRefused {
            try removeFile(path)
        } catch .noSuchFileOrDirectory {
        } catch .resourceTemporarilyUnavailable {
            throw .addressInUse
        }
    }

    /// Sets owner and mode of a name in the file system.
    func setAccess(_ access: ListenerSpecification.Access) throws(Errno) {
        guard let path = address.path else { return }
        if access.owner != nil || access.group != nil {
            try setOwnerNoFollow(path, owner: access.owner, group: access.group)
        }
        // By a descriptor that is known to be the socket: chmod(2) of a path follows links.
        let place = try Descriptor.open(path, .path)
        let status = try place.status()
        guard status.inode == inode, status.mode != access.mode else { return }
        try POSIX.setAccess("/proc/self/fd/\(place.number)", mode: access.mode)
    }

    /// Calls `waiting` whenever a connection waits; until `unwatch`.
    func watch(_ waiting: @escaping @Loop () -> Void) {
        guard watch == nil, let second = try? descriptor.duplicate() else { return }
        watch = try? Watch(second) { [weak self] _ in
            // A watch that was cancelled in this very turn may still be called.
            if self?.watch != nil { waiting() }
        }
    }

    /// Leaves waiting connections to workers.
    func unwatch() {
        watch?.cancel()
        watch = nil
    }

    /// Listens no more and takes its name away, if it is still its own.
    func close() {
        unwatch()
        guard let path = address.path, let inode else { return }
        if (try? Descriptor.open(path, .path).status().inode) == inode { try? removeFile(path) }
    }
}
