// SPDX-License-Identifier: Apache-2.0
internal import CCap
internal import CLinux
internal import Glibc
package import SystemPackage

/// A capability that some daemon keeps (capabilities(7)).
package enum Capability: String, Sendable, CaseIterable {
    case setUID = "cap_setuid"
    case setGID = "cap_setgid"
    case changeOwner = "cap_chown"
    case readAnything = "cap_dac_read_search"
    case kill = "cap_kill"
    case bindService = "cap_net_bind_service"
    case chroot = "cap_sys_chroot"
}

/// Giving rights up, for good.
package enum Privileges {
    /// Whether this process may become others at all.
    package static var isRoot: Bool { geteuid() == 0 }

    /// Becomes `identity` for good, keeping only `capabilities`; without root only the capabilities are dropped.
    ///
    /// The bounding set is emptied of the others too, so that not even an executable with file capabilities brings one
    /// back.
    package static func drop(to identity: Identity, keeping capabilities: Set<Capability>) throws(Errno) {
        guard isRoot else { return }
        for number in 0..<Int32(64) where cap_get_bound(cap_value_t(number)) >= 0 {
            if !capabilities.contains(where: { $0.number == number }) { _ = cap_drop_bound(cap_value_t(number)) }
        }
        if !capabilities.isEmpty { try check(linux_keep_capabilities(1)) }
        try become(identity)
        if !capabilities.isEmpty {
            try check(linux_keep_capabilities(0))
            try limit(to: capabilities)
        }
    }

    /// Sets real, effective and saved ids and the groups, for all threads.
    ///
    /// A process that forbids dumps still does after it.
    ///
    /// - Parameters:
    ///   - identity: The user.
    ///   - savedGroup: The saved gid where it is another one than the user's: no file is reached through it, but
    ///     `asGroup` can take it for a moment, without any capability.
    /// - Throws: What the system answers; the ids may have changed in part then.
    package static func become(_ identity: Identity, savedGroup: UInt32? = nil) throws(Errno) {
        let groups = identity.groups.map { gid_t($0) }
        let saved = savedGroup.map { Int64($0) } ?? -1
        let isDumpable = linux_is_dumpable() != 0
        try check(unsafe linux_set_ids(Int64(identity.uid), Int64(identity.gid), saved, groups, Int32(groups.count)))
        if !isDumpable { forbidDumping() }
    }

    /// Runs `body` with another file-system group in the calling thread alone, and takes the process's own again.
    ///
    /// The group is one of the three of this process, or CAP_SETGID is there. `body` is synchronous, so nothing else runs
    /// in this thread meanwhile.
    package static func asGroup<R: ~Copyable>(_ group: UInt32, _ body: () throws(Errno) -> R) throws(Errno) -> R {
        defer {
            // It cannot fail: this is the thread's own effective group. The kernel makes a process dumpable at each change.
            _ = linux_set_fs_group(getegid())
            forbidDumping()
        }
        try check(linux_set_fs_group(group))
        return try body()
    }

    /// Keeps only `capabilities`, in all sets.
    package static func limit(to capabilities: Set<Capability>) throws(Errno) {
        let names = capabilities.map(\.rawValue).sorted().joined(separator: ",")
        guard let set = unsafe cap_from_text(names.isEmpty ? "=" : "\(names)=ep") else { throw Errno.current }
        defer { unsafe cap_free(UnsafeMutableRawPointer(set)) }
        try checkCall(unsafe cap_set_proc(set))
    }

    /// No exec gives more rights than this process has (PR_SET_NO_NEW_PRIVS).
    package static func forbidNewPrivileges() throws(Errno) {
        try check(linux_no_new_privs())
    }

    /// Takes the file-system ids of a mail's owner in the calling thread only.
    ///
    /// Needs CAP_SETUID and CAP_SETGID; used in offloaded threads, so that one process delivers for many at once. A
    /// process that forbids dumps still does after it.
    package static func setFileSystemIdentity(uid: UInt32, gid: UInt32) throws(Errno) {
        try check(linux_set_fs_ids(uid, gid))
    }

    /// Keeps the process's memory from core dumps, from ptrace(2) and from /proc.
    ///
    /// The kernel allows dumps again at each change of identity; the functions of this type forbid them again.
    package static func forbidDumping() {
        _ = linux_not_dumpable()
    }

    /// Whether the process's memory is kept from dumps.
    package static var forbidsDumping: Bool { linux_is_dumpable() == 0 }
}

extension Capability {
    var number: Int32 {
        var value = cap_value_t()
        return unsafe cap_from_name(rawValue, &value) == 0 ? Int32(value) : -1
    }
}
