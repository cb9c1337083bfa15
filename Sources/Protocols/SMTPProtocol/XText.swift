// SPDX-License-Identifier: Apache-2.0

/// The xtext of RFC 3461 section 4, which puts any text into an ESMTP parameter.
package enum XText {
    // xtext = *( xchar / hexchar )
    // xchar = any ASCII CHAR between "!" (33) and "~" (126) inclusive, except for "+" and "=".
    // hexchar = ASCII "+" immediately followed by two upper case hexadecimal digits
    /// Decodes; nil where the grammar does not hold, or the result is not UTF-8 or has a control character in it.
    ///
    /// A `+0A` that came through would be a new line in a queue file or in a log. `allowsUTF8` takes bytes over 127 as they
    /// are (RFC 6533 section 3).
    package static func decode(_ text: ArraySlice<UInt8>, allowsUTF8: Bool = false) -> String? {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                out.append(high << 4 | low)
            case UInt8(ascii: "="): return nil
            case 0x21...0x7E: out.append(byte)
            case 0x80...0xFF where allowsUTF8: out.append(byte)
            default: return nil
            }
        }
        guard !out.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        return String(validating: out, as: UTF8.self)
    }

    /// Encodes, so that any text survives.
    package static func encode(_ text: String) -> [UInt8] {
        var out: [UInt8] = []
        for byte in text.utf8 {
            if (0x21...0x7E).contains(byte), byte != UInt8(ascii: "+"), byte != UInt8(ascii: "=") {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "+"))
                out.append(hex(byte >> 4))
                out.append(hex(byte & 0x0F))
            }
        }
        return out
    }

    private static func hex(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "A") &+ (value &- 10)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
        default: nil
        }
    }
}
