// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Testing

/// Feeds a client's bytes to a reader and collects what it says.
struct Conversation {
    var reader: IMAPCommandReader
    /// What the driver answers to an APPEND; nil accepts it.
    var appendRefusal: CommandRefusal?
    /// The events but `.needMore`; the octets of a message are joined.
    var events: [IMAPCommandReader.Event] = []
    /// The most bytes that the reader held after it had read what it could.
    var mostHeld = 0

    init(_ limits: CommandLimits = .session, refusingAppend refusal: CommandRefusal? = nil) {
        reader = IMAPCommandReader(limits: limits)
        appendRefusal = refusal
    }

    /// Feeds bytes and reads all events; false once the reader has ended the connection.
    @discardableResult
    mutating func feed(_ bytes: [UInt8]) -> Bool {
        reader.append(bytes)
        while true {
            let event = reader.next()
            switch event {
            case .needMore:
                mostHeld = max(mostHeld, reader.unreadCount)
                return true
            case .disconnect:
                events.append(event)
                return false
            case .appendStarted:
                events.append(event)
                if let appendRefusal {
                    reader.refuseAppend(appendRefusal)
                } else {
                    reader.acceptAppend()
                }
            case .appendData(let data):
                if case .appendData(let before)? = events.last {
                    events[events.count - 1] = .appendData(before + data)
                } else {
                    events.append(event)
                }
            default:
                events.append(event)
            }
        }
    }
}

/// The events of bytes that come in pieces of the given size.
func events(
    _ bytes: [UInt8],
    pieces size: Int,
    limits: CommandLimits = .session,
    refusingAppend refusal: CommandRefusal? = nil
) -> [IMAPCommandReader.Event] {
    var conversation = Conversation(limits, refusingAppend: refusal)
    var rest = bytes[...]
    while !rest.isEmpty {
        guard conversation.feed(Array(rest.prefix(size))) else {
            break
        }
        rest = rest.dropFirst(size)
    }
    return conversation.events
}

/// The events of text; expects that the pieces in which it comes make no difference.
func events(
    _ text: String,
    limits: CommandLimits = .session,
    refusingAppend refusal: CommandRefusal? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) -> [IMAPCommandReader.Event] {
    let bytes = Array(text.utf8)
    let whole = events(bytes, pieces: max(bytes.count, 1), limits: limits, refusingAppend: refusal)
    for size in [1, 2, 7] {
        let dripped = events(bytes, pieces: size, limits: limits, refusingAppend: refusal)
        #expect(dripped == whole, "in pieces of \(size)", sourceLocation: sourceLocation)
    }
    return whole
}

/// The request of one command line, `a ` before it; nil when the reader says anything else than one command.
func request(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) -> IMAPRequest? {
    let all = events("a \(line)\r\n", sourceLocation: sourceLocation).filter { $0 != .continuationNeeded }
    guard all.count == 1, case .command(let command)? = all.first, command.tag == IMAPTag("a") else {
        return nil
    }
    return command.request
}

/// The refusal of one command line, `a ` before it.
func refusal(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) -> CommandRefusal? {
    let all = events("a \(line)\r\n", sourceLocation: sourceLocation).filter { $0 != .continuationNeeded }
    guard all.count == 1, case .refused(let refusal)? = all.first else {
        return nil
    }
    return refusal
}

/// A mailbox name that the test knows to be right.
func mailbox(_ name: String) throws -> IMAPMailboxName {
    try #require(IMAPMailboxName(name))
}

/// A tag that the test knows to be right.
func tag(_ text: String) throws -> IMAPTag {
    try #require(IMAPTag(text))
}

extension SequenceSet {
    /// A set of single numbers and ranges, 0 standing for `*`.
    static func of(_ ranges: (UInt32, UInt32)...) -> SequenceSet {
        func bound(_ number: UInt32) -> Bound { number == 0 ? .largest : .number(number) }
        return SequenceSet(ranges.map { Element(bound($0.0), bound($0.1)) })
    }
}
