// SPDX-License-Identifier: Apache-2.0

/// Mailbox names on disk: the modified UTF-7 of RFC 3501 section 5.1.3, as Dovecot writes them.
enum ModifiedUTF7 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)

    /// The encoded name.
    static func encode(_ name: String) -> String {
        var output: [UInt8] = []
        var wide: [UInt16] = []
        for scalar in name.unicodeScalars {
            if (0x20...0x7e).contains(scalar.value) {
                flush(&wide, into: &output)
                output.append(UInt8(scalar.value))
                if scalar == "&" { output.append(UInt8(ascii: "-")) }
            } else {
                wide.append(contentsOf: UTF16.encode(scalar)?.map { $0 } ?? [])
            }
        }
        flush(&wide, into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// The name in UTF-8; nil where the text is not what `encode` makes, so that two names are never one.
    static func decode(_ text: String) -> String? {
        var units: [UInt16] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            guard (0x20...0x7e).contains(byte) else { return nil }
            guard byte == UInt8(ascii: "&") else {
                units.append(UInt16(byte))
                continue
            }
            guard let end = bytes.firstIndex(of: UInt8(ascii: "-")) else { return nil }
            if end == bytes.startIndex {
                units.append(UInt16(byte))
            } else {
                guard let wide = decodeWide(bytes[..<end]) else { return nil }
                units.append(contentsOf: wide)
            }
            bytes = bytes[(end + 1)...]
        }
        guard let name = String(validating: units, as: UTF16.self), encode(name) == text else { return nil }
        return name
    }

    private static func decodeWide(_ digits: ArraySlice<UInt8>) -> [UInt16]? {
        var units: [UInt16] = []
        var bits: UInt32 = 0
        var count = 0
        for digit in digits {
            guard let value = alphabet.firstIndex(of: digit) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 16 {
                count -= 16
                units.append(UInt16(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= (1 << UInt32(count)) - 1
            }
        }
        return bits == 0 && count < 6 ? units : nil
    }

    private static func flush(_ wide: inout [UInt16], into output: inout [UInt8]) {
        guard !wide.isEmpty else { return }
        output.append(UInt8(ascii: "&"))
        var bits: UInt32 = 0
        var count = 0
        for unit in wide {
            bits = bits << 16 | UInt32(unit)
            count += 16
            while count >= 6 {
                count -= 6
                output.append(alphabet[Int(bits >> UInt32(count)) & 63])
            }
            bits &= (1 << UInt32(count)) - 1
        }
        if count > 0 { output.append(alphabet[Int(bits << UInt32(6 - count)) & 63]) }
        output.append(UInt8(ascii: "-"))
        wide = []
    }
}
