// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Testing

@Suite("APPEND is streamed (RFC 3501 section 6.3.11)")
struct AppendTests {
    @Test func `Its head comes first, then the octets, then its end`() throws {
        let command = AppendCommand(
            try tag("1"),
            try mailbox("Sent"),
            flags: FlagList([.seen], [try #require(Keyword("$MDNSent"))]),
            date: IMAPDateTime(unixTime: 1_793_862_900, zoneMinutes: 60),
            size: 12
        )
        let all = events(
            "1 APPEND Sent (\\Seen $MDNSent) \" 5-Nov-2026 08:15:00 +0100\" {12}\r\n2 LOGOUT\r\n\r\n\r\n3 NOOP\r\n"
        )
        #expect(
            all == [
                .appendStarted(command), .continuationNeeded, .appendData(Array("2 LOGOUT\r\n\r\n".utf8)),
                .appendFinished, .command(IMAPCommand(try tag("3"), .noop)),
            ]
        )
    }

    @Test func `A mailbox name may be a literal itself`() throws {
        let command = AppendCommand(try tag("1"), try mailbox("a b"), size: 0, isSynchronising: false)
        let all = events("1 append {3}\r\na b {0+}\r\n\r\n")
        #expect(all == [.continuationNeeded, .appendStarted(command), .appendFinished])
    }

    @Test(arguments: [
        ("APPEND", "Missing literal."), ("APPEND INBOX", "Missing literal."),
        ("APPEND INBOX \"text\"", "Missing literal."), ("APPEND INBOX (\\Recent) {3}", "Invalid system flag \\Recent."),
        ("APPEND INBOX \"31-Feb-2026 08:15:00 +0100\" {3}", "Invalid date."),
        ("APPEND INBOX (\\Seen){3}", "Invalid arguments."), ("APPEND INBOX junk {3}", "Invalid arguments."),
    ])
    func `A wrong head is refused`(line: String, text: String) throws {
        let refusal = CommandRefusal(try tag("a"), .bad, text: "Error in IMAP command APPEND: \(text)")
        let noop = IMAPCommandReader.Event.command(IMAPCommand(try tag("b"), .noop))
        #expect(events("a \(line)\r\nb NOOP\r\n") == [.refused(refusal), noop])
    }

    @Test func `The octets after a wrong head are not read as commands`() throws {
        let refusal = CommandRefusal(try tag("1"), .no, .cannot, text: "Invalid mailbox name.")
        let all = events("1 APPEND &bad {10+}\r\n2 LOGOUT\r\n\r\n3 NOOP\r\n")
        #expect(all == [.refused(refusal), .command(IMAPCommand(try tag("3"), .noop))])
    }

    @Test func `A message over the limit is refused with TOOBIG`() throws {
        var limits = CommandLimits.session
        limits.message = 10
        let noop = IMAPCommandReader.Event.command(IMAPCommand(try tag("2"), .noop))
        for (literal, octets) in [("{11}", ""), ("{11+}", "12345678901\r\n")] {
            let all = events("1 APPEND INBOX \(literal)\r\n\(octets)2 NOOP\r\n", limits: limits)
            guard case .refused(let refusal)? = all.first else {
                Issue.record("\(all)")
                continue
            }
            #expect(refusal.condition == .no)
            #expect(refusal.code == .tooBig)
            #expect(all.dropFirst() == [noop])
        }
    }

    @Test(arguments: ["{3}\r\n", "{3+}\r\nabc\r\n"])
    func `The driver may refuse it before its octets`(literal: String) throws {
        let refusal = CommandRefusal(try tag("1"), .no, .tryCreate, text: "Mailbox doesn't exist.")
        let all = events("1 APPEND nowhere \(literal)2 NOOP\r\n", refusingAppend: refusal)
        let noop = IMAPCommandReader.Event.command(IMAPCommand(try tag("2"), .noop))
        #expect(all.count == 3)
        #expect(all.dropFirst() == [.refused(refusal), noop])
    }

    @Test func `The driver may break it off within its octets`() throws {
        let refusal = CommandRefusal(try tag("1"), .no, .serverBug, text: "Disk full.")
        for received in 0...4 {
            var reader = IMAPCommandReader(limits: .session)
            reader.append(Array("1 APPEND INBOX {4+}\r\n".utf8) + Array("abcd".utf8.prefix(received)))
            _ = reader.next()
            reader.acceptAppend()
            while case .appendData = reader.next() {}
            reader.refuseAppend(refusal)
            #expect(reader.next() == .needMore)
            reader.append(Array("abcd".utf8.dropFirst(received)) + Array("\r\n2 NOOP\r\n".utf8))
            #expect(reader.next() == .refused(refusal))
            #expect(reader.next() == .command(IMAPCommand(try tag("2"), .noop)))
        }
    }

    @Test(arguments: [" x\r\n", " {3+}\r\nabc\r\n", " {3}\r\n"])
    func `What follows the octets is refused`(rest: String) throws {
        let all = events("1 APPEND INBOX {2+}\r\nab\(rest)2 NOOP\r\n")
        let text = "Error in IMAP command APPEND: Unexpected extra arguments."
        #expect(all.count == 4)
        #expect(all.contains(.refused(CommandRefusal(try tag("1"), .bad, text: text))))
        #expect(all.last == .command(IMAPCommand(try tag("2"), .noop)))
    }

    @Test func `It is refused before log-in`() throws {
        let text = "Error in IMAP command received by server."
        let refusal = CommandRefusal(try tag("1"), .bad, text: text)
        #expect(events("1 APPEND INBOX {3}\r\n", limits: .login) == [.refused(refusal)])
        #expect(events("1 APPEND INBOX {3+}\r\nabc\r\n", limits: .login) == [.refused(refusal)])
        #expect(events("1 APPEND INBOX {99999+}\r\n", limits: .login) == [.disconnect("Too large literal.")])
    }

    @Test func `A message of 50 MB is never held`() {
        var reader = IMAPCommandReader(limits: .session)
        reader.append(Array("1 APPEND INBOX {52428800}\r\n".utf8))
        _ = reader.next()
        reader.acceptAppend()
        #expect(reader.next() == .continuationNeeded)
        let chunk = [UInt8](repeating: 0x41, count: 65_536)
        var received = 0
        for _ in 0..<800 {
            reader.append(chunk)
            while case .appendData(let data) = reader.next() {
                received += data.count
            }
            #expect(reader.unreadCount == 0)
        }
        #expect(received == 52_428_800)
        reader.append(Array("\r\n".utf8))
        #expect(reader.next() == .appendFinished)
    }
}
