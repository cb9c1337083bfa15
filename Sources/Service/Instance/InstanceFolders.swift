// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
internal import MailQueue
internal import POSIX
package import SystemPackage

/// The folders of an instance, made with their owners and modes before anything listens.
package enum InstanceFolders {
    /// What could not be made, and why.
    package struct Failure: Error, CustomStringConvertible {
        package let path: String
        package let errno: Errno

        package var description: String { "\(path): \(errno)" }
    }

    /// A folder with the rights it must have; these keep daemons of different trust apart.
    private struct Folder {
        let path: String
        let owner: UInt32?
        let group: UInt32?
        let mode: UInt32
    }

    /// Makes what is missing and sets owners and modes right.
    package static func prepare(_ configuration: InstanceConfiguration) throws(Failure) {
        let accounts = configuration.accounts
        let queue = configuration.queueDirectory
        let data = configuration.dataDirectory
        let root: UInt32? = accounts.isRoot ? 0 : nil
        let owner = accounts.owner(.mailOwner)
        let group = accounts.group(.mailOwner)
        let drop = accounts.isRoot ? accounts.dropGroup : nil
        try attempt(queue) { () throws(Errno) in
            try QueueDirectories.prepare(queue, owner: owner, group: group, dropGroup: drop)
        }
        var folders = [
            Folder(path: queue, owner: root, group: root, mode: 0o755),
            // Everybody may pass: each socket has an owner and a mode of its own, and each daemon knows its callers.
            Folder(path: "\(queue)/public", owner: owner, group: drop, mode: 0o711),
            Folder(path: "\(queue)/private", owner: owner, group: group, mode: 0o711),
            Folder(path: "\(queue)/login", owner: root, group: accounts.group(.login), mode: 0o750),
            Folder(path: folder(of: configuration.processIDFile), owner: root, group: root, mode: 0o755),
            Folder(path: data, owner: root, group: root, mode: 0o711),
            Folder(path: "\(data)/queue", owner: owner, group: group, mode: 0o700),
            Folder(path: "\(data)/auth", owner: accounts.owner(.secrets), group: accounts.group(.secrets), mode: 0o700),
            Folder(path: "\(data)/tls", owner: accounts.owner(.secrets), group: accounts.group(.secrets), mode: 0o700),
        ]
        if let base = configuration.dovecot?.baseDirectory, usesBase(configuration, base) {
            folders.append(Folder(path: base, owner: root, group: root, mode: 0o755))
        }
        for folder in folders { try make(folder) }
        for path in socketFolders(configuration) where !folders.contains(where: { $0.path == path }) {
            try attempt(path) { () throws(Errno) in try makeDirectories(path) }
        }
    }

    private static func usesBase(_ configuration: InstanceConfiguration, _ base: String) -> Bool {
        configuration.services.contains { service in
            service.listeners.contains { $0.address.path?.hasPrefix("\(base)/") ?? false }
        }
    }

    /// Sockets may have names with folders: `private/scache/a`.
    private static func socketFolders(_ configuration: InstanceConfiguration) -> Set<String> {
        Set(configuration.services.flatMap(\.listeners).compactMap(\.address.path).map(folder(of:)))
    }

    private static func make(_ folder: Folder) throws(Failure) {
        try attempt(folder.path) { () throws(Errno) in
            try makeDirectories(folder.path)
            // Through a descriptor: between a check of the path and a change of it nothing can be put there.
            let made = try Descriptor.open(folder.path, .directory)
            if folder.owner != nil || folder.group != nil {
                try made.setOwner(folder.owner, group: folder.group)
            }
            try made.setPermissions(folder.mode)
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func attempt(_ path: String, _ body: () throws(Errno) -> Void) throws(Failure) {
        do throws(Errno) {
            try body()
        } catch {
            throw Failure(path: path, errno: error)
        }
    }
}
