// SPDX-License-Identifier: Apache-2.0
internal import CLinux
package import SystemPackage

/// Ways to open a path on which somebody else may have put symbolic links.
extension Descriptor {
    /// How many links of root are followed.
    private static let linkLimit = 16

    /// Opens a file below this directory; a link anywhere on the way is refused (ELOOP), and so is `..` out of it.
    package func openBeneath(_ path: String, _ mode: OpenMode, permissions: UInt32 = 0o600) throws(Errno) -> Descriptor
    {
        do throws(Errno) {
            return Descriptor(owning: try check(unsafe linux_open_beneath(number, path, mode.flags, permissions, 0)))
        } catch {
            guard error == .noFunction else { throw error }
            return try openByLevels(path, mode, permissions: permissions)
        }
    }

    /// `openBeneath` for kernels without openat2(2): one level after the other.
    func openByLevels(_ path: String, _ mode: OpenMode, permissions: UInt32 = 0o600) throws(Errno) -> Descriptor {
        let parts = path.split(separator: "/").map(String.init)
        guard !path.hasPrefix("/"), !parts.contains(".."), let last = parts.last else { throw .invalidArgument }
        var folder = try open(".", .folderPath)
        for part in parts.dropLast() { folder = try folder.openFolder(part) }
        let noFollow = OpenMode(flags: mode.flags | OpenMode.readNoFollow.flags)
        do throws(Errno) {
            return try folder.open(last, noFollow, permissions: permissions)
        } catch {
            throw folder.linkError(error, last)
        }
    }

    /// A directory of this one as a place; a link is refused (ELOOP).
    private func openFolder(_ name: String) throws(Errno) -> Descriptor {
        do throws(Errno) {
            return try open(name, .folderPath)
        } catch {
            throw linkError(error, name)
        }
    }

    /// A link where a directory is wanted is ENOTDIR to open(2): it is told as what it is.
    private func linkError(_ error: Errno, _ name: String) -> Errno {
        error == .notDirectory && (try? status(of: name))?.kind == .symbolicLink ? .tooManySymbolicLinkLevels : error
    }

    /// Opens a directory by an absolute path on which only links of the system are followed.
    ///
    /// Those belong to root, in folders where only root may write. Any other is refused (ELOOP).
    package static func openTrustedFolder(_ path: String) throws(Errno) -> Descriptor {
        guard path.hasPrefix("/") else { throw .invalidArgument }
        let mode = OpenMode.directory.flags
        let direct = unsafe linux_open_beneath(Int32(linux_at_cwd), path, mode, 0, 1)
        if direct >= 0 { return Descriptor(owning: direct) }
        let failure = Errno(rawValue: 0 &- direct)
        guard failure == .tooManySymbolicLinkLevels || failure == .noFunction else { throw failure }
        return try walkTrustedFolder(path)
    }

    /// `openTrustedFolder`, one level after the other.
    static func walkTrustedFolder(_ path: String) throws(Errno) -> Descriptor {
        var folder = try open("/", .path)
        var ahead = Array(path.split(separator: "/").map(String.init).reversed())
        var links = 0
        while let part = ahead.popLast() {
            let status = try folder.status(of: part)
            guard status.kind == .symbolicLink else {
                folder = try folder.openFolder(part)
                continue
            }
            let holder = try folder.status()
            links += 1
            guard status.owner == 0, holder.owner == 0, holder.mode & 0o022 == 0, links <= linkLimit else {
                throw .tooManySymbolicLinkLevels
            }
            let target = try folder.linkTarget(of: part)
            if target.hasPrefix("/") { folder = try open("/", .path) }
            ahead += target.split(separator: "/").map(String.init).reversed()
        }
        return try folder.open(".", .directory)
    }

    /// A file of a trusted folder as a place; a link is opened itself.
    static func openTrustedFile(_ path: String) throws(Errno) -> Descriptor {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { throw .invalidArgument }
        let folder = try openTrustedFolder(slash == path.startIndex ? "/" : String(path[..<slash]))
        return try folder.open(
            String(path[path.index(after: slash)...]),
            OpenMode(flags: OpenMode.path.flags | OpenMode.readNoFollow.flags)
        )
    }

    /// readlinkat(2) of a name in this directory.
    package func linkTarget(of name: String) throws(Errno) -> String {
        var room = [CChar](repeating: 0, count: 4096)
        let count = unsafe linux_read_link(number, name, &room, room.count)
        guard count >= 0 else { throw Errno(rawValue: Int32(0 &- count)) }
        return String(decoding: room.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Opens a directory below this one, and makes what is missing on the way with the given permissions.
    package func makeFolders(_ parts: [String], permissions: UInt32) throws(Errno) -> Descriptor {
        var folder = try open(".", .directory)
        for part in parts {
            do throws(Errno) {
                try folder.makeDirectory(part, permissions: permissions)
            } catch {
                guard error == .fileExists else { throw error }
            }
            folder = try folder.openBeneath(part, .directory)
        }
        return folder
    }
}
