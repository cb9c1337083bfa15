// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import SystemPackage

/// What tells one state of a file on disk from another.
struct FileIdentity: Equatable, Sendable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var modifiedSeconds: Int64
    var modifiedNanoseconds: Int64
    var mode: UInt32
    var owner: UInt32
    var group: UInt32

    /// Reads the state of the file at `path` now.
    init(path: String) throws(Errno) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw Errno(rawValue: errno) }
        self.init(status)
    }

    fileprivate init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        size = Int64(status.st_size)
        modifiedSeconds = Int64(status.st_mtim.tv_sec)
        modifiedNanoseconds = Int64(status.st_mtim.tv_nsec)
        mode = status.st_mode
        owner = status.st_uid
        group = status.st_gid
    }

    /// Tells whether this file was changed after `other`.
    func isNewer(than other: FileIdentity) -> Bool {
        (modifiedSeconds, modifiedNanoseconds) > (other.modifiedSeconds, other.modifiedNanoseconds)
    }
}

/// A source file read into memory, with its identity at that moment.
struct TableFile {
    /// The largest source that is read, in bytes.
    static let sizeLimit = 1 << 30

    /// Where a table comes from, and how the file was when it was read.
    struct Source: Sendable {
        let path: String
        let identity: FileIdentity
    }

    let source: Source
    let contents: [UInt8]

    /// Reads the regular file at `path`.
    ///
    /// - Throws: the system's error; `EFBIG` over ``sizeLimit``, `EINVAL` for what is not a regular file.
    init(reading path: String) throws(Errno) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Errno(rawValue: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw status.st_mode & S_IFMT == S_IFDIR ? .isDirectory : .invalidArgument
        }
        guard status.st_size <= Self.sizeLimit else { throw .fileTooLarge }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size) + 1)
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0 {
                guard errno == EINTR else { throw Errno(rawValue: errno) }
                continue
            }
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= Self.sizeLimit else { throw .fileTooLarge }
        }
        contents = bytes
        source = Source(path: path, identity: FileIdentity(status))
    }
}
