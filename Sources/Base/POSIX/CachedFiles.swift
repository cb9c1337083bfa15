// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
package import SystemPackage

/// Opening and reading without waiting for a disk, for threads that must not wait; Linux 5.12.
extension Descriptor {
    /// Opens a file of this directory for reading as `openQuietly` does, if the kernel knows the name already.
    ///
    /// - Throws: `resourceTemporarilyUnavailable` where the disk would have to be asked, and what open(2) throws.
    package func openCached(_ name: String) throws(Errno) -> Descriptor {
        do throws(Errno) {
            return try openCached(name, .readQuietly)
        } catch .notPermitted {
            return try openCached(name, .readNoFollow)
        }
    }

    private func openCached(_ name: String, _ mode: OpenMode) throws(Errno) -> Descriptor {
        Descriptor(owning: try check(unsafe linux_open_cached(number, name, mode.flags)))
    }

    /// The first `count` bytes of the file if they are in memory.
    ///
    /// - Throws: `resourceTemporarilyUnavailable` where one is not, or not there.
    package func readCached(_ count: Int) throws(Errno) -> [UInt8] {
        var failure: Int64 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { room, done in
            while done < count {
                let result = unsafe linux_read_cached(
                    number,
                    room.baseAddress?.advanced(by: done),
                    count - done,
                    Int64(done)
                )
                guard result > 0 else {
                    failure = result
                    return
                }
                done += Int(result)
            }
        }
        guard failure == 0, bytes.count == count else {
            throw failure < 0 ? Errno(rawValue: Int32(0 &- failure)) : .resourceTemporarilyUnavailable
        }
        return bytes
    }
}
