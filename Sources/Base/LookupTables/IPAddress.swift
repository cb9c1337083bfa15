// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address as a value of its bytes, without a zone.
package struct IPAddress: Hashable, Sendable {
    /// The version of the protocol.
    package enum Family: Sendable {
        case v4
        case v6

        /// The length of an address, in bits.
        package var bitCount: Int { self == .v4 ? 32 : 128 }
    }

    package let family: Family
    /// The first 64 bits of an IPv6 address; 0 for IPv4.
    let high: UInt64
    /// The last 64 bits of an IPv6 address; the 32 bits of an IPv4 address.
    let low: UInt64

    init(family: Family, high: UInt64, low: UInt64) {
        self.family = family
        self.high = high
        self.low = low
    }

    /// Creates the address from its 4 or 16 bytes in network order, and returns nil for any other count.
    package init?(bytes: [UInt8]) {
        switch bytes.count {
        case 4:
            self.init(family: .v4, high: 0, low: bytes.reduce(0) { $0 << 8 | UInt64($1) })
        case 16:
            let high = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let low = bytes.dropFirst(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            self.init(family: .v6, high: high, low: low)
        default:
            return nil
        }
    }

    /// The 4 or 16 bytes in network order.
    package var bytes: [UInt8] {
        let lowBytes = (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * UInt64($0))) }
        guard family == .v6 else { return Array(lowBytes.suffix(4)) }
        return (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * UInt64($0))) } + lowBytes
    }

    /// The IPv4 address in an IPv4-mapped IPv6 address (`::ffff:192.0.2.1`), and any other address as it is.
    ///
    /// A socket that serves both families shows IPv4 clients mapped; access rules are about the plain form.
    package var unmapped: IPAddress {
        guard family == .v6, high == 0, low >> 32 == 0xFFFF else { return self }
        return IPAddress(family: .v4, high: 0, low: low & 0xFFFF_FFFF)
    }

    /// Whether the address is one of this host only: 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        family == .v4 ? low >> 24 == 127 : high == 0 && low == 1
    }
}
