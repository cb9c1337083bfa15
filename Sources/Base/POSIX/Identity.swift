// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
package import SystemPackage

/// A user of the system (passwd(5)), looked up through NSS: before the sandbox, or where blocking is allowed.
package struct Identity: Sendable, Equatable {
    package let name: String
    package let uid: UInt32
    package let gid: UInt32
    package let home: String
    package let shell: String
    /// All groups, `gid` among them.
    package let groups: [UInt32]

    /// A made-up identity, for ids that have no name.
    package init(name: String, uid: UInt32, gid: UInt32, home: String = "/", shell: String = "", groups: [UInt32] = [])
    {
        self.name = name
        self.uid = uid
        self.gid = gid
        self.home = home
        self.shell = shell
        self.groups = groups.isEmpty ? [gid] : groups
    }

    /// The user of that name; nil when there is none; throws when the directory does not answer.
    package static func named(_ name: String) throws(Errno) -> Identity? {
        guard !name.isEmpty, !name.utf8.contains(0) else { return nil }
        return try unsafe lookup { entry, buffer, size, result in unsafe getpwnam_r(name, entry, buffer, size, result) }
    }

    /// The user with that id.
    package static func numbered(_ uid: UInt32) throws(Errno) -> Identity? {
        try unsafe lookup { entry, buffer, size, result in unsafe getpwuid_r(uid, entry, buffer, size, result) }
    }

    /// The id of the group of that name.
    package static func group(named name: String) throws(Errno) -> UInt32? {
        guard !name.isEmpty, !name.utf8.contains(0) else { return nil }
        var room = [CChar](repeating: 0, count: 65536)
        var entry = unsafe Glibc.group()
        var result: UnsafeMutablePointer<Glibc.group>?
        let failure = unsafe getgrnam_r(name, &entry, &room, room.count, &result)
        guard failure == 0 else { throw Errno(rawValue: failure) }
        return unsafe result?.pointee.gr_gid
    }

    /// Who this process is.
    package static var effectiveUser: UInt32 { geteuid() }
    /// The group this process works as.
    package static var effectiveGroup: UInt32 { getegid() }

    private static func lookup(
        _ call: (
            UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> Int32
    ) throws(Errno) -> Identity? {
        var room = [CChar](repeating: 0, count: 16384)
        var entry = unsafe passwd()
        var result: UnsafeMutablePointer<passwd>?
        let failure = unsafe call(&entry, &room, room.count, &result)
        // These mean "no such user" with some name services (getpwnam(3)).
        if [ENOENT, ESRCH, EBADF, EPERM].contains(failure) { return nil }
        guard failure == 0 else { throw Errno(rawValue: failure) }
        guard unsafe result != nil else {
            try checkAccountsAreReadable()
            return nil
        }
        let name = unsafe String(cString: entry.pw_name)
        var groups = [gid_t](repeating: 0, count: 256)
        let count = unsafe linux_group_list(name, entry.pw_gid, &groups, Int32(groups.count))
        return unsafe Identity(
            name: name,
            uid: entry.pw_uid,
            gid: entry.pw_gid,
            home: String(cString: entry.pw_dir),
            shell: String(cString: entry.pw_shell),
            groups: count > 0 ? Array(groups.prefix(Int(count))) : [entry.pw_gid]
        )
    }

    /// Throws where passwd(5) is there and cannot be read: the name service says "no such user" then, which a mail system
    /// must not believe.
    package static func checkAccountsAreReadable() throws(Errno) {
        do throws(Errno) {
            try Descriptor.open("/etc/passwd", .read).close()
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
        }
    }
}

extension Identity {
    /// Whether the permissions let this user read a file and pass the folders above it; access lists are not looked at.
    ///
    /// Asked by root before it becomes the user. What cannot be looked at counts as unreadable.
    package func mayRead(_ path: String) -> Bool {
        guard path.hasPrefix("/"), let file = try? fileStatus(path), permits(file, 4) else { return false }
        var folder = path
        while let slash = folder.lastIndex(of: "/") {
            folder = String(folder[..<slash])
            guard let status = try? fileStatus(folder.isEmpty ? "/" : folder), permits(status, 1) else { return false }
        }
        return true
    }

    private func permits(_ status: FileStatus, _ bit: UInt32) -> Bool {
        let shift: UInt32 = status.owner == uid ? 6 : groups.contains(status.group) ? 3 : 0
        return uid == 0 || status.mode >> shift & bit != 0
    }
}
