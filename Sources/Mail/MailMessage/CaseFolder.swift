// SPDX-License-Identifier: Apache-2.0

/// Turns UTF-8 into lower case, octet by octet as it comes; octets that are no UTF-8 pass as they are.
struct CaseFolder {
    /// The octets of a character that is not complete, most significant first.
    private var gathered: UInt32 = 0
    private var count = 0
    private var missing = 0

    /// Takes an octet and gives out what has become certain.
    @inline(__always)
    mutating func fold(_ byte: UInt8, _ emit: (UInt8) -> Void) {
        if missing == 0, byte < 0x80 {
            emit(Octet.lowercased(byte))
            return
        }
        foldSlowly(byte, emit)
    }

    /// Gives out what was held back.
    mutating func finish(_ emit: (UInt8) -> Void) {
        for shift in stride(from: (count - 1) * 8, through: 0, by: -8) {
            emit(UInt8(truncatingIfNeeded: gathered >> UInt32(shift)))
        }
        gathered = 0
        count = 0
        missing = 0
    }

    private mutating func foldSlowly(_ byte: UInt8, _ emit: (UInt8) -> Void) {
        if missing > 0 {
            guard byte & 0xC0 == 0x80 else {
                finish(emit)
                fold(byte, emit)
                return
            }
            gathered = gathered << 8 | UInt32(byte)
            count += 1
            missing -= 1
            if missing == 0 { complete(emit) }
            return
        }
        switch byte {
        case 0xC2...0xDF: missing = 1
        case 0xE0...0xEF: missing = 2
        case 0xF0...0xF4: missing = 3
        default:
            emit(byte)
            return
        }
        gathered = UInt32(byte)
        count = 1
    }

    private mutating func complete(_ emit: (UInt8) -> Void) {
        guard let scalar = scalar, Self.mayHaveCase(scalar), scalar.properties.changesWhenLowercased else {
            finish(emit)
            return
        }
        gathered = 0
        count = 0
        for folded in scalar.properties.lowercaseMapping.utf8 { emit(folded) }
    }

    private var scalar: Unicode.Scalar? {
        switch count {
        case 2: Unicode.Scalar((gathered >> 8 & 0x1F) << 6 | gathered & 0x3F)
        case 3: Unicode.Scalar((gathered >> 16 & 0x0F) << 12 | (gathered >> 8 & 0x3F) << 6 | gathered & 0x3F)
        default:
            Unicode.Scalar(
                (gathered >> 24 & 0x07) << 18 | (gathered >> 16 & 0x3F) << 12 | (gathered >> 8 & 0x3F) << 6
                    | gathered & 0x3F
            )
        }
    }

    /// Leaves out the large scripts that have no case, whose characters would be looked up for nothing.
    private static func mayHaveCase(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2E80..<0xA640, 0xAC00..<0xFF21: false
        default: true
        }
    }
}
