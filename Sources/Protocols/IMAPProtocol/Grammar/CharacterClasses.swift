// SPDX-License-Identifier: Apache-2.0

/// The character classes of RFC 3501 section 9, asked of a byte.
extension UInt8 {
    /// Whether the byte is a letter of US-ASCII.
    var isLetter: Bool { (0x41...0x5A).contains(self & 0xDF) }

    /// Whether the byte is a digit of US-ASCII.
    var isDigit: Bool { (0x30...0x39).contains(self) }

    /// The value of a digit; meaningless for other bytes.
    var digitValue: UInt8 { self &- 0x30 }

    /// The byte with `a`-`z` made `A`-`Z`.
    var uppercased: UInt8 { (0x61...0x7A).contains(self) ? self & 0xDF : self }

    // ATOM-CHAR = <any CHAR except atom-specials>
    var isAtomCharacter: Bool {
        guard (0x21...0x7E).contains(self) else {
            return false
        }
        return switch self {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"), UInt8(ascii: "%"), UInt8(ascii: "*"),
            UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "]"):
            false
        default:
            true
        }
    }

    // ASTRING-CHAR = ATOM-CHAR / resp-specials
    var isAStringCharacter: Bool { isAtomCharacter || self == UInt8(ascii: "]") }

    // list-char = ATOM-CHAR / list-wildcards / resp-specials
    var isListCharacter: Bool { isAStringCharacter || self == UInt8(ascii: "%") || self == UInt8(ascii: "*") }
}

/// Says whether two runs of bytes are equal without regard to the case of US-ASCII letters.
func equalIgnoringCase(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { $0.uppercased == $1.uppercased }
}
