// SPDX-License-Identifier: Apache-2.0
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import POSIX

/// Ends an exit test with its exit status 100 and more where something does not hold.
private func insist(_ number: Int32, _ holds: Bool) {
    if !holds { exit(100 + number) }
}

/// Each in a process of its own: a sandbox is for good.
@Suite struct SandboxTests {
    private static let noLandlock: Comment = "this kernel has no Landlock"

    @Test(.enabled(if: Surroundings.hasLandlock, noLandlock))
    func `Only the named folders can be read, only the named ones written, nothing executed`() async throws {
        let folder = TemporaryFolder()
        try folder.write("read/file", "content")
        try folder.write("write/file", "content")
        try folder.write("secret/file", "content")
        let path = folder.path
        await #expect(processExitsWith: .exitCode(42)) { [path = path as String] in
            let sandbox = Sandbox(reads: ["\(path)/read", "\(path)/none"], writes: ["\(path)/write"])
            let hasLandlock = try sandbox.apply()
            insist(1, hasLandlock)
            func opens(_ name: String, _ mode: OpenMode) -> Bool {
                (try? Descriptor.open("\(path)/\(name)", mode)) != nil ? true : false
            }
            insist(2, opens("read/file", .read))
            insist(3, !opens("read/file", .update))
            insist(4, !opens("read/new", .createNew))
            insist(5, opens("write/file", .update))
            insist(6, opens("write/new", .createNew))
            insist(7, unlink("\(path)/write/new") == 0)
            insist(8, unlink("\(path)/read/file") != 0)
            insist(9, !opens("secret/file", .read))
            // A link into the forbidden does not help, nor does moving a file over.
            insist(10, symlink("\(path)/secret/file", "\(path)/write/link") == 0)
            insist(11, !opens("write/link", .read))
            insist(12, rename("\(path)/secret/file", "\(path)/write/stolen") != 0)
            let child = ChildProcess(path: "/bin/true", arguments: ["true"], environment: [])
            insist(13, (try? child.start()) == nil)
            exit(42)
        }
    }

    @Test func `Refused groups of system calls answer EPERM and do not end the process`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            _ = try Sandbox(reads: ["/"], writes: ["/dev"], executes: ["/"], refuses: [.spawn, .network, .identity])
                .apply()
            insist(14, socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) == -1 && errno == EPERM)
            insist(15, setuid(getuid()) == -1 && errno == EPERM)
            let child = ChildProcess(path: "/bin/true", arguments: ["true"], environment: [])
            do throws(ChildProcess.Failure) {
                _ = try child.start()
                insist(16, false)
            } catch {
                insist(17, error.errno == .notPermitted && error.step == "exec")
            }
            // What a daemon does all day still works.
            let file = try Descriptor.open("/etc/passwd", .read)
            let first = try file.read(at: 0, count: 1)
            insist(18, first.count == 1)
            exit(42)
        }
    }

    @Test func `No daemon may trace, mount or change the kernel, whatever it refuses itself`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            _ = try Sandbox(reads: ["/"]).apply()
            let status = String(decoding: try readFile("/proc/self/status"), as: UTF8.self)
            insist(19, status.contains("Seccomp:\t2"))
            insist(20, status.contains("NoNewPrivs:\t1"))
            insist(21, mount("none", "/mnt", "tmpfs", 0, nil) == -1 && errno == EPERM)
            exit(42)
        }
    }

    @Test(.enabled(if: Surroundings.isRoot, wantsRoot))
    func `Dropped privileges do not come back`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            let somebody = Identity(name: "x", uid: 61_001, gid: 61_002, groups: [61_002])
            try Privileges.drop(to: somebody, keeping: [.readAnything])
            let status = String(decoding: try readFile("/proc/thread-self/status"), as: UTF8.self)
            insist(22, status.contains("Uid:\t61001\t61001\t61001\t61001"))
            insist(23, status.contains("Gid:\t61002\t61002\t61002\t61002"))
            insist(24, status.contains("CapEff:\t0000000000000004"))
            insist(25, status.contains("CapBnd:\t0000000000000004"))
            insist(26, setuid(0) == -1 && setgid(0) == -1 && seteuid(0) == -1)
            // The one that was kept works.
            insist(27, (try? Descriptor.open("/etc/shadow", .read)) != nil ? true : false)
            try Privileges.limit(to: [])
            insist(28, (try? Descriptor.open("/etc/shadow", .read)) != nil ? false : true)
            exit(42)
        }
    }

    @Test(.enabled(if: Surroundings.isRoot, wantsRoot))
    func `File-system ids are a thread's own`() async throws {
        let folder = TemporaryFolder()
        try folder.write("private", "x", mode: 0o600)
        let path = folder["private"]
        let isRefused = try await blocking {
            try Privileges.setFileSystemIdentity(uid: 61_001, gid: 61_002)
            return open(path, O_RDONLY) == -1 && errno == EACCES
        }
        #expect(isRefused)
        #expect(try readFile(path) == Array("x".utf8))
    }
}
