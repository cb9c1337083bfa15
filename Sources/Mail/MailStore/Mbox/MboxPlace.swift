// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// Where an mbox is: a folder and a name in it.
struct MboxPlace: Sendable {
    /// How the folder is found.
    enum Folder: Sendable {
        /// A path of a delivery to that owner.
        case path(String, owner: UInt32)
        /// Below the folder of the user's mailboxes.
        case store(StoreRoot, parts: [String])
        /// Among the INBOXes of others.
        case spool(SpoolFolder)
    }

    let folder: Folder
    let name: String

    /// The mbox at a path, for a delivery to `owner`.
    init(path: String, owner: UInt32) {
        let (folder, name) = splitPath(path)
        self.folder = .path(folder, owner: owner)
        self.name = name
    }

    /// An mbox of a store; `parts` are the levels below its root.
    init(_ root: StoreRoot, parts: [String]) {
        folder = .store(root, parts: Array(parts.dropLast()))
        name = parts.last ?? ""
    }

    /// INBOX in a spool.
    init(_ spool: SpoolFolder, name: String) {
        folder = .spool(spool)
        self.name = name
    }

    /// The folder's path, for what is said of it and for inotify(7).
    var folderPath: String {
        switch folder {
        case .path(let path, _): path
        case .store(let root, let parts): ([root.path] + parts).joined(separator: "/")
        case .spool(let spool): spool.path
        }
    }

    var path: String { folderPath + (folderPath.hasSuffix("/") ? "" : "/") + name }

    /// The spool's own descriptor is kept; any other folder is opened anew.
    func openFolder() throws(Errno) -> Descriptor {
        switch folder {
        case .path(let path, let owner): try openOwnedFolder(path, owner: owner)
        case .store(let root, let parts): try root.folder(parts)
        case .spool(let spool): try spool.descriptor.duplicate()
        }
    }

    /// Opens the folder; what is missing of a store is made.
    func makeFolder() throws(Errno) -> Descriptor {
        guard case .store(let root, let parts) = folder else { return try openFolder() }
        return try root.makeFolder(parts)
    }

    /// How lock files are made there.
    var lockMaking: DotLock.Making {
        guard case .spool(let spool) = folder else { return .own }
        return DotLock.Making(group: spool.group, isMark: true)
    }
}
