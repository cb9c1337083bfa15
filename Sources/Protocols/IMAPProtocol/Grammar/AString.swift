// SPDX-License-Identifier: Apache-2.0

extension CommandParser {
    // astring = 1*ASTRING-CHAR / string
    mutating func astring() throws(IMAPSyntaxError) -> [UInt8] {
        if next == UInt8(ascii: "\"") || next == UInt8(ascii: "{") {
            return try string()
        }
        let atom = run { $0.isAStringCharacter }
        guard !atom.isEmpty else {
            throw .invalid(isAtEnd ? "Missing arguments." : "Invalid arguments.")
        }
        return Array(atom)
    }

    // nstring = string / nil
    mutating func nstring() throws(IMAPSyntaxError) -> [UInt8]? {
        if take(word: "NIL") {
            return nil
        }
        return try string()
    }

    // string = quoted / literal
    mutating func string() throws(IMAPSyntaxError) -> [UInt8] {
        switch next {
        case UInt8(ascii: "\""): try quoted()
        case UInt8(ascii: "{"): try literal()
        default: throw .invalid(isAtEnd ? "Missing arguments." : "Expected a string.")
        }
    }

    // quoted = DQUOTE *QUOTED-CHAR DQUOTE; QUOTED-CHAR = <any TEXT-CHAR except quoted-specials> / "\" quoted-specials
    //
    // Bytes above 0x7F are borne as in RFC 9051: clients send passwords and search words so.
    mutating func quoted() throws(IMAPSyntaxError) -> [UInt8] {
        try require(UInt8(ascii: "\""))
        var value: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                return value
            case UInt8(ascii: "\\"):
                guard let escaped = next, escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
                    throw .invalid("Invalid character after '\\' in a quoted string.")
                }
                position += 1
                value.append(escaped)
            case 0x00, 0x0A, 0x0D:
                throw .invalid("Invalid character in a quoted string.")
            default:
                value.append(byte)
            }
        }
        throw .invalid("Missing '\"'.")
    }

    /// literal = "{" number ["+"] "}" CRLF *CHAR8 (RFC 3501, RFC 7888); CHAR8 excludes NUL.
    ///
    /// The reader has counted and bounded the bytes before; here they only must be there.
    mutating func literal() throws(IMAPSyntaxError) -> [UInt8] {
        try require(UInt8(ascii: "{"))
        let size = try number64()
        _ = take(UInt8(ascii: "+"))
        try require(UInt8(ascii: "}"), "Invalid literal.")
        _ = take(0x0D)
        try require(0x0A, "Invalid literal.")
        guard let size = Int(exactly: size), size <= end - position else {
            throw .invalid("Invalid literal.")
        }
        let value = input[position..<position + size]
        guard !value.contains(0) else {
            throw .invalid("NUL in a literal.")
        }
        position += size
        return Array(value)
    }
}
