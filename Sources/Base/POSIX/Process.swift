// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
package import SystemPackage

/// A child process to be: what it runs and with which rights.
package struct ChildProcess: Sendable {
    package var path: String
    /// With the program's name as the first.
    package var arguments: [String]
    package var environment: [String]
    /// Placed at 3, 4, … in the child; all others are closed there.
    package var descriptors: [Int32] = []
    /// Standard input, output and error; nil is /dev/null.
    package var standard: (input: Int32?, output: Int32?, error: Int32?) = (nil, nil, nil)
    package var identity: Identity?
    package var capabilities: UInt64 = 0
    package var root: String?
    package var directory: String?
    package var openFileLimit: Int?
    package var fileSizeLimit: Int?
    /// Whether it leaves no core file.
    package var forbidsCore = false
    package var newSession = true
    package var noNewPrivileges = false

    package init(path: String, arguments: [String], environment: [String]) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
    }

    /// Why a child did not come to be: the errno and the step between fork and exec that failed.
    package struct Failure: Error, CustomStringConvertible {
        package let errno: Errno
        package let step: String

        package var description: String { "\(step): \(errno)" }
    }

    private static let steps = [
        "fork", "setsid", "placing descriptors", "limits", "chroot", "change of identity", "capabilities", "exec",
    ]

    /// Forks and executes; returns once exec has succeeded or thrown.
    package func start() throws(Failure) -> Int32 {
        var step: Int32 = 0
        let pid = unsafe withCStrings(arguments) { argv in
            unsafe withCStrings(environment) { envp in
                unsafe path.withCString { path in
                    unsafe withOptionalCString(root) { root in
                        unsafe withOptionalCString(directory) { directory in
                            unsafe descriptors.withUnsafeBufferPointer { fds in
                                unsafe (identity?.groups.map { gid_t($0) } ?? []).withUnsafeBufferPointer { groups in
                                    var what = unsafe linux_child()
                                    unsafe what.path = path
                                    unsafe what.argv = argv
                                    unsafe what.envp = envp
                                    unsafe what.fds = fds.baseAddress
                                    unsafe what.fd_count = Int32(fds.count)
                                    unsafe what.stdio = (
                                        standard.input ?? -1, standard.output ?? -1, standard.error ?? -1
                                    )
                                    unsafe what.root = root
                                    unsafe what.directory = directory
                                    unsafe what.uid = identity.map { Int64($0.uid) } ?? -1
                                    unsafe what.gid = identity.map { Int64($0.gid) } ?? -1
                                    unsafe what.groups = groups.baseAddress
                                    unsafe what.group_count = identity == nil ? -1 : Int32(groups.count)
                                    unsafe what.capabilities = capabilities
                                    unsafe what.file_limit = Int64(openFileLimit ?? -1)
                                    unsafe what.file_size_limit = Int64(fileSizeLimit ?? -1)
                                    unsafe what.no_core = forbidsCore ? 1 : 0
                                    unsafe what.new_session = newSession ? 1 : 0
                                    unsafe what.no_new_privs = noNewPrivileges ? 1 : 0
                                    return unsafe linux_spawn(&what, &step)
                                }
                            }
                        }
                    }
                }
            }
        }
        guard pid > 0 else {
            let name = Self.steps.indices.contains(Int(step)) ? Self.steps[Int(step)] : "fork"
            throw Failure(errno: Errno(rawValue: 0 &- pid), step: name)
        }
        return pid
    }
}

/// How a child ended.
package enum ExitStatus: Sendable, Equatable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signalled(signal)
    }

    package var isSuccess: Bool { self == .exited(0) }

    package var description: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signalled(let signal): "killed by signal \(signal) (\(Self.signalName(signal)))"
        }
    }

    private static func signalName(_ signal: Int32) -> String {
        guard let name = unsafe strsignal(signal) else { return "unknown" }
        return unsafe String(cString: name)
    }
}

/// The next child that has ended; nil when none has.
package func reapChild() -> (pid: Int32, status: ExitStatus)? {
    var status: Int32 = 0
    let pid = unsafe waitpid(-1, &status, WNOHANG)
    return pid > 0 ? (pid, ExitStatus(waitStatus: status)) : nil
}

/// Waits for one child to end; only where blocking is allowed.
package func waitForChild(_ pid: Int32) throws(Errno) -> ExitStatus {
    var status: Int32 = 0
    while true {
        let result = unsafe waitpid(pid, &status, 0)
        if result == pid { return ExitStatus(waitStatus: status) }
        let failure = Errno.current
        guard failure == .interrupted else { throw failure }
    }
}

/// kill(2).
package func sendSignal(_ signal: Int32, to pid: Int32) throws(Errno) {
    try checkCall(kill(pid, signal))
}

private func withCStrings<R>(_ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R) -> R {
    var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
        // The array always has its final nil, so there is a base address.
        unsafe body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
    }
}

private func withOptionalCString<R>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
    guard let string else { return body(nil) }
    return unsafe string.withCString { unsafe body($0) }
}

/// Has this process end by SIGALRM unless it is called again in time (alarm(2)); 0 ends that.
package func setWatchdog(seconds: UInt32) {
    _ = alarm(seconds)
}

/// Makes a folder the root folder of this process (chroot(2)).
package func enterJail(_ path: String) throws(Errno) {
    try checkCall(unsafe chroot(path))
    try checkCall(unsafe chdir("/"))
}

/// Replaces this process's program by another (execv(2)), which keeps its descriptors and its environment.
///
/// - Returns: Why it could not; otherwise it does not return.
package func becomeProgram(_ path: String, _ arguments: [String]) -> Errno {
    unsafe withCStrings(arguments) { argv in
        _ = unsafe execv(path, argv)
        return Errno.current
    }
}
