// SPDX-License-Identifier: Apache-2.0
internal import CLinux

/// A running CRC32C (RFC 3720 appendix B.4): the check value of the parts of a queue file.
struct Checksum: Sendable, Equatable {
    /// The check value of what was added so far.
    private(set) var value: UInt32

    init(seed: UInt32 = 0) {
        value = seed
    }

    /// The check value of `bytes`.
    init(of bytes: [UInt8]) {
        value = 0
        add(bytes.span)
    }

    mutating func add(_ bytes: borrowing Span<UInt8>) {
        let before = value
        value = unsafe bytes.withUnsafeBytes { unsafe linux_crc32c(before, $0.baseAddress, $0.count) }
    }
}
