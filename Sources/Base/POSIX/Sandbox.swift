// SPDX-License-Identifier: Apache-2.0
internal import CLinux
package import SystemPackage

/// What the kernel lets a process reach, whatever its uid may: Landlock for files, seccomp for system calls.
///
/// Apply it before the first thread besides the main one exists: Landlock binds a thread, and those that it makes later.
package struct Sandbox: Sendable, Equatable {
    /// Folders and files that may be read; those that do not exist are passed over.
    package var reads: [String]
    /// Folders below which files and folders may be read, made, changed and removed.
    ///
    /// No program can be run there, no device, FIFO or link made, and a socket only where `calls` has `.listen`.
    package var writes: [String]
    /// Files that may be read, written and cut, and no others beside them.
    package var files: [String] = []
    /// Folders in which files may be made and removed, but not opened.
    package var lockFolders: [String] = []
    /// The system calls.
    package var calls: SystemCalls

    package init(reads: [String] = [], writes: [String] = [], calls: SystemCalls = SystemCalls()) {
        self.reads = reads
        self.writes = writes
        self.calls = calls
    }

    /// What came of a sandbox.
    package struct Outcome: Sendable, Equatable {
        /// Whether Landlock took part; without it the ids and seccomp hold alone.
        package let hasLandlock: Bool
        /// The folders of `writes` that cannot be opened, with the reason: nothing can be written there, not even once they
        /// exist.
        package let missing: [String]
    }

    /// The version of Landlock in this kernel (its ABI); 0 where there is none.
    package static var landlockVersion: Int { max(0, Int(linux_landlock_abi())) }

    /// The version from which Landlock has all that relais asks for: signals and abstract sockets stay among the
    /// processes of one sandbox.
    package static let completeLandlockVersion = 6

    // linux/landlock.h; the numbers are the kernel's ABI.
    private static let execute: UInt64 = 1 << 0
    private static let writeFile: UInt64 = 1 << 1
    private static let readFile: UInt64 = 1 << 2
    private static let readDirectory: UInt64 = 1 << 3
    private static let removeFile: UInt64 = 1 << 5
    private static let makeCharacterDevice: UInt64 = 1 << 6
    private static let makeRegular: UInt64 = 1 << 8
    private static let makeSocket: UInt64 = 1 << 9
    private static let makeFIFO: UInt64 = 1 << 10
    private static let makeBlockDevice: UInt64 = 1 << 11
    private static let makeSymbolicLink: UInt64 = 1 << 12
    private static let refer: UInt64 = 1 << 13
    private static let truncate: UInt64 = 1 << 14
    private static let ioctlDevice: UInt64 = 1 << 15
    private static let firstVersion: UInt64 = (1 << 13) - 1
    private static let scopes: UInt64 = 1 << 0 | 1 << 1

    /// Restricts the calling thread and the threads it makes from now on.
    package func apply() throws(Errno) -> Outcome {
        try Privileges.forbidNewPrivileges()
        let outcome = try restrictFiles()
        try calls.apply()
        return outcome
    }

    private func restrictFiles() throws(Errno) -> Outcome {
        let version = Self.landlockVersion
        guard version > 0 else { return Outcome(hasLandlock: false, missing: []) }
        var known = Self.firstVersion
        if version >= 2 { known |= Self.refer }
        if version >= 3 { known |= Self.truncate }
        if version >= 5 { known |= Self.ioctlDevice }
        let scopes = version >= Self.completeLandlockVersion ? Self.scopes : 0
        let ruleset = Descriptor(owning: try check(linux_landlock_create(known, 0, scopes)))
        let reading = Self.readFile | Self.readDirectory
        for path in reads {
            guard let place = try? Descriptor.open(path, .path) else { continue }
            try allow(place, reading, in: ruleset)
        }
        var withheld =
            Self.execute | Self.makeCharacterDevice | Self.makeBlockDevice | Self.makeFIFO | Self.makeSymbolicLink
            | Self.ioctlDevice
        if !calls.groups.contains(.listen) { withheld |= Self.makeSocket }
        var missing: [String] = []
        for path in writes {
            do throws(Errno) {
                let place = try Descriptor.open(path, .path)
                try allow(place, known & ~withheld, in: ruleset)
            } catch {
                missing.append("\(path): \(error)")
            }
        }
        for path in files {
            // By the folder, and the file only if it is one: the name may be a link to any other.
            guard let file = try? Descriptor.openTrustedFile(path), (try? file.status().kind) == .regular else {
                continue
            }
            let content = (Self.readFile | Self.writeFile | Self.truncate) & known
            try check(linux_landlock_allow(ruleset.number, file.number, content))
        }
        for path in lockFolders {
            guard let place = try? Descriptor.open(path, .path) else { continue }
            try allow(place, Self.makeRegular | Self.removeFile, in: ruleset)
        }
        try check(linux_landlock_restrict(ruleset.number))
        return Outcome(hasLandlock: true, missing: missing)
    }

    private func allow(
        _ place: borrowing Descriptor,
        _ access: UInt64,
        in ruleset: borrowing Descriptor
    ) throws(Errno) {
        do throws(Errno) {
            try check(linux_landlock_allow(ruleset.number, place.number, access))
        } catch .invalidArgument {
            // A file, which has no rights of directories. The kernel knows: a disk that has failed does not answer stat(2).
            let fileRights = Self.writeFile | Self.readFile | Self.truncate
            try check(linux_landlock_allow(ruleset.number, place.number, access & fileRights))
        }
    }
}
