// SPDX-License-Identifier: Apache-2.0
#if DEBUG || RELAIS_CRASH_POINTS
    internal import Glibc
    internal import SystemPackage
#endif

/// What a process tries with its final rights, for the test that compares it with what its daemon declares: Landlock
/// cannot be read back, and a filter is best judged by what it does.
///
/// Only debug builds and the build of `libexec/test` have it, no package does.
package enum Trial {
    /// The variable of the environment that names a folder with a readable `file`; it asks for the trial.
    package static let variable = "RELAIS_TRIAL"
    /// The abstract socket that the test listens on.
    package static let socketName = "relais-trial"

    /// Tries each act and returns `act=errno …`, 0 where it succeeded; nil where no trial is asked for.
    package static func run() -> String? {
        #if DEBUG || RELAIS_CRASH_POINTS
            guard let folder = environmentValue(variable) else { return nil }
            let results = unsafe [
                ("read", failure { () throws(Errno) in try Descriptor.open("\(folder)/file", .read).close() }),
                (
                    "create",
                    failure { () throws(Errno) in try Descriptor.open("\(folder)/new-\(getpid())", .createNew).close() }
                ),
                ("shadow", failure { () throws(Errno) in try Descriptor.open("/etc/shadow", .read).close() }),
                ("unix", failure(of: socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))),
                ("internet", failure(of: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))),
                ("packet", failure(of: socket(AF_PACKET, Int32(SOCK_RAW.rawValue), 0))),
                ("abstract", connectAbstract()), ("fork", forked()), ("root", failure(of: setuid(0))),
                ("system", failure(of: setgid(1))), ("signal", failure(of: kill(getppid(), 0))),
                ("limit", limited()), ("mount", failure(of: mount("none", "/", "tmpfs", 0, nil))),
                ("dump", Privileges.forbidsDumping ? 1 : 0),
            ]
            return results.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
        #else
            return nil
        #endif
    }

    #if DEBUG || RELAIS_CRASH_POINTS
        private static func failure(of result: Int32) -> Int32 {
            guard result >= 0 else { return errno }
            if result > 2 { close(result) }
            return 0
        }

        private static func failure(_ act: () throws(Errno) -> Void) -> Int32 {
            do throws(Errno) {
                try act()
                return 0
            } catch {
                return error.rawValue
            }
        }

        private static func connectAbstract() -> Int32 {
            let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            guard number >= 0 else { return errno }
            defer { close(number) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
                for (index, byte) in socketName.utf8.enumerated() { unsafe path[index + 1] = byte }
            }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + socketName.utf8.count)
            let result = unsafe withUnsafePointer(to: &address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(number, $0, length) }
            }
            return result == 0 ? 0 : errno
        }

        private static func forked() -> Int32 {
            let pid = fork()
            if pid == 0 { _exit(0) }
            return pid < 0 ? errno : 0
        }

        private static func limited() -> Int32 {
            var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
            return unsafe setrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit) < 0 ? errno : 0
        }
    #endif
}
