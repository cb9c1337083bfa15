// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// Puts a small file in place of an old one so that after a power cut there is either, whole; it is durable afterwards.
///
/// The caller holds a lock that keeps other writers of this name away. Not `flushed`, the new file may be empty or gone
/// after a power cut.
///
/// - Returns: the status of the new file.
@discardableResult
func replaceFile(
    _ name: String,
    with bytes: [UInt8],
    in directory: borrowing Descriptor,
    ordersNames: Bool,
    permissions: UInt32 = 0o600,
    flushed: Bool = true
) throws(Errno) -> FileStatus {
    let temporary = name + ".tmp"
    do throws(Errno) {
        try directory.remove(temporary)
    } catch {
        // A power cut without a journal may have left a directory of that name.
        if error == .isDirectory { try directory.rename(temporary, to: MaildirName.unique(), in: directory) }
    }
    let file = try directory.open(temporary, .createNew, permissions: permissions)
    do throws(Errno) {
        try file.write(bytes, at: 0)
        if flushed { if ordersNames { try file.writeOut() } else { try file.synchronize() } }
        try directory.rename(temporary, to: name, in: directory)
        guard flushed else { return try file.status() }
        if ordersNames { try file.synchronize() } else { try synchronizeDirectory(directory) }
        return try file.status()
    } catch {
        try? directory.remove(temporary)
        throw error
    }
}

/// The whole of a file in a directory, at most `limit` bytes; links are refused.
func readFile(_ name: String, in directory: borrowing Descriptor, limit: Int = 64 << 20) throws(Errno) -> [UInt8] {
    let file = try directory.open(name, .readNoFollow)
    let status = try file.status()
    guard status.kind == .regular else { throw .invalidArgument }
    guard status.size <= limit else { throw .fileTooLarge }
    return try file.read(at: 0, count: status.size)
}

/// What tells that a file is still the same with the same content.
struct FileStamp: Equatable {
    let inode: UInt64
    let size: Int
    let modified: Int64

    init(_ status: FileStatus) {
        inode = status.inode
        size = status.size
        modified = status.modified
    }
}
