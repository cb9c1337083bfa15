// SPDX-License-Identifier: Apache-2.0

import POP3Protocol
import TestSupport
import Testing

@Suite("POP3 after log-in")
struct POP3MailboxSessionTests {
    private func open(_ sizes: [Int] = [100, 200, 300]) -> POP3MailboxSession {
        POP3MailboxSession(sizes.enumerated().map { POP3Message(size: $1, uniqueID: "u\($0 + 1)") })
    }

    private func say(_ session: inout POP3MailboxSession, _ line: String) -> String {
        switch session.receive(Array(line.utf8)[...]) {
        case .send(let bytes): String(decoding: bytes, as: UTF8.self)
        case .retrieve(let index, let lines, let bytes):
            "<\(index) \(lines.map { String($0) } ?? "all")>" + String(decoding: bytes, as: UTF8.self)
        case .update(let list): "<update \(list)>"
        case .close(let bytes): String(decoding: bytes, as: UTF8.self) + "<close>"
        }
    }

    @Test func `a maildrop is listed, read and emptied`() {
        var session = open()
        #expect(say(&session, "STAT") == "+OK 3 600\r\n")
        #expect(say(&session, "LIST") == "+OK 3 messages:\r\n1 100\r\n2 200\r\n3 300\r\n.\r\n")
        #expect(say(&session, "LIST 2") == "+OK 2 200\r\n")
        #expect(say(&session, "UIDL") == "+OK\r\n1 u1\r\n2 u2\r\n3 u3\r\n.\r\n")
        #expect(say(&session, "UIDL 3") == "+OK 3 u3\r\n")
        #expect(say(&session, "RETR 1") == "<0 all>+OK 100 octets\r\n")
        #expect(say(&session, "TOP 2 5") == "<1 5>+OK\r\n")
        #expect(say(&session, "LAST") == "+OK 2\r\n")
        #expect(session.retrieved == [0])
        #expect(say(&session, "DELE 1") == "+OK Marked to be deleted.\r\n")
        #expect(say(&session, "STAT") == "+OK 2 500\r\n")
        #expect(say(&session, "LIST") == "+OK 2 messages:\r\n2 200\r\n3 300\r\n.\r\n")
        #expect(say(&session, "DELE 3") == "+OK Marked to be deleted.\r\n")
        #expect(say(&session, "QUIT") == "<update [0, 2]>")
        #expect(session.updated(isSuccess: true) == .close(Array("+OK Logging out, messages deleted.\r\n".utf8)))
        #expect(say(&session, "STAT") == "<close>")
    }

    @Test(arguments: [
        ("DELE 1", "-ERR Message is deleted.\r\n"), ("RETR 1", "-ERR Message is deleted.\r\n"),
        ("LIST 1", "-ERR Message is deleted.\r\n"),
        ("UIDL 1", "-ERR Message is deleted.\r\n"), ("TOP 1 0", "-ERR Message is deleted.\r\n"),
        ("RETR 4", "-ERR There's no message 4.\r\n"), ("RETR 9999999999", "-ERR There's no message 9999999999.\r\n"),
        ("USER x", "-ERR Already logged in.\r\n"), ("STLS", "-ERR Already logged in.\r\n"),
        ("FROB", "-ERR Unknown command: FROB\r\n"),
        ("NOOP", "+OK\r\n"),
        ("CAPA", "+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\n.\r\n"),
    ])
    func `answers with the first message deleted`(line: String, reply: String) {
        var session = open()
        _ = say(&session, "DELE 1")
        #expect(say(&session, line) == reply)
    }

    @Test func `RSET takes deletions back`() {
        var session = open()
        _ = say(&session, "DELE 2")
        #expect(say(&session, "RSET") == "+OK\r\n")
        #expect(say(&session, "STAT") == "+OK 3 600\r\n")
        #expect(say(&session, "QUIT") == "<update []>")
        #expect(session.updated(isSuccess: true) == .close(Array("+OK Logging out.\r\n".utf8)))
    }

    @Test func `a failed update is told`() {
        var session = open()
        #expect(
            session.updated(isSuccess: false)
                == .close(Array("-ERR [SYS/TEMP] Logging out, some messages could not be deleted.\r\n".utf8))
        )
    }

    @Test func `an empty maildrop and monstrous sizes do not trap`() {
        var empty = open([])
        #expect(say(&empty, "STAT") == "+OK 0 0\r\n")
        #expect(say(&empty, "LIST") == "+OK 0 messages:\r\n.\r\n")
        #expect(say(&empty, "RETR 1") == "-ERR There's no message 1.\r\n")
        var huge = open([Int.max, Int.max])
        #expect(say(&huge, "STAT").hasPrefix("+OK 2 "))
        _ = say(&huge, "DELE 1")
    }

    @Test func `bad commands are limited`() {
        var session = POP3MailboxSession([], errorLimit: 2)
        _ = say(&session, "X")
        #expect(say(&session, "X") == "-ERR Unknown command: X\r\n-ERR Too many bad commands.\r\n<close>")
    }

    @Test func `random dialogues never trap, and delete only what was named`() {
        var random = SeededGenerator(seed: 13)
        let lines = [
            "STAT", "LIST", "LIST 2", "RETR 1", "RETR 3", "DELE 1", "DELE 2", "DELE 9", "TOP 1 2", "UIDL", "RSET",
            "NOOP", "LAST", "X", "",
        ]
        for _ in 0..<300 {
            var session = open()
            for _ in 0..<15 {
                let line = lines.randomElement(using: &random) ?? ""
                let noise =
                    Int.random(in: 0..<8, using: &random) == 0 ? [UInt8.random(in: 0...255, using: &random)] : []
                _ = session.receive(Array(line.utf8)[...] + noise)
            }
            if case .update(let list) = session.receive(Array("QUIT".utf8)[...]) {
                #expect(list == list.sorted() && Set(list).isSubset(of: [0, 1]))
            }
        }
    }
}
