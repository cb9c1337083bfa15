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

private enum IDKind { case user, group }

/// Takes ids in this thread alone by setresuid(2) or setresgid(2), as a process with one thread does.
///
/// The C library's functions ask the other threads of a test too, which have other capabilities. Returns the errno, 0 where it
/// succeeded.
private func takeIDs(_ kind: IDKind, _ id: Int) -> Int32 {
    typealias Call = @convention(c) (Int, Int, Int, Int) -> Int
    guard let symbol = dlsym(nil, "syscall") else { return -1 }
    #if arch(x86_64)
        let number = kind == .user ? 117 : 119
    #else
        let number = kind == .user ? 147 : 149
    #endif
    return unsafeBitCast(symbol, to: Call.self)(number, id, id, id) == 0 ? 0 : errno
}

private func withAbstractAddress(_ name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { path in
        for (index, byte) in name.utf8.enumerated() { path[index + 1] = byte }
    }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
}

private func listenAbstract(_ name: String) -> Int32 {
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let bound = withAbstractAddress(name) { bind(number, $0, $1) }
    return bound == 0 && listen(number, 5) == 0 ? number : -1
}

/// The errno of connecting, 0 where it succeeded.
private func connectAbstract(_ name: String) -> Int32 {
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard number >= 0 else { return errno }
    defer { close(number) }
    return withAbstractAddress(name) { connect(number, $0, $1) } == 0 ? 0 : errno
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
            let sandbox = Sandbox(
                reads: ["\(path)/read", "\(path)/none"],
                writes: ["\(path)/write"],
                calls: SystemCalls([.files])
            )
            let outcome = try sandbox.apply()
            insist(1, outcome.hasLandlock && outcome.missing.isEmpty)
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
            // No links into the forbidden, and no file from there; no device, no FIFO, no socket.
            insist(10, symlink("\(path)/secret/file", "\(path)/write/link") != 0)
            insist(11, rename("\(path)/secret/file", "\(path)/write/stolen") != 0)
            insist(12, mkfifo("\(path)/write/pipe", 0o600) != 0)
            insist(13, (try? Descriptor.listen(atPath: "\(path)/write/socket", permissions: 0o600)) == nil)
            exit(42)
        }
    }

    @Test(.enabled(if: Surroundings.hasLandlock, noLandlock))
    func `A folder to be written that does not exist is reported`() async throws {
        let folder = TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .exitCode(42)) { [path = path as String] in
            let outcome = try Sandbox(writes: [path, "\(path)/none"]).apply()
            insist(1, outcome.missing.count == 1 && outcome.missing[0].hasPrefix("\(path)/none: "))
            exit(42)
        }
    }

    @Test(.enabled(if: Sandbox.landlockVersion >= 6, "this kernel's Landlock has no scopes"))
    func `Neither signals nor connections to abstract sockets leave the sandbox`() async throws {
        let name = "relais-test-\(getpid())"
        let listener = listenAbstract(name)
        #expect(listener >= 0)
        defer { close(listener) }
        await #expect(processExitsWith: .exitCode(42)) { [name = name as String] in
            insist(1, connectAbstract(name) == 0)
            _ = try Sandbox(calls: SystemCalls(sockets: [.unix])).apply()
            insist(2, connectAbstract(name) == EPERM)
            exit(42)
        }
    }

    @Test func `Calls that no group has answer ENOSYS and do not end the process`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            let parent = getppid()
            _ = try Sandbox(reads: ["/"], writes: ["/dev"]).apply()
            let status = String(decoding: try readFile("/proc/self/status"), as: UTF8.self)
            insist(1, status.contains("Seccomp:\t2") && status.contains("NoNewPrivs:\t1"))
            insist(2, mount("none", "/mnt", "tmpfs", 0, nil) == -1 && errno == ENOSYS)
            insist(3, setuid(getuid()) == -1 && errno == ENOSYS)
            insist(4, unlink("/dev/none") == -1 && errno == ENOSYS)
            insist(5, socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) == -1 && errno == EAFNOSUPPORT)
            insist(6, socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) == -1 && errno == EAFNOSUPPORT)
            let child = ChildProcess(path: "/bin/true", arguments: ["true"], environment: [])
            do throws(ChildProcess.Failure) {
                _ = try child.start()
                insist(7, false)
            } catch {
                insist(8, error.errno == .noFunction && error.step == "fork")
            }
            insist(9, kill(parent, SIGCONT) == -1 && errno == EPERM)
            // No process has this number: what a stale lock file names is known to be gone.
            insist(16, kill(Int32.max - 1, 0) == -1 && errno == ESRCH)
            var limit = rlimit()
            insist(10, getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            insist(11, setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == -1 && errno == EPERM)
            // What a daemon does all day still works.
            let file = try Descriptor.open("/etc/passwd", .read)
            insist(12, try file.read(at: 0, count: 1).count == 1)
            insist(13, kill(getpid(), 0) == 0)
            var thread = pthread_t()
            insist(14, pthread_create(&thread, nil, { _ in nil }, nil) == 0 && pthread_join(thread, nil) == 0)
            insist(15, Identity.effectiveUser == getuid())
            exit(42)
        }
    }

    @Test func `abort still ends a confined process with its signal`() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            _ = try Sandbox().apply()
            abort()
        }
    }

    @Test func `Sockets are made of the declared kinds only`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            _ = try Sandbox(calls: SystemCalls(sockets: [.internet])).apply()
            func make(_ family: Int32, _ kind: Int32, _ number: Int32 = 0) -> Int32 {
                socket(family, kind, number) >= 0 ? 0 : errno
            }
            let (stream, datagram, raw) = (
                Int32(SOCK_STREAM.rawValue), Int32(SOCK_DGRAM.rawValue), Int32(SOCK_RAW.rawValue)
            )
            insist(1, make(AF_INET, stream) == 0 && make(AF_INET, datagram) == 0)
            insist(2, make(AF_UNIX, stream) == EAFNOSUPPORT)
            insist(3, make(AF_NETLINK, raw) == 0 && make(AF_NETLINK, raw, 9) == EAFNOSUPPORT)
            insist(4, make(AF_PACKET, raw) == EAFNOSUPPORT)
            exit(42)
        }
    }

    @Test(.enabled(if: Surroundings.isRoot, wantsRoot))
    func `Ids below the smallest one cannot be taken, listed groups can`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            let somebody = Identity(name: "x", uid: 61_001, gid: 61_002, groups: [61_002])
            Privileges.forbidDumping()
            try Privileges.drop(to: somebody, keeping: [.setUID, .setGID])
            insist(1, Privileges.forbidsDumping)
            let allowed = SystemCalls.Allowed(minimumUser: 1000, minimumGroup: 1000, groups: [8])
            _ = try Sandbox(reads: ["/"], calls: SystemCalls([.confine], identities: .files(allowed))).apply()
            func takes(_ uid: UInt32, _ gid: UInt32) -> Bool {
                (try? Privileges.setFileSystemIdentity(uid: uid, gid: gid)) != nil
            }
            insist(2, takes(1000, 1000) && takes(1000, 8) && takes(61_001, 61_002))
            insist(3, Privileges.forbidsDumping)
            insist(4, !takes(0, 1000) && !takes(1000, 0) && !takes(999, 1000) && !takes(1000, 42))
            insist(5, takeIDs(.user, 2000) == ENOSYS)
            // A second filter takes the rest away.
            _ = try Sandbox(reads: ["/"], calls: SystemCalls(identities: .fileGroups([8]))).apply()
            insist(6, takes(61_001, 8) && takes(61_001, 61_002))
            insist(7, !takes(1000, 8) && !takes(61_001, 1000))
            exit(42)
        }
    }

    @Test(.enabled(if: Surroundings.isRoot, wantsRoot))
    func `A process may become any user from the smallest one on, and nobody after it`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            let somebody = Identity(name: "x", uid: 61_001, gid: 61_002, groups: [61_002])
            try Privileges.drop(to: somebody, keeping: [.setUID, .setGID])
            Privileges.forbidDumping()
            let allowed = SystemCalls.Allowed(minimumUser: 500, minimumGroup: 1)
            _ = try Sandbox(reads: ["/"], calls: SystemCalls([.confine], identities: .all(allowed))).apply()
            insist(1, takeIDs(.user, 0) == EPERM && takeIDs(.user, 499) == EPERM && takeIDs(.group, 0) == EPERM)
            insist(2, takeIDs(.group, 62_002) == 0 && takeIDs(.user, 62_001) == 0)
            try Privileges.limit(to: [])
            insist(3, geteuid() == 62_001 && getegid() == 62_002)
            _ = try Sandbox(reads: ["/"]).apply()
            insist(4, takeIDs(.user, 62_001) == ENOSYS && takeIDs(.group, 62_002) == ENOSYS)
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
