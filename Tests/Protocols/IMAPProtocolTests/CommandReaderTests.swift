// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Testing

@Suite("Framing of commands (RFC 3501 section 2.2.1, RFC 7888)")
struct CommandReaderTests {
    private func command(_ tagText: String, _ request: IMAPRequest) throws -> IMAPCommandReader.Event {
        .command(IMAPCommand(try tag(tagText), request))
    }

    @Test func `Pipelined commands come one after the other`() throws {
        let all = events("1 NOOP\r\n2 CAPABILITY\r\n3 LOGOUT\r\n")
        #expect(all == [try command("1", .noop), try command("2", .capability), try command("3", .logout)])
    }

    @Test func `A bare LF ends a line as well`() throws {
        #expect(events("1 NOOP\n2 NOOP\r\n") == [try command("1", .noop), try command("2", .noop)])
    }

    @Test func `A synchronising literal asks for a continuation each`() throws {
        let all = events("1 LOGIN {5}\r\nalice {8}\r\npa\"s{1}\r\r\n")
        let login = IMAPRequest.login(user: Array("alice".utf8), password: Secret(Array("pa\"s{1}\r".utf8)))
        #expect(all == [.continuationNeeded, .continuationNeeded, try command("1", login)])
    }

    @Test func `A non-synchronising literal asks for nothing`() throws {
        let all = events("1 LOGIN {5+}\r\nalice {0+}\r\n\r\n2 NOOP\r\n")
        let login = IMAPRequest.login(user: Array("alice".utf8), password: Secret([]))
        #expect(all == [try command("1", login), try command("2", .noop)])
    }

    @Test func `What looks like a literal inside quotes is none`() throws {
        let all = events("1 LOGIN alice \"x{5}\"\r\n2 LOGIN alice \"x{5}\r\n3 NOOP\r\n")
        let login = IMAPRequest.login(user: Array("alice".utf8), password: Secret(Array("x{5}".utf8)))
        let refusal = CommandRefusal(try tag("2"), .bad, text: "Error in IMAP command LOGIN: Missing '\"'.")
        #expect(all == [try command("1", login), .refused(refusal), try command("3", .noop)])
    }

    @Test func `The octets of a literal in a wrong place are never read as commands`() throws {
        let all = events("1 NOOP x~{8+}\r\n2 LOGOUT\r\n3 NOOP\r\n")
        let refusal = CommandRefusal(
            try tag("1"),
            .bad,
            text: "Error in IMAP command NOOP: Unexpected extra arguments."
        )
        #expect(all == [.refused(refusal), try command("3", .noop)])
    }

    @Test(arguments: ["", "\u{0}", " NOOP", "+ NOOP", "a", "a+b NOOP", "\"a\" NOOP", "ä NOOP"])
    func `A line without a tag gets an untagged BAD`(line: String) {
        let text = "Error in IMAP command received by server."
        let expected = IMAPCommandReader.Event.refused(CommandRefusal(nil, .bad, text: text))
        #expect(events(line + "\r\n") == [expected])
    }

    @Test func `Every prefix of a command only asks for more`() {
        let text = Array("a SEARCH OR FROM \"x\" (SUBJECT {3}\r\na b TEXT y) UID 1:*,4\r\n".utf8)
        for length in 0..<text.count {
            let all = events(Array(text[..<length]), pieces: 5)
            #expect(all.allSatisfy { $0 == .continuationNeeded }, "\(length) bytes")
        }
        #expect(events(text, pieces: text.count).count == 2)
    }

