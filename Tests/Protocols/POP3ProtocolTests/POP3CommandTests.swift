// SPDX-License-Identifier: Apache-2.0

import POP3Protocol
import SASL
import TestSupport
import Testing

@Suite("POP3 commands (RFC 1939, 2449, 2595, 5034)")
struct POP3CommandTests {
    static let good: [(line: String, command: POP3Command)] = [
        ("USER alice", .user("alice")), ("user  alice@example.org", .user("alice@example.org")),
        ("PASS secret", .pass(SASLSecret("secret"))), ("PASS two words ", .pass(SASLSecret("two words "))),
        ("PASS  lead", .pass(SASLSecret(" lead"))), ("pass \t", .pass(SASLSecret("\t"))), ("APOP alice 0123", .apop),
        ("AUTH", .authList), ("AUTH plain", .auth(mechanism: "PLAIN", initialResponse: nil)),
        ("AUTH PLAIN AGEAYg==", .auth(mechanism: "PLAIN", initialResponse: SASLSecret("AGEAYg=="))),
        ("AUTH PLAIN =", .auth(mechanism: "PLAIN", initialResponse: SASLSecret(""))), ("STLS", .startTLS),
        ("CAPA", .capabilities),
        ("STAT", .stat), ("LIST", .list(nil)), ("LIST 3", .list(3)), ("RETR 1", .retrieve(1)),
        ("DELE 9999999999", .delete(9_999_999_999)),
        ("TOP 1 0", .top(1, lines: 0)), ("TOP 2 10", .top(2, lines: 10)), ("UIDL", .uniqueIDs(nil)),
        ("uidl 2", .uniqueIDs(2)),
        ("LAST", .last), ("NOOP", .noop), ("RSET", .reset), ("quit", .quit), ("QUIT ", .quit),
    ]

    @Test(arguments: good)
    func `a command is understood`(line: String, command: POP3Command) {
        #expect(POP3CommandParser.parse(Array(line.utf8)[...]) == .command(command))
    }

    static let bad: [(line: String, text: String)] = [
        ("", "Unknown command: "), ("XYZZY", "Unknown command: XYZZY"), ("USER", "No username given."),
        ("USER ", "No username given."),
        ("PASS", "No password given."), ("PASS a\u{0}b", "Bad characters in password."),
        ("RETR", "Invalid message number: "),
        ("RETR 0", "Invalid message number: 0"), ("RETR -1", "Invalid message number: -1"),
        ("RETR x", "Invalid message number: x"),
        ("RETR 99999999999", "Invalid message number: 99999999999"), ("RETR 1 2", "Invalid message number: 1"),
        ("TOP 1", "Invalid message number: 1"), ("TOP 1 x", "Invalid number of lines."),
        ("TOP 1 2 3", "Invalid message number: 1"),
        ("STAT x", "Noise after command."), ("USER a\u{0}b", "Bad characters in command."),
        ("NOOP\r", "Bad characters in command."),
        ("AUTH PLAIN !", "Invalid base64 data in initial response."), ("AUTH PLAIN a b", "Invalid AUTH command."),
    ]

    @Test(arguments: bad)
    func `a bad command is refused`(line: String, text: String) {
        #expect(POP3CommandParser.parse(Array(line.utf8)[...]) == .refused(.error(text)))
    }

    @Test func `a name that is not UTF-8 is refused`() {
        #expect(POP3CommandParser.parse(Array("USER ".utf8)[...] + [0xFF]) == .refused(.error("No username given.")))
    }

    @Test func `a reply is one line whatever its text holds`() {
        #expect(POP3Reply.ok().bytes == Array("+OK\r\n".utf8))
        #expect(POP3Reply.error(.inUse, "locked").bytes == Array("-ERR [IN-USE] locked\r\n".utf8))
        #expect(POP3Reply.ok("a\r\n.\r\nb").bytes == Array("+OK a??.??b\r\n".utf8))
    }

    @Test func `mutated commands never trap the parser`() {
        var random = SeededGenerator(seed: 8)
        for _ in 0..<5000 {
            var line = Array((Self.good.randomElement(using: &random)?.line ?? "").utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                line.insert(
                    UInt8.random(in: 0...255, using: &random),
                    at: Int.random(in: 0...line.count, using: &random)
                )
            }
            if case .refused(let reply) = POP3CommandParser.parse(line[...]) {
                #expect(!reply.isOK)
                #expect(reply.bytes.filter { $0 == 0x0A }.count == 1)
            }
        }
    }
}
