// SPDX-License-Identifier: Apache-2.0

/// A status line (RFC 1939 section 3), with the response code of RFC 2449 section 8 where there is one.
package struct POP3Reply: Equatable, Sendable {
    /// What a client may conclude from a failure.
    package enum Code: String, Sendable {
        /// RFC 3206: the name or the password is wrong.
        case authentication = "AUTH"
        /// RFC 3206: something of ours is broken for the moment.
        case temporary = "SYS/TEMP"
        /// RFC 3206: something of ours is broken until somebody mends it.
        case permanent = "SYS/PERM"
        /// RFC 2449: the mailbox is locked.
        case inUse = "IN-USE"
        /// RFC 2449: too soon after the last log-in.
        case loginDelay = "LOGIN-DELAY"
    }

    /// Whether it is `+OK`.
    package var isOK: Bool

    /// The response code.
    package var code: Code?

    /// The text.
    package var text: String

    /// Makes a `+OK`.
    package static func ok(_ text: String = "") -> POP3Reply {
        POP3Reply(isOK: true, text: text)
    }

    /// Makes a `-ERR` without a code.
    package static func error(_ text: String) -> POP3Reply {
        POP3Reply(isOK: false, text: text)
    }

    /// Makes a `-ERR`.
    package static func error(_ code: Code, _ text: String) -> POP3Reply {
        POP3Reply(isOK: false, code: code, text: text)
    }

    /// The line with its CRLF; a control character in the text becomes `?` and cannot end the line.
    package var bytes: [UInt8] {
        var out = [UInt8]((isOK ? "+OK" : "-ERR").utf8)
        if let code { out.append(contentsOf: " [\(code.rawValue)]".utf8) }
        if !text.isEmpty {
            out.append(UInt8(ascii: " "))
            for byte in text.utf8 { out.append(byte < 0x20 || byte == 0x7F ? UInt8(ascii: "?") : byte) }
        }
        out.append(0x0D)
        out.append(0x0A)
        return out
    }
}
