// SPDX-License-Identifier: Apache-2.0

/// Why a command, or a part of one, could not be parsed.
package enum IMAPSyntaxError: Error, Equatable, Sendable {
    /// The bytes do not follow the grammar; the text says what was expected, for the client's eyes.
    case invalid(String)
    /// A limit was passed: nesting, count or length.
    case limit(String)
    /// A mailbox name that is no modified UTF-7, or that no mailbox may bear.
    case invalidMailboxName
    /// A SEARCH in a character set that the server does not know.
    case unknownCharset
}
