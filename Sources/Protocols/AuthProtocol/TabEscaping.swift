// SPDX-License-Identifier: Apache-2.0

/// The escaping that keeps TAB, LF, CR and NUL out of a field: `\001` and a letter.
package enum TabEscaping {
    private static let escape: UInt8 = 0x01

    /// Appends a field's bytes, escaped.
    package static func append(_ field: some Sequence<UInt8>, to line: inout [UInt8]) {
        for byte in field {
            switch byte {
            case 0x00: line += [escape, UInt8(ascii: "0")]
            case 0x01: line += [escape, UInt8(ascii: "1")]
            case 0x09: line += [escape, UInt8(ascii: "t")]
            case 0x0D: line += [escape, UInt8(ascii: "r")]
            case 0x0A: line += [escape, UInt8(ascii: "n")]
            default: line.append(byte)
            }
        }
    }

    /// Takes the escapes out of a field; an unknown escape is the letter itself, and one at the end stands for nothing.
    package static func decode(_ field: ArraySlice<UInt8>) -> [UInt8] {
        guard field.contains(escape) else { return [UInt8](field) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(field.count)
        var isEscaped = false
        for byte in field {
            if isEscaped {
                isEscaped = false
                switch byte {
                case UInt8(ascii: "0"): bytes.append(0x00)
                case UInt8(ascii: "1"): bytes.append(0x01)
                case UInt8(ascii: "t"): bytes.append(0x09)
                case UInt8(ascii: "r"): bytes.append(0x0D)
                case UInt8(ascii: "n"): bytes.append(0x0A)
                default: bytes.append(byte)
                }
            } else if byte == escape {
                isEscaped = true
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