    @Test func `A line over the limit ends the session and holds no memory`() {
        var conversation = Conversation(.session)
        let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 4096)
        var fed = 0
        while conversation.feed(chunk), fed < 1000 {
            fed += 1
        }
        #expect(fed == 16)
        #expect(conversation.events == [.disconnect("Too long IMAP command line.")])
        #expect(conversation.reader.unreadCount == 0)
    }

    @Test func `A line of exactly the limit is read`() throws {
        var limits = CommandLimits.session
        limits.line = 9
        #expect(events("1 ID NIL\r\n", limits: limits) == [try command("1", .id(nil))])
        #expect(events("1 ID  NIL\r\n", limits: limits).count == 1)
        #expect(events("1 CREATE abc\r\n", limits: limits) == [.disconnect("Too long IMAP command line.")])
    }

    @Test func `A command over the limit is told the same, however it is cut`() {
        var limits = CommandLimits.session
        limits.line = 30
        limits.command = 40
        let line = String(repeating: "x", count: 31)
        // The line alone is too long as well, but the command is before.
        #expect(
            events("1 LOGIN {10}\r\n0123456789 \(line)\r\n", limits: limits)
                == [.continuationNeeded, .disconnect("Too long IMAP command.")]
        )
    }

    @Test func `A too large synchronising literal is refused with TOOBIG at once`() throws {
        let refusal = CommandRefusal(try tag("1"), .no, .tooBig, text: "Too large literal.")
        #expect(
            events("1 LOGIN {8193}\r\n2 NOOP\r\n", limits: .login) == [.refused(refusal), try command("2", .noop)]
        )
        let huge = "1 LOGIN {99999999999999999999999999}\r\n"
        #expect(events(huge, limits: .login) == [.refused(refusal)])
    }

    @Test func `A too large non-synchronising literal is thrown away, then refused`() throws {
        var limits = CommandLimits.login
        limits.literal = 4
        let refusal = CommandRefusal(try tag("1"), .no, .tooBig, text: "Too large literal.")
        let all = events("1 LOGIN {9+}\r\n2 LOGOUT\n {3+}\r\nabc\r\n4 NOOP\r\n", limits: limits)
        #expect(all == [.refused(refusal), try command("4", .noop)])
    }

    @Test func `A synchronising literal after a refused one ends the command`() throws {
        var limits = CommandLimits.login
        limits.literal = 4
        let refusal = CommandRefusal(try tag("1"), .no, .tooBig, text: "Too large literal.")
        let all = events("1 LOGIN {5+}\r\n12345 {3}\r\n2 NOOP\r\n", limits: limits)
        #expect(all == [.refused(refusal), try command("2", .noop)])
    }

    @Test(arguments: ["1 LOGIN {65537+}\r\n", "1 LOGIN {18446744073709551615+}\r\n", "1 LOGIN {60000+}\r\n"])
    func `A non-synchronising literal too large to throw away ends the session`(line: String) {
        var limits = CommandLimits.login
        limits.discard = 59_999
        #expect(events(line, limits: limits) == [.disconnect("Too large literal.")])
    }

    @Test func `The literals of one command are bounded in number and in sum`() throws {
        var limits = CommandLimits.session
        limits.literals = 2
        let text = "1 ID ({1+}\r\na {1+}\r\nb {1}\r\n2 NOOP\r\n"
        let refusal = CommandRefusal(try tag("1"), .bad, text: "Too many literals in the command.")
        #expect(events(text, limits: limits) == [.refused(refusal), try command("2", .noop)])

        limits = .session
        limits.command = 49
        let tooBig = CommandRefusal(try tag("1"), .no, .tooBig, text: "Too large literal.")
        #expect(events("1 LOGIN {20+}\r\n12345678901234567890 {9}\r\n", limits: limits) == [.refused(tooBig)])
    }

    @Test func `Lines that are no commands are read between commands`() throws {
        var reader = IMAPCommandReader(limits: .login)
        reader.append(Array("1 AUTHENTICATE PLAIN\r\nAGEAYg==\r\n2 NOOP\r\n".utf8))
        let authenticate = IMAPRequest.authenticate(mechanism: "PLAIN", initialResponse: nil)
        #expect(reader.next() == (try command("1", authenticate)))
        #expect(reader.nextLine(limit: 100) == .line(Array("AGEAYg==".utf8)))
        #expect(reader.next() == (try command("2", .noop)))
        #expect(reader.nextLine(limit: 4) == .needMore)
        reader.append(Array("DO".utf8))
        #expect(reader.nextLine(limit: 4) == .needMore)
        reader.append(Array("NE\r\n".utf8)[...])
        #expect(reader.nextLine(limit: 4) == .line(Array("DONE".utf8)))
        #expect(IMAPCommandReader.endsIdle(Array("done".utf8)))
        #expect(!IMAPCommandReader.endsIdle(Array("DONE ".utf8)))
        reader.append(Array("123456".utf8))
        #expect(reader.nextLine(limit: 4) == .tooLong)
    }

    @Test func `Bytes not yet read can be taken over`() throws {
        var reader = IMAPCommandReader(limits: .login)
        reader.append(Array("1 LOGIN a b\r\n2 SELECT INBOX\r\n3 NO".utf8))
        _ = reader.next()
        #expect(reader.takeUnread() == Array("2 SELECT INBOX\r\n3 NO".utf8))
        #expect(reader.unreadCount == 0)
        #expect(reader.next() == .needMore)
    }
}
