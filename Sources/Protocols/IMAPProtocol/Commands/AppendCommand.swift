// SPDX-License-Identifier: Apache-2.0

/// An APPEND up to its message: everything is known but the octets (RFC 3501 section 6.3.11).
package struct AppendCommand: Equatable, Sendable {
    package var tag: IMAPTag
    package var mailbox: IMAPMailboxName
    package var flags: FlagList
    /// The message's INTERNALDATE; nil means now.
    package var date: IMAPDateTime?
    /// The message's size in octets, within the limit.
    package var size: UInt64
    /// Whether the client waits for a continuation before it sends the message.
    package var isSynchronising: Bool

    package init(
        _ tag: IMAPTag,
        _ mailbox: IMAPMailboxName,
        flags: FlagList = FlagList(),
        date: IMAPDateTime? = nil,
        size: UInt64,
        isSynchronising: Bool = true
    ) {
        self.tag = tag
        self.mailbox = mailbox
        self.flags = flags
        self.date = date
        self.size = size
        self.isSynchronising = isSynchronising
    }
}

/// What the literal that was just announced is to the command before it.
enum AnnouncedLiteral {
    /// An argument: it is read and kept.
    case argument
    /// The message of an APPEND: it is streamed.
    case message(AppendCommand)
    /// The command before it is wrong.
    case refused(CommandRefusal)
}

extension CommandParser {
    // append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal
    //
    // The parser's bytes end with the announcement of `literal`. Only APPEND is looked at before it is complete.
    mutating func announced(_ literal: LiteralAnnouncement) -> AnnouncedLiteral {
        do throws(IMAPSyntaxError) {
            let tag = try tag()
            try space()
            guard IMAPVerb(name: run { $0.isAtomCharacter }) == .append else {
                return .argument
            }
            return append(tag, literal)
        } catch {
            return .argument
        }
    }

    private mutating func append(_ tag: IMAPTag, _ literal: LiteralAnnouncement) -> AnnouncedLiteral {
        do throws(IMAPSyntaxError) {
            try space()
            if position == literal.start {
                return .argument
            }
            var command = AppendCommand(
                tag,
                try mailbox(),
                size: literal.size,
                isSynchronising: literal.isSynchronising
            )
            try space()
            if next == UInt8(ascii: "(") {
                command.flags = try flagList()
                try space()
            }
            if next == UInt8(ascii: "\"") {
                command.date = try dateTime()
                try space()
            }
            guard position == literal.start else {
                throw .invalid("Invalid arguments.")
            }
            return .message(command)
        } catch {
            return .refused(CommandRefusal(tag, command: "APPEND", error))
        }
    }
}
