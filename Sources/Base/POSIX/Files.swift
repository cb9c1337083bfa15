// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
package import SystemPackage

/// What open(2) is asked for.
package struct OpenMode: Sendable, Equatable {
    let flags: Int32

    /// For reading.
    package static let read = OpenMode(flags: O_RDONLY)
    /// For reading; a symbolic link at the end of the path is refused (ELOOP), and a FIFO keeps nobody waiting.
    package static let readNoFollow = OpenMode(flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    /// As `readNoFollow`, and the time of access stays as it is; only for who owns the file (EPERM).
    static let readQuietly = OpenMode(flags: readNoFollow.flags | 0o1_000_000)
    /// For reading and writing.
    package static let update = OpenMode(flags: O_RDWR)
    /// For reading and writing; a symbolic link at the end of the path is refused (ELOOP), and a FIFO keeps nobody waiting.
    package static let updateNoFollow = OpenMode(flags: O_RDWR | O_NOFOLLOW | O_NONBLOCK)
    /// For reading and writing; made when it is not there; symbolic links are refused.
    package static let updateOrCreate = OpenMode(flags: O_RDWR | O_CREAT | O_NOFOLLOW)
    /// For reading and writing; it must not be there yet (EEXIST), not even as a link.
    package static let createNew = OpenMode(flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
    /// For writing at the end; made when it is not there.
    package static let append = OpenMode(flags: O_WRONLY | O_APPEND | O_CREAT)
    /// A directory.
    package static let directory = OpenMode(flags: O_RDONLY | O_DIRECTORY)
    /// A directory; a symbolic link at the end of the path is refused (ELOOP).
    package static let directoryNoFollow = OpenMode(flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    /// Only a place, for the *at calls and Landlock (O_PATH).
    package static let path = OpenMode(flags: 0o10_000_000)
    /// Only a directory as a place; a symbolic link at the end of the path is refused (ENOTDIR).
    package static let folderPath = OpenMode(flags: 0o10_000_000 | O_DIRECTORY | O_NOFOLLOW)
    /// Made, neither to be read nor to be written (open(2), access mode 3); it must not be there yet (EEXIST).
    ///
    /// Landlock asks for no right to read or write below the folder then.
    package static let mark = OpenMode(flags: O_ACCMODE | O_CREAT | O_EXCL | O_NOFOLLOW)
}

/// What stat(2) says of a file, as far as mail needs it.
package struct FileStatus: Sendable, Equatable {
    /// The kind of a file.
    package enum Kind: Sendable { case regular, directory, symbolicLink, socket, fifo, other }

    package let kind: Kind
    package let mode: UInt32
    package let size: Int
    package let links: Int
    package let owner: UInt32
    package let group: UInt32
    package let device: UInt64
    package let inode: UInt64
    /// Nanoseconds since the epoch.
    package let modified: Int64
    /// Nanoseconds since the epoch of the last change of the inode.
    package let changed: Int64

    init(_ from: stat) {
        switch from.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFSOCK: kind = .socket
        case S_IFIFO: kind = .fifo
        default: kind = .other
        }
        mode = from.st_mode & 0o7777
        size = Int(from.st_size)
        links = Int(from.st_nlink)
        owner = from.st_uid
        group = from.st_gid
        device = UInt64(from.st_dev)
        inode = UInt64(from.st_ino)
        modified = Int64(from.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(from.st_mtim.tv_nsec)
        changed = Int64(from.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(from.st_ctim.tv_nsec)
    }
}

extension Descriptor {
    /// open(2), close-on-exec.
    package static func open(_ path: String, _ mode: OpenMode, permissions: UInt32 = 0o600) throws(Errno) -> Descriptor
    {
        Descriptor(owning: try check(unsafe linux_open(Int32(linux_at_cwd), path, mode.flags, permissions)))
    }

    /// openat(2) below this directory, close-on-exec.
    package func open(_ name: String, _ mode: OpenMode, permissions: UInt32 = 0o600) throws(Errno) -> Descriptor {
        Descriptor(owning: try check(unsafe linux_open(number, name, mode.flags, permissions)))
    }

    /// Opens a file of this directory for reading, links not followed.
    ///
    /// The time of access stays as it is where the file is the caller's own: else the first one to read a file makes the
    /// file system write, a journal included.
    package func openQuietly(_ name: String) throws(Errno) -> Descriptor {
        do throws(Errno) {
            return try open(name, .readQuietly)
        } catch .notPermitted {
            return try open(name, .readNoFollow)
        }
    }

    /// fstat(2).
    package func status() throws(Errno) -> FileStatus {
        var info = stat()
        try checkCall(unsafe fstat(number, &info))
        return FileStatus(info)
    }

    /// fstatat(2) of a name in this directory, links not followed.
    package func status(of name: String) throws(Errno) -> FileStatus {
        var info = stat()
        try checkCall(unsafe fstatat(number, name, &info, AT_SYMLINK_NOFOLLOW))
        return FileStatus(info)
    }

    /// Reads up to `count` bytes at `offset`, fewer only at the end of the file.
    package func read(at offset: Int, count: Int) throws(Errno) -> [UInt8] {
        var failure: Errno?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, filled in
            while filled < count {
                let start = unsafe buffer.baseAddress.map { unsafe $0 + filled }
                let n = unsafe pread(number, start, count - filled, offset + filled)
                if n == 0 { return }
                guard n < 0 else {
                    filled += n
                    continue
                }
                if Errno.current == .interrupted { continue }
                failure = Errno.current
                return
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// One read(2) at the descriptor's own position, of up to `count` bytes: for pipes and event sources.
    package func readAvailable(_ count: Int) throws(Errno) -> [UInt8] {
        var failure: Errno?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, filled in
            let n = unsafe Glibc.read(number, buffer.baseAddress, buffer.count)
            if n >= 0 { filled = n } else { failure = Errno.current }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all bytes at `offset`.
    package func write(_ bytes: borrowing Span<UInt8>, at offset: Int) throws(Errno) {
        try unsafe writeAll(bytes) { number, address, count, done in
            unsafe pwrite(number, address, count, offset + done)
        }
    }

    /// Writes all bytes at `offset`.
    package func write(_ bytes: [UInt8], at offset: Int) throws(Errno) {
        try write(bytes.span, at: offset)
    }

    /// Writes all bytes at the file's own position (or at its end, where it was opened so).
    package func append(_ bytes: borrowing Span<UInt8>) throws(Errno) {
        try unsafe writeAll(bytes) { number, address, count, _ in unsafe Glibc.write(number, address, count) }
    }

    /// Writes all bytes at the file's own position (or at its end, where it was opened so).
    package func append(_ bytes: [UInt8]) throws(Errno) {
        try append(bytes.span)
    }

    private func writeAll(
        _ bytes: borrowing Span<UInt8>,
        by call: (Int32, UnsafeRawPointer?, Int, Int) -> Int
    ) throws(Errno) {
        var failure: Errno?
        let number = self.number
        unsafe bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let n = unsafe call(number, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, done)
                guard n < 0 else {
                    done += n
                    continue
                }
                if Errno.current == .interrupted { continue }
                failure = Errno.current
                return
            }
        }
        if let failure { throw failure }
    }

    /// fsync(2): content, size and, on the file systems of `Documentation/QueueStates.md`, the name.
    package func synchronize() throws(Errno) {
        try checkCall(fsync(number))
    }

    /// Writes the file out and waits, without a flush: its blocks have their place before the name appears.
    package func writeOut() throws(Errno) {
        try check(linux_write_out(number))
    }

    /// fchmod(2).
    package func setPermissions(_ mode: UInt32) throws(Errno) {
        try checkCall(fchmod(number, mode))
    }

    /// fchown(2); nil keeps.
    package func setOwner(_ owner: UInt32?, group: UInt32?) throws(Errno) {
        try checkCall(fchown(number, owner ?? UInt32.max, group ?? UInt32.max))
    }

    /// ftruncate(2).
    package func truncate(to size: Int) throws(Errno) {
        try checkCall(ftruncate(number, size))
    }

    /// Sets the time of modification, in nanoseconds since the epoch.
    package func setModified(_ time: Int64) throws(Errno) {
        let (seconds, nanoseconds) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        let moment = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
        try checkCall(unsafe [moment, moment].withUnsafeBufferPointer { unsafe futimens(number, $0.baseAddress) })
    }

    /// memfd_create(2) with content: a file that nobody else has.
    package static func memory(_ name: String, _ content: [UInt8]) throws(Errno) -> Descriptor {
        let file = Descriptor(owning: try check(unsafe linux_memory_file(name)))
        try file.write(content, at: 0)
        return file
    }

    /// Locks the whole file (fcntl(2)); false when another holds it and `wait` is false.
    ///
    /// `wait` sleeps until it is free: only in an offloaded thread. `perProcess` takes the classic lock that other mail
    /// programs take, released when *any* descriptor of the file is closed by this process; otherwise it is an open
    /// file description lock.
    package func lock(exclusive: Bool, wait: Bool, perProcess: Bool = false) throws(Errno) -> Bool {
        let kind = Int32(exclusive ? linux_lock_write : linux_lock_read)
        while true {
            let result = linux_lock(number, kind, wait ? 1 : 0, perProcess ? 0 : 1)
            if result == 0 { return true }
            let failure = Errno(rawValue: 0 &- result)
            if failure == .interrupted { continue }
            if failure == .resourceTemporarilyUnavailable || failure == .permissionDenied { return false }
            throw failure
        }
    }

    /// Lets a lock of `lock(exclusive:wait:perProcess:)` go.
    package func unlock(perProcess: Bool = false) {
        _ = linux_lock(number, Int32(linux_lock_none), 0, perProcess ? 0 : 1)
    }
}
