// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
package import SystemPackage

/// The whole of a file, at most `limit` bytes; larger ones throw EFBIG.
package func readFile(_ path: String, limit: Int = 64 << 20) throws(Errno) -> [UInt8] {
    let file = try Descriptor.open(path, .read)
    let size = try file.status().size
    guard size <= limit else { throw Errno.fileTooLarge }
    // One byte more than expected tells a file that grew; files of /proc have no size at all.
    let bytes = try file.read(at: 0, count: size == 0 ? min(limit, 1 << 20) : size + 1)
    guard bytes.count <= limit else { throw Errno.fileTooLarge }
    return bytes
}

/// Makes a directory with the ones above it; one that is there already is fine.
package func makeDirectories(_ path: String, permissions: UInt32 = 0o755) throws(Errno) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
        made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
        if unsafe mkdir(made, permissions) != 0 {
            let failure = Errno.current
            guard failure == .fileExists else { throw failure }
        }
    }
}

/// stat(2), links followed.
package func fileStatus(_ path: String) throws(Errno) -> FileStatus {
    var info = stat()
    try checkCall(unsafe stat(path, &info))
    return FileStatus(info)
}

/// readlink(2): what a symbolic link says, at most 4095 bytes of it.
package func linkTarget(_ path: String) throws(Errno) -> String {
    var target = [UInt8](repeating: 0, count: 4095)
    let count = unsafe target.withUnsafeMutableBytes { bytes in
        unsafe bytes.baseAddress.map { start in
            unsafe readlink(path, start.assumingMemoryBound(to: CChar.self), bytes.count)
        } ?? -1
    }
    guard count >= 0 else { throw .current }
    return String(decoding: target.prefix(count), as: UTF8.self)
}

/// unlink(2); a name that is not there is fine.
package func removeFile(_ path: String) throws(Errno) {
    guard unsafe unlink(path) != 0 else { return }
    let failure = Errno.current
    guard failure == .noSuchFileOrDirectory else { throw failure }
}

/// chown(2) and chmod(2) of a path; nil keeps.
package func setAccess(_ path: String, owner: UInt32? = nil, group: UInt32? = nil, mode: UInt32? = nil) throws(Errno) {
    if owner != nil || group != nil {
        try checkCall(unsafe chown(path, owner ?? UInt32.max, group ?? UInt32.max))
    }
    if let mode { try checkCall(unsafe chmod(path, mode)) }
}

/// Sets owner and group of a name itself, never of what a symbolic link points to (lchown(2)); nil keeps.
package func setOwnerNoFollow(_ path: String, owner: UInt32?, group: UInt32?) throws(Errno) {
    try checkCall(unsafe lchown(path, owner ?? UInt32.max, group ?? UInt32.max))
}
