// SPDX-License-Identifier: Apache-2.0

import Glibc
package import SystemPackage

/// Reading and replacing configuration files: the only place of this module that touches the file system.
package enum ConfigurationFile {
    /// The longest file that is read, in bytes; a longer one is refused with `EFBIG`.
    package static let lengthLimit = 8 << 20

    /// Reads a whole file.
    ///
    /// - Throws: What open(2) or read(2) said, or `Errno.fileTooLarge`.
    package static func read(_ path: String) throws(Errno) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
            return try file.closeAfter {
                var content: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 65536)
                while true {
                    let count = try unsafe chunk.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
                    if count == 0 { return content }
                    guard content.count + count <= lengthLimit else { throw Errno.fileTooLarge }
                    content.append(contentsOf: chunk[..<count])
                }
            }
        } catch let error as Errno {
            throw error
        } catch {
            throw .ioError
        }
    }

    /// Replaces a file in one step: a reader, or a machine that lost its power, sees the old content or the new one.
    ///
    /// Owner and mode are kept, a symbolic link is followed. A file that does not exist yet is made with mode 0644.
    /// - Throws: What the failing system call said; the old file is untouched then.
    package static func replace(_ path: String, with content: [UInt8]) throws(Errno) {
        let target = resolved(path)
        let temporary = "\(target).\(getpid()).new"
        do {
            let file = try FileDescriptor.open(
                FilePath(temporary),
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: FilePermissions(rawValue: 0o644)
            )
            do {
                try file.closeAfter {
                    var old = stat()
                    if unsafe stat(target, &old) == 0 {
                        if fchown(file.rawValue, old.st_uid, old.st_gid) != 0, geteuid() == 0 { throw lastError }
                        guard fchmod(file.rawValue, old.st_mode & 0o7777) == 0 else { throw lastError }
                    }
                    _ = try file.writeAll(content)
                    guard fsync(file.rawValue) == 0 else { throw lastError }
                }
                guard unsafe rename(temporary, target) == 0 else { throw lastError }
            } catch {
                _ = unsafe unlink(temporary)
                throw error
            }
            try syncFolder(of: target)
        } catch let error as Errno {
            throw error
        } catch {
            throw .ioError
        }
    }

    /// Returns the paths that match a shell pattern, sorted; none where nothing matches.
    package static func matching(_ pattern: String) -> [String] {
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        guard unsafe glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(unsafe found.gl_pathc)).compactMap { index in
            guard let path = unsafe found.gl_pathv[index] else { return nil }
            return unsafe String(cString: path)
        }
    }

    private static func syncFolder(of path: String) throws {
        let folder = try FileDescriptor.open(FilePath(path).removingLastComponentOrHere, .readOnly)
        try folder.closeAfter {
            guard fsync(folder.rawValue) == 0 else { throw lastError }
        }
    }

    private static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    private static var lastError: Errno { Errno(rawValue: errno) }
}

extension FilePath {
    /// The folder of a path, `.` for a bare name.
    fileprivate var removingLastComponentOrHere: FilePath {
        let folder = removingLastComponent()
        return folder.isEmpty ? FilePath(".") : folder
    }
}
