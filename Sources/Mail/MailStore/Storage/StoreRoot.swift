// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// The folder of a user's mailboxes.
///
/// It is opened anew for each use, and below it no symbolic link is followed.
struct StoreRoot: Sendable, Equatable {
    let path: String
    /// The uid of the process, which owns what it serves.
    let owner: UInt32
    /// Whether the way to the folder may have links of the system only, and none of users.
    let refusesLinks: Bool

    init(path: String, owner: UInt32 = Identity.effectiveUser, refusesLinks: Bool = false) {
        self.path = path
        self.owner = owner
        self.refusesLinks = refusesLinks
    }

    /// Opens the folder.
    ///
    /// Links on the way are followed where they are the system's, or where they lead to a folder of the owner's.
    func open() throws(Errno) -> Descriptor {
        refusesLinks ? try .openTrustedFolder(path) : try openOwnedFolder(path, owner: owner)
    }

    /// Opens the folder, made with mode 0700 where it is not there.
    func make() throws(Errno) -> Descriptor {
        do throws(Errno) {
            return try open()
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
            try makeDirectories(path, permissions: 0o700)
            return try open()
        }
    }

    /// Opens a folder below this one.
    func folder(_ parts: [String]) throws(Errno) -> Descriptor {
        let root = try open()
        return parts.isEmpty ? root : try root.openBeneath(parts.joined(separator: "/"), .directory)
    }

    /// Opens a folder below this one; what is missing on the way is made with mode 0700.
    func makeFolder(_ parts: [String]) throws(Errno) -> Descriptor {
        let root = try make()
        return parts.isEmpty ? root : try root.makeFolders(parts, permissions: 0o700)
    }
}

/// Opens a folder by its path.
///
/// A link that is not the system's may lead to a folder of `owner` only: to others a process may have rights that the
/// owner has not, such as those of its groups.
func openOwnedFolder(_ path: String, owner: UInt32) throws(Errno) -> Descriptor {
    do throws(Errno) {
        return try .openTrustedFolder(path)
    } catch {
        guard error == .tooManySymbolicLinkLevels else { throw error }
        let folder = try Descriptor.open(path, .directory)
        guard try folder.status().owner == owner else { throw error }
        return folder
    }
}
