// SPDX-License-Identifier: Apache-2.0

/// The client's name for a command, repeated in its reply (RFC 3501 section 2.2.1).
package struct IMAPTag: Hashable, Sendable, CustomStringConvertible {
    /// The bytes, never empty, all of them printable US-ASCII.
    package let bytes: [UInt8]

    /// Makes a tag, or nil when the text is none.
    package init?(_ text: String) {
        self.init(bytes: text.utf8)
    }

    /// Makes a tag, or nil when the bytes are none.
    init?(bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty, bytes.allSatisfy({ $0.isAStringCharacter && $0 != UInt8(ascii: "+") }) else {
            return nil
        }
        self.bytes = Array(bytes)
    }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension CommandParser {
    // tag = 1*<any ASTRING-CHAR except "+">
    mutating func tag() throws(IMAPSyntaxError) -> IMAPTag {
        guard let tag = IMAPTag(bytes: run { $0.isAStringCharacter && $0 != UInt8(ascii: "+") }) else {
            throw .invalid("Invalid tag.")
        }
        return tag
    }
}
