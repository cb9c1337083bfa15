// SPDX-License-Identifier: Apache-2.0

/// Why a text is not base64, or not base64 that we take.
package enum Base64Error: Error, Equatable, Sendable {
    /// A byte outside the alphabet, padding in the wrong place, or bits that padding should have left zero.
    case malformed
    /// The decoded bytes would exceed the caller's limit.
    case tooLong
}

/// The base64 of RFC 4648 section 4, strict in both directions: no white space, full padding, no stray bits.
///
/// Strictness matters where the text is a log-in: two texts that decode to the same bytes would let a client pass a filter
/// that looked at the text.
package enum Base64 {
    /// Encodes bytes with padding, without line breaks.
    package static func encode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.underestimatedCount &+ 2) / 3 &* 4)
        var accumulator: UInt32 = 0
        var held = 0
        for byte in bytes {
            accumulator = accumulator << 8 | UInt32(byte)
            held += 1
            if held == 3 {
                out.append(digit(accumulator >> 18))
                out.append(digit(accumulator >> 12))
                out.append(digit(accumulator >> 6))
                out.append(digit(accumulator))
                accumulator = 0
                held = 0
            }
        }
        switch held {
        case 1:
            out.append(digit(accumulator >> 2))
            out.append(digit(accumulator << 4))
            out.append(padding)
            out.append(padding)
        case 2:
            out.append(digit(accumulator >> 10))
            out.append(digit(accumulator >> 4))
            out.append(digit(accumulator << 2))
            out.append(padding)
        default: break
        }
        return out
    }

    /// Decodes a whole text; `maximum` bounds the decoded bytes and is checked before anything is allocated.
    package static func decode(_ text: ArraySlice<UInt8>, maximum: Int) throws(Base64Error) -> [UInt8] {
        guard text.count % 4 == 0 else { throw .malformed }
        guard !text.isEmpty else { return [] }
        var digits = text
        while digits.last == padding, text.count - digits.count < 2 { digits.removeLast() }
        let pads = text.count - digits.count
        let length = text.count / 4 * 3 - pads
        guard length <= maximum else { throw .tooLong }

        var out: [UInt8] = []
        out.reserveCapacity(length)
        var accumulator: UInt32 = 0
        var held = 0
        for byte in digits {
            guard let value = value(byte) else { throw .malformed }
            accumulator = accumulator << 6 | UInt32(value)
            held += 1
            if held == 4 {
                out.append(UInt8(truncatingIfNeeded: accumulator >> 16))
                out.append(UInt8(truncatingIfNeeded: accumulator >> 8))
                out.append(UInt8(truncatingIfNeeded: accumulator))
                accumulator = 0
                held = 0
            }
        }
        switch held {
        case 2:
            guard accumulator & 0x0F == 0 else { throw .malformed }
            out.append(UInt8(truncatingIfNeeded: accumulator >> 4))
        case 3:
            guard accumulator & 0x03 == 0 else { throw .malformed }
            out.append(UInt8(truncatingIfNeeded: accumulator >> 10))
            out.append(UInt8(truncatingIfNeeded: accumulator >> 2))
        default: break
        }
        return out
    }

    /// Decodes a whole text; `maximum` bounds the decoded bytes.
    package static func decode(_ text: [UInt8], maximum: Int) throws(Base64Error) -> [UInt8] {
        try decode(text[...], maximum: maximum)
    }

    private static let padding = UInt8(ascii: "=")

    private static func digit(_ bits: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: bits & 0x3F)
        switch value {
        case 0..<26: return UInt8(ascii: "A") &+ value
        case 26..<52: return UInt8(ascii: "a") &+ (value &- 26)
        case 52..<62: return UInt8(ascii: "0") &+ (value &- 52)
        case 62: return UInt8(ascii: "+")
        default: return UInt8(ascii: "/")
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
