// SPDX-License-Identifier: Apache-2.0
import IMAPProtocol
import MailboxNames

extension FuzzTarget {
    /// A stream of commands, literals and messages, before and after log-in.
    static let imapCommands = FuzzTarget("imap-commands", upTo: 16384) { bytes in
        for limits in [CommandLimits.session, .login, small] {
            let whole = events([bytes[...]], limits)
            var cuts = Cuts(for: bytes)
            try requireEqual(events(cuts.pieces(of: bytes), limits), whole, "the commands depend on the cuts")
            for event in whole {
                guard case .command(let command) = event else { continue }
                try checkRequest(command.request)
            }
        }
    }

    /// Search keys: the input is what stands behind SEARCH.
    static let imapSearch = FuzzTarget("imap-search", upTo: 4096) { bytes in
        for verb in ["SEARCH ", "UID SEARCH "] {
            _ = events([("a " + verb).utf8.map { $0 } + bytes + [13, 10]].map { $0[...] }, .session)
        }
    }

    /// Message sets, FETCH items and flags: the input is what stands behind the verb.
    static let imapFetch = FuzzTarget("imap-fetch", upTo: 4096) { bytes in
        for verb in ["FETCH ", "UID FETCH ", "STORE ", "COPY ", "STATUS ", "LIST "] {
            let line = ("a " + verb).utf8.map { $0 } + bytes + [13, 10]
            for event in events([line[...]], .session) {
                guard case .command(let command) = event else { continue }
                try checkRequest(command.request)
            }
        }
    }

    /// Mailbox names in modified UTF-7 and in UTF-8, and patterns of LIST over them.
    static let mailboxNames = FuzzTarget("mailbox-names", upTo: 1024) { bytes in
        if let name = ModifiedUTF7.decode(bytes) {
            try requireEqual(ModifiedUTF7.encode(name), bytes, "a name has two spellings")
            try require(String(validating: name, as: UTF8.self) != nil, "a name is not UTF-8")
        }
        if String(validating: bytes, as: UTF8.self) != nil, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
            try requireEqual(ModifiedUTF7.decode(ModifiedUTF7.encode(bytes)), bytes, "a name is lost in its encoding")
        } else {
            _ = ModifiedUTF7.encode(bytes)
        }
        if let name = IMAPMailboxName(utf8: bytes) {
            let again = try? IMAPMailboxName(encoded: name.encoded)
            // Encoded it may be longer than a name on the wire may be.
            if name.encoded.count <= IMAPMailboxName.maximumLength { try requireEqual(again, name, "mailbox name") }
        }
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
        if parts.count == 2 {
            let pattern = ListPattern(utf8: parts[0]).relative(to: Array(parts[0].prefix(3)))
            for separator in [UInt8(ascii: "/"), UInt8(ascii: ".")] {
                _ = pattern.matches(parts[1], separator: separator)
            }
            if !parts[0].contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "%") }), parts[0] == parts[1] {
                let matches = ListPattern(utf8: parts[0]).matches(parts[1], separator: UInt8(ascii: "/"))
                try require(matches, "a name does not match itself")
            }
        }
    }

    private static let small: CommandLimits = {
        var limits = CommandLimits.session
        limits.line = 200
        limits.literal = 100
        limits.command = 400
        limits.literals = 4
        limits.message = 300
        limits.discard = 500
        limits.nesting = 4
        limits.searchKeys = 10
        limits.sequenceRanges = 10
        limits.listItems = 8
        return limits
    }()

    private static func events(_ pieces: [ArraySlice<UInt8>], _ limits: CommandLimits) -> [IMAPCommandReader.Event] {
        var reader = IMAPCommandReader(limits: limits)
        var events: [IMAPCommandReader.Event] = []
        for piece in pieces {
            reader.append(piece)
            reading: while true {
                let event = reader.next()
                switch event {
                case .needMore: break reading
                case .disconnect:
                    events.append(event)
                    return events
                case .appendStarted(let command):
                    events.append(event)
                    if command.size % 7 == 3 {
                        reader.refuseAppend(CommandRefusal(command.tag, .no, text: "no"))
                    } else {
                        reader.acceptAppend()
                    }
                case .appendData(let data):
                    if case .appendData(let before)? = events.last {
                        events[events.count - 1] = .appendData(before + data)
                    } else {
                        events.append(event)
                    }
                default: events.append(event)
                }
            }
        }
        return events
    }

    private static func checkRequest(_ request: IMAPRequest) throws {
        switch request {
        case .create(let name), .delete(let name): try checkName(name)
        case .rename(let first, let second):
            try checkName(first)
            try checkName(second)
        case .fetch(let set, _, _), .store(let set, _, _), .copy(let set, _, _), .move(let set, _, _):
            try checkSet(set)
        default: break
        }
    }

    private static func checkName(_ name: IMAPMailboxName) throws {
        try require(name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "a control character in a mailbox name")
    }

    private static func checkSet(_ set: SequenceSet) throws {
        for largest in [0, 1, 7, UInt32.max] {
            let resolved = set.resolved(largest: largest)
            var last: UInt64 = 0
            for range in resolved.ranges {
                try require(last == 0 || UInt64(range.lowerBound) > last + 1, "ranges touch or overlap")
                last = UInt64(range.upperBound)
            }
            try requireEqual(NumberSet(resolved.ranges), resolved, "a set changes when it is made again")
            let clamped = resolved.clamped(to: 1...7)
            try requireEqual(clamped.count, Array(clamped.numbers).count, "how many numbers there are")
            for number in clamped.numbers { try require(resolved.contains(number), "a number is lost") }
        }
    }
}
