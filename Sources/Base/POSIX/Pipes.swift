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
