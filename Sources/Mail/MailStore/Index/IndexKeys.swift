// SPDX-License-Identifier: Apache-2.0

/// The keys of a mailbox's messages: UIDVALIDITY, the mailbox's GUID, the UID, all in big-endian order, so that the
/// messages of a mailbox are neighbours.
struct IndexKeys {
    private let prefix: [UInt8]

    /// Keys of a mailbox; nil where its GUID does not tell it from others.
    init?(uidValidity: UInt32, guid: [UInt8]) {
        guard guid.count == 32 else { return nil }
        var prefix = Self.bytes(uidValidity)
        for digits in stride(from: 0, to: 32, by: 2) {
            guard let high = Self.digit(guid[digits]), let low = Self.digit(guid[digits + 1]) else { return nil }
            prefix.append(high << 4 | low)
        }
        self.prefix = prefix
    }

    /// The key of a message.
    func key(of uid: UInt32) -> [UInt8] {
        prefix + Self.bytes(uid)
    }

    /// Makes the key of one message of the mailbox that of another.
    func change(_ key: inout [UInt8], to uid: UInt32) {
        let start = key.count - 4
        for index in 0..<4 { key[start + index] = UInt8(truncatingIfNeeded: uid >> (24 - 8 * UInt32(index))) }
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
