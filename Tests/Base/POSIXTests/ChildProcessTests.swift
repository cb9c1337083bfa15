// SPDX-License-Identifier: Apache-2.0
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import POSIX

/// Why a test cannot run as an ordinary user.
let wantsRoot: Comment = "only root can change identities"

@Suite struct ChildProcessTests {
    /// Runs a shell command in a child as `prepare` makes it, and returns its output.
    private static func output(
        _ command: String,
        environment: [String] = [],
        _ prepare: (inout ChildProcess) -> Void = { _ in }
    ) throws -> String {
        try Descriptor.withPipe { reading, writing in
            var child = ChildProcess(path: "/bin/sh", arguments: ["sh", "-c", command], environment: environment)
            child.standard.output = writing.number
            prepare(&child)
            let pid = try child.start()
            try writing.close()
            let text = String(decoding: try readToEnd(reading), as: UTF8.self)
            #expect(try waitForChild(pid).isSuccess)
            return text
        }
    }

    @Test func `Arguments and environment arrive, and nothing of the parent's environment`() throws {
        #expect(try Self.output("echo \"$A $HOME\"", environment: ["A=a b"]) == "a b \n")
    }

    @Test func `Descriptors stand from three on, and all others are closed`() throws {
        let folder = TemporaryFolder()
        try folder.write("one", "1")
        try folder.write("two", "2")
        let one = try Descriptor.open(folder["one"], .read)
        let two = try Descriptor.open(folder["two"], .read)
        // Inherited by a plain fork and exec.
        let leaking = open("/dev/null", O_RDONLY)
        defer { close(leaking) }
        let text = try Self.output("cat <&3; cat <&4; ls /proc/self/fd | tr '\\n' ' '") {
            $0.descriptors = [two.number, one.number]
            $0.environment = ["PATH=/usr/bin:/bin"]
        }
        // The last one is the folder that ls reads.
        #expect(text == "210 1 2 3 4 5 ")
    }

    @Test func `It has a session of its own, a folder, and standard streams that lead nowhere unless given`() throws {
        let folder = TemporaryFolder()
        let text = try Self.output("pwd; cat; [ $(cut -d' ' -f6 /proc/$$/stat) = $$ ] && echo leader") {
            $0.directory = folder.path
            $0.environment = ["PATH=/usr/bin:/bin"]
        }
        #expect(text == "\(folder.path)\nleader\n")
    }

    @Test func `Limits hold`() throws {
        let text = try Self.output("ulimit -n; ulimit -f") {
            $0.openFileLimit = 77
            $0.fileSizeLimit = 512_000
        }
        #expect(text == "77\n1000\n")
    }

    @Test func `No signal is blocked or ignored as it may be in the parent`() throws {
        signal(SIGPIPE, SIG_IGN)
        let text = try Self.output("cat /proc/self/status") { $0.environment = ["PATH=/usr/bin:/bin"] }
        // Those of the C library itself (32, 33) cannot be set, so nobody can set them back.
        let own: UInt64 = 1 << 31 | 1 << 32
        for name in ["SigBlk", "SigIgn"] {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name) })
            let mask = try #require(UInt64(line.split(separator: "\t")[1], radix: 16))
            #expect(mask & ~own == 0, "\(line)")
        }
    }

    @Test func `A program that cannot be executed is an error of the parent, which names the step`() {
        let rows: [(String, Errno)] = [
            ("/nonexistent/program", .noSuchFileOrDirectory), ("/etc/passwd", .permissionDenied),
            ("/", .permissionDenied),
        ]
        for (path, errno) in rows {
            do throws(ChildProcess.Failure) {
                _ = try ChildProcess(path: path, arguments: [path], environment: []).start()
                Issue.record("\(path) was executed")
            } catch {
                #expect(error.step == "exec" && error.errno == errno, "\(path): \(error)")
            }
        }
    }

    @Test(.enabled(if: Surroundings.isRoot, wantsRoot))
    func `A child may be somebody else, with just these groups and no capability`() throws {
        let text = try Self.output("grep -E '^(Uid|Gid|Groups|CapEff|CapPrm|NoNewPrivs)' /proc/self/status") {
            $0.identity = Identity(name: "x", uid: 61_001, gid: 61_002, groups: [61_003, 61_004])
            $0.noNewPrivileges = true
            $0.environment = ["PATH=/usr/bin:/bin"]
        }
        let lines = text.split(separator: "\n").map { $0.split(separator: "\t").joined(separator: " ") }
        #expect(
            lines == [
                "Uid: 61001 61001 61001 61001", "Gid: 61002 61002 61002 61002", "Groups: 61003 61004 ",
                "CapPrm: 0000000000000000", "CapEff: 0000000000000000", "NoNewPrivs: 1",
            ]
        )
    }

    @Test(.enabled(if: Surroundings.isRoot, wantsRoot))
    func `Capabilities are kept over the change of identity where they are asked for`() throws {
        let text = try Self.output("grep -E '^(CapEff|CapAmb)' /proc/self/status | cut -f2 | tr '\\n' ' '") {
            $0.identity = Identity(name: "x", uid: 61_001, gid: 61_002)
            $0.capabilities = 1 << 7 | 1 << 6
            $0.environment = ["PATH=/usr/bin:/bin"]
        }
        #expect(text == "00000000000000c0 00000000000000c0 ")
    }

    @Test(.enabled(if: Surroundings.isRoot, wantsRoot))
    func `A jail that is not there is an error that names the step`() {
        var child = ChildProcess(path: "/bin/true", arguments: ["true"], environment: [])
        child.root = "/nonexistent"
        do throws(ChildProcess.Failure) {
            _ = try child.start()
            Issue.record("it was started")
        } catch {
            #expect(error.step == "chroot" && error.errno == .noSuchFileOrDirectory, "\(error)")
        }
    }

    @Test(.enabled(if: !Surroundings.isRoot, "root may do all of this"))
    func `What an ordinary user may not do is an error that names the step`() {
        var somebody = ChildProcess(path: "/bin/true", arguments: ["true"], environment: [])
        somebody.identity = Identity(name: "x", uid: 61_001, gid: 61_002)
        var jailed = ChildProcess(path: "/bin/true", arguments: ["true"], environment: [])
        jailed.root = "/"
        for (child, step) in [(somebody, "change of identity"), (jailed, "chroot")] {
            do throws(ChildProcess.Failure) {
                _ = try child.start()
                Issue.record("it was started")
            } catch {
                #expect(error.step == step && error.errno == .notPermitted, "\(error)")
            }
        }
    }

    @Test func `How a child ended is told`() throws {
        func end(_ command: String) throws -> POSIX.ExitStatus {
            try waitForChild(
                ChildProcess(path: "/bin/sh", arguments: ["sh", "-c", command], environment: []).start()
            )
        }
        #expect(try end("exit 0") == .exited(0))
        #expect(try end("exit 7") == .exited(7))
        #expect(try end("kill -9 $$") == .signalled(SIGKILL))
        #expect(POSIX.ExitStatus.signalled(SIGKILL).description == "killed by signal 9 (Killed)")
    }
}
