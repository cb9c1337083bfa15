// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
package import SystemPackage

/// Makes a named pipe with the given permissions (mkfifo(3)); one that is there already is fine.
package func makeNamedPipe(_ path: String, permissions: UInt32) throws(Errno) {
    do throws(Errno) {
        try check(unsafe linux_make_pipe(path, permissions))
    } catch {
        guard error == .fileExists else { throw error }
    }
}

/// Reads a non-blocking pipe that somebody else owns empty; false when nothing was in it.
package func drainPipe(_ number: Int32) -> Bool {
    var room = [UInt8](repeating: 0, count: 4096)
    var hasRead = false
    while unsafe read(number, &room, room.count) > 0 { hasRead = true }
    return hasRead
}

/// Reads a pipe until its writers have closed it; it blocks.
package func readToEnd(_ pipe: borrowing Descriptor) throws(Errno) -> [UInt8] {
    var all: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = unsafe read(pipe.number, &room, room.count)
        if count == 0 { return all }
        if count < 0 {
            if Errno.current == .interrupted { continue }
            throw Errno.current
        }
        all += room.prefix(count)
    }
}

/// Writes to standard output at once, for programs that print little and end.
package func writeStandardOutput(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}

extension Descriptor {
    /// A descriptor that several owners hold, for values that must be copyable.
    package final class Shared: Sendable {
        private let descriptor: Descriptor

        package init(_ descriptor: consuming Descriptor) {
            self.descriptor = descriptor
        }

        /// Reads a pipe until its writers have closed it.
        ///
        /// Nil where they have not by `deadline`, in nanoseconds of `Clock.monotonic`. What goes beyond `limit` is lost.
        package func readToEnd(deadline: Int64, limit: Int) -> [UInt8]? {
            var all: [UInt8] = []
            var room = [UInt8](repeating: 0, count: 65536)
            while true {
                let rest = max(0, deadline - Clock.monotonic) / 1_000_000
                var watched = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
                let ready = unsafe Glibc.poll(&watched, 1, Int32(clamping: rest))
                if ready < 0 && errno == EINTR { continue }
                guard ready > 0 else { return nil }
                let count = unsafe Glibc.read(descriptor.number, &room, room.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return all }
                all += room.prefix(min(count, max(0, limit - all.count)))
            }
        }
    }
}
