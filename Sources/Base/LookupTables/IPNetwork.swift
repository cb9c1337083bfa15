// SPDX-License-Identifier: Apache-2.0

/// A network: an address and the number of its leading bits that count.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The reasons why a text is no network.
    package enum SyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
        case badAddress(String)
        case badPrefixLength(String)
        /// Bits behind the prefix are set; the network that was probably meant.
        case hostBits(meant: String)

        package var description: String {
            switch self {
            case .badAddress(let text): "bad network value \"\(text)\""
            case .badPrefixLength(let text): "bad prefix length in \"\(text)\""
            case .hostBits(let meant): "host address bits are set; perhaps \"\(meant)\" is meant"
            }
        }
    }

    /// The network's first address.
    package let address: IPAddress
    /// The number of leading bits that count: 0 to 32 or 128.
    package let prefixLength: Int

    /// Creates the network of `prefixLength` bits around `address`; bits behind the prefix are cleared.
    package init(around address: IPAddress, prefixLength: Int) {
        let length = min(max(prefixLength, 0), address.family.bitCount)
        self.address = Self.masked(address, length)
        self.prefixLength = length
    }

    /// Parses `address`, `address/length`, `[address]`, `[address]/length` and `[address/length]`.
    package init(parsing text: String) throws(SyntaxError) {
        var plain = text.utf8[...]
        if plain.first == UInt8(ascii: "[") {
            let stripped = plain.filter { $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: "]") }
            let opened = plain.count { $0 == UInt8(ascii: "[") }
            let closed = plain.count { $0 == UInt8(ascii: "]") }
            guard opened == 1, closed == 1 else { throw .badAddress(text) }
            plain = String(decoding: stripped, as: UTF8.self).utf8[...]
        }
        let slash = plain.firstIndex(of: UInt8(ascii: "/"))
        guard let address = IPAddress(text: plain[..<(slash ?? plain.endIndex)]) else { throw .badAddress(text) }
        guard let slash else {
            self.init(around: address, prefixLength: address.family.bitCount)
            return
        }
        let digits = plain[plain.index(after: slash)...]
        guard (1...3).contains(digits.count), digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw .badPrefixLength(text)
        }
        let length = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard length <= address.family.bitCount else { throw .badPrefixLength(text) }
        self.init(around: address, prefixLength: length)
        if self.address != address { throw .hostBits(meant: description) }
    }

    /// Tells whether `other` is in the network; an address of the other family never is.
    package func contains(_ other: IPAddress) -> Bool {
        other.family == address.family && Self.masked(other, prefixLength) == address
    }

    package var description: String { "\(address)/\(prefixLength)" }

    private static func masked(_ address: IPAddress, _ length: Int) -> IPAddress {
        // Shifts of 64 and more yield 0, and negative ones turn around: both are what is meant here.
        switch address.family {
        case .v4:
            let mask = (UInt64(0xFFFF_FFFF) << UInt64(32 - length)) & 0xFFFF_FFFF
            return IPAddress(family: .v4, high: 0, low: address.low & mask)
        case .v6:
            let high = length >= 64 ? UInt64.max : UInt64.max << UInt64(64 - length)
            let low = length <= 64 ? 0 : UInt64.max << UInt64(128 - length)
            return IPAddress(family: .v6, high: address.high & high, low: address.low & low)
        }
    }
}
