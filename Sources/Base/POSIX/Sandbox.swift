// SPDX-License-Identifier: Apache-2.0
internal import CLinux
package import SystemPackage

/// What the kernel lets a process reach, whatever its uid may: Landlock for files, seccomp for system calls.
///
/// Apply it before the first thread besides the main one exists: Landlock binds a thread (`FACTS`: and those it makes
/// later).
package struct Sandbox: Sendable, Equatable {
    /// Folders and files that may be read; those that do not exist are passed over.
    package var reads: [String]
    /// Folders below which everything may be read, made, changed and removed.
    package var writes: [String]
    /// Folders below which programs may be run.
    package var executes: [String]
    /// Files that may be read, written and cut, and no others beside them.
    package var files: [String] = []
    /// Folders in which files may be made and removed, but not opened.
    package var lockFolders: [String] = []
    /// Whether setfsgid(2) stays although `.identity` is refused: the kernel lets it take the process's own gids only.
    package var keepsFileSystemGroup = false
    /// System calls that are refused, in groups.
    package var refuses: Set<CallGroup>

    /// A group of system calls that a daemon does without (see sandbox.c).
    package enum CallGroup: Int32, Sendable, CaseIterable {
        /// Kernel administration, tracing, mounts, modules: refused to every daemon.
        case never = 0
        /// New programs.
        case spawn = 1
        /// New sockets.
        case network = 2
        /// Change of identity.
        case identity = 3
    }

    package init(
        reads: [String] = [],
        writes: [String] = [],
        executes: [String] = [],
        refuses: Set<CallGroup> = [.never]
    ) {
        self.reads = reads
        self.writes = writes
        self.executes = executes
        self.refuses = refuses.union([.never])
    }

    // linux/landlock.h; the numbers are the kernel's ABI.
    private static let execute: UInt64 = 1 << 0
    private static let writeFile: UInt64 = 1 << 1
    private static let readFile: UInt64 = 1 << 2
    private static let readDirectory: UInt64 = 1 << 3
    private static let removeFile: UInt64 = 1 << 5
    private static let makeRegular: UInt64 = 1 << 8
    private static let refer: UInt64 = 1 << 13
    private static let truncate: UInt64 = 1 << 14
    private static let ioctlDevice: UInt64 = 1 << 15
    private static let firstVersion: UInt64 = (1 << 13) - 1

    /// Restricts the calling thread and the threads it makes from now on.
    ///
    /// - Returns: Whether Landlock took part: older kernels have none, and the ids and seccomp hold alone there.
    package func apply() throws(Errno) -> Bool {
        try Privileges.forbidNewPrivileges()
        let restricted = try restrictFiles()
        var calls: [Int32] = []
        for group in refuses {
            guard var next = unsafe Optional(linux_call_group(group.rawValue)) else { continue }
            while unsafe next.pointee >= 0 {
                let call = unsafe next.pointee
                if !keepsFileSystemGroup || call != linux_call_set_fs_group { calls.append(call) }
                unsafe next += 1
            }
        }
        try check(unsafe linux_seccomp_refuse(calls, Int32(calls.count)))
        return restricted
    }

    private func restrictFiles() throws(Errno) -> Bool {
        let abi = linux_landlock_abi()
        guard abi > 0 else { return false }
        var known = Self.firstVersion
        if abi >= 2 { known |= Self.refer }
        if abi >= 3 { known |= Self.truncate }
        let ruleset = Descriptor(owning: try check(linux_landlock_create(known, 0, 0)))
        let reading = Self.readFile | Self.readDirectory
        try allow(reads, reading & known, in: ruleset)
        try allow(writes, (known & ~Self.execute), in: ruleset)
        let content = (Self.readFile | Self.writeFile | Self.truncate) & known
        for path in files {
            // By the folder, and the file only if it is one: the name may be a link to any other.
            guard let file = try? Descriptor.openTrustedFile(path), (try? file.status().kind) == .regular else {
                continue
            }
            try check(linux_landlock_allow(ruleset.number, file.number, content))
        }
        try allow(lockFolders, (Self.makeRegular | Self.removeFile) & known, in: ruleset)
        try allow(executes, (reading | Self.execute) & known, in: ruleset)
        try check(linux_landlock_restrict(ruleset.number))
        return true
    }

    private func allow(_ paths: [String], _ access: UInt64, in ruleset: borrowing Descriptor) throws(Errno) {
        for path in paths {
            guard let place = try? Descriptor.open(path, .path) else { continue }
            do throws(Errno) {
                try check(linux_landlock_allow(ruleset.number, place.number, access))
            } catch .invalidArgument {
                // A file, which has no rights of directories. The kernel knows: a disk that has failed tells nothing more.
                let fileRights = Self.execute | Self.writeFile | Self.readFile | Self.truncate | Self.ioctlDevice
                try check(linux_landlock_allow(ruleset.number, place.number, access & fileRights))
            }
        }
    }
}
