// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
package import SystemPackage

/// An owned file descriptor: closed once, when its owner lets it go.
package struct Descriptor: ~Copyable, Sendable {
    /// The number, for system calls while the owner lives.
    package let number: Int32

    /// Takes ownership of an open descriptor.
    package init(owning number: Int32) {
        self.number = number
    }

    deinit {
        _ = Glibc.close(number)
    }

    /// Gives up ownership without closing; the caller closes it.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    /// Closes and reports what close(2) says, for files whose last error matters.
    package consuming func close() throws(Errno) {
        let number = self.number
        discard self
        guard Glibc.close(number) == 0 else { throw Errno.current }
    }

    /// A second descriptor of the same open file, close-on-exec.
    package func duplicate() throws(Errno) -> Descriptor {
        Descriptor(owning: try check(linux_dup(number)))
    }
}

extension Errno {
    /// The calling thread's errno(3), to be read at once after the failing call.
    package static var current: Errno { Errno(rawValue: Glibc.errno) }
}

/// Turns the negative errno of a shim into a thrown `Errno`.
@discardableResult
package func check(_ result: Int32) throws(Errno) -> Int32 {
    guard result < 0 else { return result }
    throw Errno(rawValue: 0 &- result)
}

/// Turns the -1 of a libc call into a thrown `Errno`.
@discardableResult
package func checkCall(_ result: Int32) throws(Errno) -> Int32 {
    guard result == -1 else { return result }
    throw Errno.current
}
