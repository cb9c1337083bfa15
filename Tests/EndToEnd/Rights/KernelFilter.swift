// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The seccomp filters of a process as the kernel has them (PTRACE_SECCOMP_GET_FILTER in ptrace(2)).
enum KernelFilter {
    private typealias Trace = @convention(c) (Int, Int32, UInt, UnsafeMutableRawPointer?) -> Int

    private static let seize = 0x4206, interrupt = 0x4207, getFilter = 0x420c, detach = 17

    /// The programs, the newest first; nil where the kernel or the surroundings do not let anybody look.
    ///
    /// Blocking, and all in one thread: ptrace(2) knows the thread that traces.
    static func read(_ pid: Int32) -> [[UInt64]]? {
        guard let symbol = dlsym(nil, "ptrace") else { return nil }
        let trace = unsafeBitCast(symbol, to: Trace.self)
        guard trace(seize, pid, 0, nil) == 0 else { return nil }
        defer { _ = trace(detach, pid, 0, nil) }
        var status: Int32 = 0
        guard trace(interrupt, pid, 0, nil) == 0, waitpid(pid, &status, 0x4000_0000) == pid else { return nil }
        var filters: [[UInt64]] = []
        while true {
            let count = trace(getFilter, pid, UInt(filters.count), nil)
            // There is none of that number, or looking is not allowed.
            guard count > 0 else { return filters.isEmpty ? nil : filters }
            var code = [UInt64](repeating: 0, count: count)
            guard code.withUnsafeMutableBytes({ trace(getFilter, pid, UInt(filters.count), $0.baseAddress) }) == count
            else { return nil }
            filters.append(code)
        }
    }
}
