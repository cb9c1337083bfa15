// SPDX-License-Identifier: Apache-2.0

/// One element of an address list in a header field, in the shape that the IMAP ENVELOPE wants (RFC 3501 section 7.4.2).
///
/// The texts are the octets of the message without quotes, comments and folding; encoded-words stay as they are.
package struct HeaderAddress: Equatable, Sendable {
    /// What the element is.
    package enum Kind: Equatable, Sendable {
        /// A mailbox.
        case mailbox
        /// The begin of a group; `mailbox` is its name, all else nil.
        case groupStart
        /// The end of a group; all is nil.
        case groupEnd
    }

    /// What the element is.
    package var kind: Kind
    /// The display name, or the comment that stands in for it (`joe@example.org (Joe)`).
    package var displayName: [UInt8]?
    /// The source route with its `@` and commas, without the colon ("at-domain-list").
    package var route: [UInt8]?
    /// The local part, or the name of a group.
    package var mailbox: [UInt8]?
    /// The domain; empty, not nil, for a mailbox without one.
    package var host: [UInt8]?
    /// Where the address proper stands in the text that was parsed (without display name and brackets).
    package var range: Range<Int>

    /// Makes an element.
    package init(
        kind: Kind,
        displayName: [UInt8]? = nil,
        route: [UInt8]? = nil,
        mailbox: [UInt8]? = nil,
        host: [UInt8]? = nil,
        range: Range<Int> = 0..<0
    ) {
        self.kind = kind
        self.displayName = displayName
        self.route = route
        self.mailbox = mailbox
        self.host = host
        self.range = range
    }

    /// The mailbox as an address that may go into an envelope, or nil if it is none (a group, controls, a bad domain).
    package var emailAddress: EmailAddress? {
        guard kind == .mailbox, let mailbox, let host, let localPart = AddressSyntax.text(mailbox),
            let domain = AddressSyntax.text(host)
        else { return nil }
        return EmailAddress(localPart: localPart, domain: domain)
    }
}
