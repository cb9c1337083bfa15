// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
package import SystemPackage

extension Descriptor {
    /// unlinkat(2) of a name in this directory.
    package func remove(_ name: String) throws(Errno) {
        try checkCall(unsafe unlinkat(number, name, 0))
    }

    /// unlinkat(2) of an empty directory in this one.
    package func removeDirectory(_ name: String) throws(Errno) {
        try checkCall(unsafe unlinkat(number, name, AT_REMOVEDIR))
    }

    /// mkdirat(2) in this directory.
    package func makeDirectory(_ name: String, permissions: UInt32) throws(Errno) {
        try checkCall(unsafe mkdirat(number, name, permissions))
    }

    /// renameat(2) from a name in this directory to one in `target`; what stood there is replaced.
    package func rename(_ name: String, to newName: String, in target: borrowing Descriptor) throws(Errno) {
        try checkCall(unsafe renameat(number, name, target.number, newName))
    }

    /// renameat2(2) with RENAME_NOREPLACE: EEXIST where the new name is taken.
    package func renameNew(_ name: String, to newName: String, in target: borrowing Descriptor) throws(Errno) {
        try check(unsafe linux_rename_noreplace(number, name, target.number, newName))
    }

    /// linkat(2): a second name for a file of this directory.
    package func link(_ name: String, as newName: String, in target: borrowing Descriptor) throws(Errno) {
        try checkCall(unsafe linkat(number, name, target.number, newName, 0))
    }

    /// The names in this directory without `.` and `..`, unsorted, at most `limit`.
    package func names(limit: Int = .max) throws(Errno) -> [String] {
        let stream = try unsafe openStream()
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while names.count < limit, let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Hands the name of every regular file in this directory to `body` as the bytes it has on disk; where the file system
    /// does not tell kinds, names of other files too.
    package func forEachFile(_ body: (borrowing Span<UInt8>, _ inode: UInt64) -> Void) throws(Errno) {
        let stream = try unsafe openStream()
        defer { unsafe closedir(stream) }
        while let entry = unsafe readdir(stream) {
            let kind = unsafe Int(entry.pointee.d_type)
            guard kind == DT_REG || kind == DT_UNKNOWN else { continue }
            let inode = unsafe UInt64(entry.pointee.d_ino)
            unsafe withUnsafeBytes(of: &entry.pointee.d_name) { room in
                let name = unsafe room.prefix { $0 != 0 }
                unsafe body(
                    Span<UInt8>(
                        _unsafeElements: UnsafeBufferPointer(rebasing: room.bindMemory(to: UInt8.self)[0..<name.count])
                    ),
                    inode
                )
            }
        }
    }

    /// This directory for readdir(3), to be closed with closedir(3).
    ///
    /// With a descriptor of its own: readdir(3) moves the position, which duplicates share.
    private func openStream() throws(Errno) -> OpaquePointer {
        let own = try check(unsafe linux_open(number, ".", O_RDONLY | O_DIRECTORY, 0))
        guard let stream = unsafe fdopendir(own) else {
            let failure = Errno.current
            _ = Glibc.close(own)
            throw failure
        }
        return unsafe stream
    }
}
