// SPDX-License-Identifier: Apache-2.0
internal import CLinux

/// What this process takes from the system.
package enum Resources {
    /// Descriptors that this process may have open (RLIMIT_NOFILE).
    package static var descriptorLimit: Int { Int(linux_open_max()) }

    /// Pieces of memory from this size on are given back as soon as they are free, 1 MiB.
    private static let largePiece: Int32 = 1 << 20

    /// Has large buffers go back to the system when they are freed; called once at the start.
    ///
    /// Left alone, glibc keeps pieces of up to 32 MiB once it has seen a free one of that size.
    package static func returnLargePieces() {
        linux_memory_returned_from(largePiece)
    }

    /// Gives what is free back to the system; it takes milliseconds where much is free.
    package static func returnMemory() {
        linux_return_memory()
    }
}
