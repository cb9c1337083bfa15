// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import TestSupport
import Testing

@Suite("Hostile input")
struct HostileInputTests {
    /// Feeds a text in chunks and returns the conversation.
    private func conversation(_ text: String, limits: CommandLimits) -> Conversation {
        var conversation = Conversation(limits)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty, conversation.feed(Array(rest.prefix(16_384))) {
            rest = rest.dropFirst(16_384)
        }
        return conversation
    }

    @Test(arguments: [
        "a SEARCH ", "a FETCH 1 ", "a STORE 1 FLAGS ", "a LOGIN ", "a STATUS a ", "a ID ", "a APPEND a ", "", "a ",
        "a FETCH 1 BODY[HEADER.FIELDS ", "a LIST a ",
    ])
    func `A million parentheses or brackets end the session, before log-in and after`(start: String) {
        for character in ["(", "[", "{", "\"", "\\", "1.", "(NOT "] {
            let text = start + String(repeating: character, count: 1_000_000 / character.utf8.count)
            for limits in [CommandLimits.login, .session] {
                let conversation = conversation(text, limits: limits)
                #expect(conversation.events == [.disconnect("Too long IMAP command line.")])
                #expect(conversation.mostHeld <= limits.line + 16_384)
            }
        }
    }

    @Test(arguments: ["a SEARCH ", "a FETCH 1 ", "a STORE 1 FLAGS ", "a ID ", "a SEARCH NOT (OR ALL "])
    func `A million parentheses are refused even where such lines are allowed`(start: String) {
        var limits = CommandLimits.session
        limits.line = 4_000_000
        limits.command = 8_000_000
        let all = conversation(start + String(repeating: "(", count: 1_000_000) + "\r\n", limits: limits).events
        guard case .refused(let refusal)? = all.first else {
            Issue.record("\(all)")
            return
        }
        #expect(refusal.condition == .bad)
    }

    @Test(arguments: [CommandLimits.login, .session])
    func `Literals of a megabyte are refused without room being made for them`(limits: CommandLimits) {
        var conversation = Conversation(limits)
        let chunk = [UInt8](repeating: 0x41, count: 16_384)
        var isOpen = true
        for number in 0..<20 where isOpen {
            isOpen = conversation.feed(Array("\(number) LOGIN {1048576+}\r\n".utf8))
            for _ in 0..<64 where isOpen {
                isOpen = conversation.feed(chunk)
            }
            if isOpen {
                conversation.feed([0x0D, 0x0A])
            }
        }
        #expect(conversation.mostHeld <= 16_384)
        #expect(isOpen == (limits == .session))
        #expect(conversation.events.count == (isOpen ? 20 : 1))
        #expect(!conversation.events.contains(.continuationNeeded))
    }

    @Test func `Many small literals hold no more than a command may`() {
        var conversation = Conversation(.login)
        conversation.feed(Array("a ID (".utf8))
        var isOpen = true
        for _ in 0..<1000 where isOpen {
            isOpen = conversation.feed(Array("{1000+}\r\n".utf8) + [UInt8](repeating: 0x41, count: 1000) + [0x20])
        }
        #expect(!isOpen || conversation.events.isEmpty == false)
        #expect(conversation.mostHeld <= CommandLimits.login.command)
    }

    @Test func `A name in any bytes is taken or refused`() {
        var random = SeededGenerator(seed: 17)
        for _ in 0..<3000 {
            let name = (0..<Int.random(in: 0...10, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
            let line = Array("a CREATE {\(name.count)+}\r\n".utf8) + name + [0x0D, 0x0A]
            let all = events(line, pieces: 6)
            #expect(all.count == 1)
            if case .command(let command)? = all.first, case .create(let mailbox) = command.request {
                #expect(mailbox.encoded == name || mailbox.isInbox)
            }
        }
    }

    /// Commands from which the mutations start.
    private static let corpus = [
        "a LOGIN \"al\\\"ice\" {3+}\r\nabc\r\n",
        "b UID FETCH 1:4294967295,*:3 (UID BODY.PEEK[1.2.HEADER.FIELDS (A B)]<0.99>)\r\n",
        "c SEARCH CHARSET UTF-8 OR (FROM \"x\" NOT SEEN) OR SINCE 1-Feb-2026 LARGER 99 UID 1:*\r\n",
        "d APPEND \"Sent &AOQ-\" (\\Seen $X) \"01-Jan-2026 10:00:00 +0100\" {5+}\r\nhello\r\n",
        "e STORE 1,2 +FLAGS.SILENT (\\Deleted)\r\n",
        "f LIST \"\" %/&AOQ-*\r\n", "g ID (\"name\" \"x\" \"v\" NIL)\r\n", "h STATUS &2D3eAA- (MESSAGES UIDNEXT)\r\n",
        "i RENAME {4}\r\nab&- inbox\r\n", "j AUTHENTICATE PLAIN AGEAYg==\r\n",
        "k APPEND {5}\r\nINBOX {10}\r\n0123456789\r\n",
    ]

    @Test func `Mutated commands neither trap nor depend on the pieces in which they come`() {
        var random = SeededGenerator(seed: 42)
        let interesting = Array("\r\n{}+()[]\"\\*%&<>.,:0 9-~aA\0\u{FF}".utf8)
        var commands = 0
        for round in 0..<4000 {
            var bytes = Array(Self.corpus[round % Self.corpus.count].utf8)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch UInt8.random(in: 0...3, using: &random) {
                case 0: bytes[index] = interesting.randomElement(using: &random) ?? 0
                case 1: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: index)
                case 2 where bytes.count > 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: bytes[index...].prefix(9), at: index)
                }
            }
            bytes += Array("z NOOP\r\n".utf8)
            let limits = round % 2 == 0 ? CommandLimits.session : .login
            let whole = events(bytes, pieces: bytes.count, limits: limits)
            #expect(events(bytes, pieces: 1, limits: limits) == whole)
            commands += whole.count
        }
        #expect(commands > 4000)
    }

    @Test func `Any bytes at all are answered or waited for`() {
        var random = SeededGenerator(seed: 99)
        for _ in 0..<1500 {
            let bytes = (0..<60).map { _ in UInt8.random(in: 0...255, using: &random) } + [0x0D, 0x0A]
            let whole = events(bytes, pieces: bytes.count, limits: .login)
            #expect(events(bytes, pieces: 3, limits: .login) == whole)
        }
    }
}
