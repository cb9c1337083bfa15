// SPDX-License-Identifier: Apache-2.0

/// A character set that text can be converted from.
package enum Charset: Equatable, Sendable {
    /// UTF-8, and with it US-ASCII; invalid octets pass as they are.
    case utf8
    /// Windows-1252, which is also what mail labelled ISO-8859-1 holds in practice.
    case windows1252
    /// ISO-8859-15.
    case latin9
    /// One that is not known: its octets over 127 become U+FFFD.
    case unknown

    /// The character set of this name, without regard to case; a language after `*` (RFC 2231 section 5) is ignored.
    package init(name: [UInt8]) {
        let key = name.prefix { $0 != UInt8(ascii: "*") }.prefix(32).map(Octet.lowercased)
        switch String(decoding: key, as: UTF8.self) {
        case "utf-8", "utf8", "us-ascii", "ascii", "": self = .utf8
        case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "windows-1252", "cp1252": self = .windows1252
        case "iso-8859-15", "iso8859-15", "iso_8859-15", "latin9": self = .latin9
        default: self = .unknown
        }
    }

    /// Appends the text as UTF-8.
    package func convert(_ bytes: [UInt8], into output: inout [UInt8]) {
        guard self != .utf8 else {
            output += bytes
            return
        }
        for byte in bytes {
            if byte < 0x80 { output.append(byte) } else { Self.append(scalar(byte), to: &output) }
        }
    }

    /// The character of an octet over 127.
    private func scalar(_ byte: UInt8) -> UInt16 {
        switch self {
        case .utf8, .unknown: 0xFFFD
        case .windows1252: byte < 0xA0 ? Self.windows1252Scalars[Int(byte & 0x1F)] : UInt16(byte)
        case .latin9:
            switch byte {
            case 0xA4: 0x20AC
            case 0xA6: 0x0160
            case 0xA8: 0x0161
            case 0xB4: 0x017D
            case 0xB8: 0x017E
            case 0xBC: 0x0152
            case 0xBD: 0x0153
            case 0xBE: 0x0178
            default: UInt16(byte)
            }
        }
    }

    private static func append(_ scalar: UInt16, to output: inout [UInt8]) {
        if scalar < 0x800 {
            output.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
        } else {
            output.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            output.append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F))
        }
        output.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
    }

    /// What Windows-1252 has at 80 to 9F; its five holes stay the control characters of ISO-8859-1.
    private static let windows1252Scalars: [UInt16] = [
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D,
        0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x009D, 0x017E, 0x0178,
    ]
}
