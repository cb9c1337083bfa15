// SPDX-License-Identifier: Apache-2.0

/// Decodes base64 chunk by chunk (RFC 2045 section 6.8); what is outside the alphabet is skipped, padding ends a quantum.
package struct Base64Decoder: Sendable {
    private var bits: UInt32 = 0
    private var count = 0

    /// Makes a decoder at the begin of a body.
    package init() {}

    /// Decodes a part of a span and appends the result.
    package mutating func decode(_ bytes: Span<UInt8>, _ range: Range<Int>, into output: inout [UInt8]) {
        for index in bytes.clamped(range) {
            let byte = bytes[index]
            guard let value = Self.value(byte) else {
                if byte == UInt8(ascii: "=") {
                    bits = 0
                    count = 0
                }
                continue
            }
            bits = (bits << 6) | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                output.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= (1 << UInt32(count)) &- 1
            }
        }
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte &- UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte &- UInt8(ascii: "a") &+ 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0") &+ 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
