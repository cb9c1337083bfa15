// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
package import SystemPackage

/// The system calls that a process may make (seccomp(2)); every other one answers ENOSYS.
///
/// What every daemon needs is always there: the use of open descriptors, reading of files, memory, threads, timers,
/// signals to itself. No daemon starts a process, and none reads or changes the limits of another.
package struct SystemCalls: Sendable, Equatable {
    /// Calls beyond the usual ones.
    package enum Group: String, Sendable, CaseIterable {
        /// Changes of files and folders.
        case files
        /// bind(2) and listen(2).
        case listen
        /// A second sandbox, and giving capabilities up.
        case confine
    }

    /// The kinds of sockets that may be made and connected.
    package enum Domain: String, Sendable, CaseIterable {
        case unix
        /// IPv4 and IPv6, and the question which addresses the host has.
        case internet
    }

    /// The ids that may be taken, besides those that the process has.
    package struct Allowed: Sendable, Equatable {
        /// The smallest user id; never 0.
        package let minimumUser: UInt32
        /// The smallest group id; never 0.
        package let minimumGroup: UInt32
        /// Groups below that may be taken all the same, 16 at the most.
        package let groups: [UInt32]

        package init(minimumUser: UInt32, minimumGroup: UInt32, groups: [UInt32] = []) {
            self.minimumUser = max(1, minimumUser)
            self.minimumGroup = max(1, minimumGroup)
            self.groups = groups.filter { $0 != 0 }
        }
    }

    /// Which changes of identity are allowed.
    package enum Identities: Sendable, Equatable {
        /// None.
        case kept
        /// setfsgid(2) to these groups and back: for folders that belong to a group, such as a mail spool.
        case fileGroups([UInt32])
        /// setfsuid(2) and setfsgid(2).
        case files(Allowed)
        /// All ids and the supplementary groups.
        case all(Allowed)

        fileprivate var kind: Int32 {
            switch self {
            case .kept: Int32(linux_identity_kept)
            case .fileGroups, .files: Int32(linux_identity_files)
            case .all: Int32(linux_identity_changes)
            }
        }

        fileprivate var allowed: Allowed {
            switch self {
            case .kept: Allowed(minimumUser: .max, minimumGroup: .max)
            case .fileGroups(let groups): Allowed(minimumUser: .max, minimumGroup: .max, groups: groups)
            case .files(let allowed), .all(let allowed): allowed
            }
        }
    }

    /// The numbers of a process, which its filter names.
    package struct Process: Sendable, Equatable {
        package let pid: UInt32
        package let user: UInt32
        package let group: UInt32

        package init(pid: UInt32, user: UInt32, group: UInt32) {
            self.pid = pid
            self.user = user
            self.group = group
        }

        /// This process.
        package static var own: Process {
            Process(pid: UInt32(bitPattern: getpid()), user: geteuid(), group: getegid())
        }
    }

    package var groups: Set<Group>
    package var sockets: Set<Domain>
    package var identities: Identities

    package init(_ groups: Set<Group> = [], sockets: Set<Domain> = [], identities: Identities = .kept) {
        self.groups = groups
        self.sockets = sockets
        self.identities = identities
    }

    /// The filter as the kernel gets it and gives it back (PTRACE_SECCOMP_GET_FILTER): its instructions, 8 bytes each.
    package func program(for process: Process) throws(Errno) -> [UInt64] {
        var count: Int32 = 0
        let room = Int(linux_seccomp_room)
        var code = [linux_instruction](repeating: linux_instruction(), count: room)
        unsafe withRights(process) { rights in
            count = unsafe linux_seccomp_program(&rights, &code, Int32(room))
        }
        try check(count)
        return code.prefix(Int(count)).map {
            UInt64($0.code) | UInt64($0.yes) << 16 | UInt64($0.no) << 24 | UInt64($0.k) << 32
        }
    }

    /// Restricts all threads of this process for good; another filter can only take more away.
    func apply() throws(Errno) {
        var result: Int32 = 0
        unsafe withRights(.own) { rights in result = unsafe linux_seccomp_apply(&rights) }
        try check(result)
    }

    private func withRights(_ process: Process, _ body: (inout linux_call_rights) -> Void) {
        let allowed = identities.allowed
        unsafe allowed.groups.withUnsafeBufferPointer { listed in
            var rights = unsafe linux_call_rights()
            unsafe rights.calls = groups.reduce(0) { $0 | $1.bit }
            unsafe rights.domains = sockets.reduce(0) { $0 | $1.bit }
            unsafe rights.identity = identities.kind
            unsafe rights.minimum_uid = allowed.minimumUser
            unsafe rights.minimum_gid = allowed.minimumGroup
            unsafe rights.groups_listed = listed.baseAddress
            unsafe rights.groups_count = Int32(listed.count)
            unsafe rights.pid = process.pid
            unsafe rights.uid = process.user
            unsafe rights.gid = process.group
            unsafe body(&rights)
        }
    }
}

extension SystemCalls.Group {
    fileprivate var bit: UInt32 {
        switch self {
        case .files: UInt32(linux_calls_files)
        case .listen: UInt32(linux_calls_listen)
        case .confine: UInt32(linux_calls_confine)
        }
    }
}

extension SystemCalls.Domain {
    fileprivate var bit: UInt32 {
        switch self {
        case .unix: UInt32(linux_domain_unix)
        case .internet: UInt32(linux_domain_internet)
        }
    }
}
