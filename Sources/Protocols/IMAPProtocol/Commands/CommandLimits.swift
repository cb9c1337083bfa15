// SPDX-License-Identifier: Apache-2.0

/// How much one command may hold.
///
/// All are checked before memory is taken for it.
package struct CommandLimits: Equatable, Sendable {
    /// The longest line in bytes, literals not counted; longer ones end the session.
    package var line = 65_536
    /// The largest literal in bytes, the message of APPEND excepted.
    package var literal = 65_536
    /// All lines and literals of one command together, in bytes, the message of APPEND excepted.
    package var command = 1_048_576
    /// The most literals in a command.
    package var literals = 256
    /// The largest message that APPEND takes, in bytes; nil where there is no APPEND, before log-in.
    package var message: UInt64?
    /// How many bytes of refused non-synchronising literals are read and thrown away before the session is ended.
    package var discard: UInt64 = 1 << 30
    /// The depth of parentheses, NOT and OR in SEARCH, and of the part numbers of a section.
    package var nesting = 64
    /// The most keys in a SEARCH.
    package var searchKeys = 4096
    /// The most numbers and ranges in a message set.
    package var sequenceRanges = 32_768
    /// The most members of any other list: flags, FETCH items, header fields.
    package var listItems = 1024

    /// For a client that has logged in; the message size is 50 MiB until the service sets its own.
    package static let session: Self = {
        var limits = Self()
        limits.message = 52_428_800
        return limits
    }()

    /// For a client nobody knows yet: room for a SASL initial response, an ID and a password, no more.
    package static let login: Self = {
        var limits = Self()
        limits.line = 16_384
        limits.literal = 8192
        limits.command = 65_536
        limits.literals = 64
        limits.discard = 65_536
        limits.listItems = 64
        return limits
    }()
}
