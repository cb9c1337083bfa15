// SPDX-License-Identifier: Apache-2.0
internal import MailboxNames

/// A mailbox's name as text, with `INBOX` in whatever case made `INBOX` (RFC 3501 section 5.1).
///
/// Names are compared byte by byte: no Unicode normalisation, since the folders on disk know none.
package struct IMAPMailboxName: Hashable, Sendable, CustomStringConvertible {
    /// The name in UTF-8: not empty, no control characters.
    package let utf8: [UInt8]

    /// The longest name in bytes of UTF-8.
    package static let maximumLength = 4096

    /// The one name that every user has.
    package static let inbox = Self(checked: Array("INBOX".utf8))

    private init(checked utf8: [UInt8]) {
        self.utf8 = utf8
    }

    /// Makes a name of valid UTF-8, or nil when it is empty, too long, malformed or holds control characters.
    package init?(utf8: [UInt8]) {
        guard !utf8.isEmpty, utf8.count <= Self.maximumLength,
            utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            String(validating: utf8, as: UTF8.self) != nil
        else {
            return nil
        }
        self = equalIgnoringCase(utf8, Self.inbox.utf8) ? .inbox : Self(checked: utf8)
    }

    /// Makes a name of text, or nil where `init(utf8:)` would.
    package init?(_ text: String) {
        self.init(utf8: Array(text.utf8))
    }

    /// Makes a name of the modified UTF-7 that a client sent.
    package init(encoded: [UInt8]) throws(IMAPSyntaxError) {
        guard encoded.count <= Self.maximumLength, let name = ModifiedUTF7.decode(encoded).flatMap(Self.init(utf8:))
        else {
            throw .invalidMailboxName
        }
        self = name
    }

    /// Whether this is the user's inbox.
    package var isInbox: Bool { self == .inbox }

    /// The name as modified UTF-7, not quoted.
    package var encoded: [UInt8] { ModifiedUTF7.encode(utf8) }

    /// The name as text.
    package var string: String { String(decoding: utf8, as: UTF8.self) }

    package var description: String { string }
}

extension CommandParser {
    // mailbox = "INBOX" / astring
    mutating func mailbox() throws(IMAPSyntaxError) -> IMAPMailboxName {
        try IMAPMailboxName(encoded: try astring())
    }
}
