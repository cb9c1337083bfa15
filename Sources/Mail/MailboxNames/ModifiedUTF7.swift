// SPDX-License-Identifier: Apache-2.0

/// The modified UTF-7 of mailbox names (RFC 3501 section 5.1.3), on the wire and on disk.
package enum ModifiedUTF7 {
    /// Encodes UTF-8 text; malformed bytes become U+FFFD.
    package static func encode(_ text: some Collection<UInt8>) -> [UInt8] {
        guard text.contains(where: { !isDirect($0) || $0 == UInt8(ascii: "&") }) else {
            return Array(text)
        }
        var output: [UInt8] = []
        var shifted: [UInt16] = []
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value), isDirect(byte) else {
                shifted.append(contentsOf: UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter)
                continue
            }
            flush(&shifted, to: &output)
            output.append(byte)
            if byte == UInt8(ascii: "&") {
                output.append(UInt8(ascii: "-"))
            }
        }
        flush(&shifted, to: &output)
        return output
    }

    /// Decodes to UTF-8, or answers nil unless the bytes are exactly what `encode` would write.
    ///
    /// One spelling a name: encoded printable characters, needless shifts, unpaired surrogates and bits left over are
    /// refused, so two names that differ on the wire differ on disk.
    package static func decode(_ bytes: some Collection<UInt8>) -> [UInt8]? {
        guard bytes.allSatisfy(isDirect) else {
            return nil
        }
        guard bytes.contains(UInt8(ascii: "&")) else {
            return Array(bytes)
        }
        var units: [UInt16] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "&") else {
                units.append(UInt16(byte))
                continue
            }
            guard let end = rest.firstIndex(of: UInt8(ascii: "-")) else {
                return nil
            }
            if end == rest.startIndex {
                units.append(UInt16(UInt8(ascii: "&")))
            } else if !unpack(rest[..<end], to: &units) {
                return nil
            }
            rest = rest[rest.index(after: end)...]
        }
        guard let text = String(validating: units, as: UTF16.self).map({ Array($0.utf8) }),
            encode(text).elementsEqual(bytes)
        else {
            return nil
        }
        return text
    }

    /// Encodes a name.
    package static func encode(_ name: String) -> String {
        String(decoding: encode(name.utf8), as: UTF8.self)
    }

    /// Decodes a name, or answers nil unless the text is exactly what `encode` would write.
    package static func decode(_ text: String) -> String? {
        decode(text.utf8).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a byte stands for itself: 0x20-0x7E, "&" as "&-".
    private static func isDirect(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)

    /// Writes the UTF-16 units collected so far as one shifted run.
    private static func flush(_ units: inout [UInt16], to output: inout [UInt8]) {
        guard !units.isEmpty else {
            return
        }
        output.append(UInt8(ascii: "&"))
        var bits: UInt32 = 0
        var count = 0
        for unit in units {
            bits = bits << 16 | UInt32(unit)
            count += 16
            while count >= 6 {
                count -= 6
                output.append(alphabet[Int(bits >> UInt32(count) & 0x3F)])
            }
            bits &= 0x3F
        }
        if count > 0 {
            output.append(alphabet[Int(bits << UInt32(6 - count) & 0x3F)])
        }
        output.append(UInt8(ascii: "-"))
        units.removeAll(keepingCapacity: true)
    }

    /// Reads one shifted run; false when a byte is not of the alphabet.
    private static func unpack(_ run: some Collection<UInt8>, to units: inout [UInt16]) -> Bool {
        var bits: UInt32 = 0
        var count = 0
        for byte in run {
            guard let value = value(of: byte) else {
                return false
            }
            bits = (bits << 6 | value) & 0x3F_FFFF
            count += 6
            if count >= 16 {
                count -= 16
                units.append(UInt16(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return true
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: ","): 63
        default: nil
        }
    }
}
