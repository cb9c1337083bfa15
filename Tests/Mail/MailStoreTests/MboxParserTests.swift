// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import MailStore

@Suite("mbox parser")
struct MboxParserTests {
    static let dovecot = """
        From u@vm  Sat Nov 21 02:15:00 2026
        Subject: a
        X-IMAPbase: 1795227301 0000000003 $Forwarded Work
        X-UID: 1
        Status: R
        X-Keywords: $Forwarded Work                        
        Content-Length: 11
        X-Status: AFTD

        hi
        From me

        From u@vm  Sat Nov 21 02:15:00 2026
        Subject: a
        X-UID: 2
        Status: 
        X-Keywords:                                                                        
        Content-Length: 11

        hi
        From me

        From u@vm  Sat Nov 21 02:15:00 2026
        Subject: b
        X-UID: 3
        Status: O

        hi

        """

    func parse(_ text: String, chunk: Int = 1 << 20) -> MboxParser {
        var parser = MboxParser()
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            parser.feed(Array(bytes[start..<min(bytes.count, start + chunk)]))
        }
        parser.finish()
        return parser
    }

    @Test(arguments: [1, 2, 3, 7, 64, 10000])
    func `A file of Dovecot is read whatever the chunks`(chunk: Int) {
        let parser = parse(Self.dovecot, chunk: chunk)
        #expect(parser.base == .init(uidValidity: 1_795_227_301, lastUID: 3, keywords: ["$Forwarded", "Work"]))
        #expect(parser.messages.map(\.uid) == [1, 2, 3])
        #expect(parser.messages[0].flags == [.seen, .answered, .flagged, .draft, .deleted])
        #expect(parser.messages.map(\.isOld) == [false, false, true])
        #expect(parser.messages[0].keywords == ["$Forwarded", "Work"])
        // As Dovecot itself says of these messages.
        #expect(parser.messages.map(\.size) == [23, 23, 15])
        #expect(parser.messages.map(\.virtualSize) == [27, 27, 18])
        #expect(parser.messages.map(\.hidden.count) == [1, 1, 1])
    }

    @Test(arguments: [
        ("From a  Sat Nov 21 02:15:00 2026", true), ("From a Sat Nov  1 02:15 2026", true),
        ("From \"a b\"@c Sat Nov 21 02:15:00 2026 +0100", true), ("From a Sat Nov 21 02:15:00 CET 2026", true),
        ("From a Sat Nov 21 02:15:00 +0100 2026\r", true), ("From  Sat Nov 21 02:15:00 2026", true),
        ("From here to there", false),
        ("From a Sat Nov 41 02:15:00 2026", false), ("From a Sat Nov 21 2026", false), ("From ", false),
        ("From a Xxx Nov 21 02:15:00 2026", false), ("From a Sat Nov 21 02:15:00 20260", false),
        ("From a Sat Nov 21 :: 2026", false),
    ])
    func `Only lines with a date begin a message`(line: String, isStart: Bool) {
        #expect((MboxParser.date(of: Array(line.utf8)[...]) != nil) == isStart)
    }

    @Test func `Zones count`() {
        func date(_ text: String) -> Int64? { MboxParser.date(of: Array(text.utf8)[...]) }
        #expect(date("From a Sat Nov 21 02:15:00 2026 +0100") == 1_795_223_700)
        #expect(date("From a Sat Nov 21 02:15:00 -0130 2026") == 1_795_232_700)
    }

    static let shapes: [(String, [Int])] = [
        ("", []), ("garbage\n\n", []), ("From a Sat Nov 21 02:15:00 2026\n", [0]),
        ("From a Sat Nov 21 02:15:00 2026", [0]),
        ("From a Sat Nov 21 02:15:00 2026\nA: b\n\nx\n\n", [8]), ("From a Sat Nov 21 02:15:00 2026\nA: b\n\nx\n", [8]),
        ("From a Sat Nov 21 02:15:00 2026\nA: b\n\nx", [7]), ("From a Sat Nov 21 02:15:00 2026\nA: b", [4]),
        ("From a Sat Nov 21 02:15:00 2026\r\nA: b\r\n\r\nx\r\n\r\n", [11]),
        ("From a Sat Nov 21 02:15:00 2026\nA: b\n\nFrom a Sat Nov 21 02:15:00 2026\nA: b\n\n\n", [6, 6]),
        ("x\n\nFrom a Sat Nov 21 02:15:00 2026\n\ny\nFrom a Sat Nov 21 02:15:00 2026\n\n", [35]),
    ]

    @Test(arguments: shapes, [1, 5, 1000])
    func `Messages end before the empty line that divides them`(shape: (String, [Int]), chunk: Int) {
        #expect(parse(shape.0, chunk: chunk).messages.map(\.size) == shape.1)
    }

    @Test func `Long lines and random changes do not trap, and parts stay in order`() {
        var random = SeededGenerator(seed: 7)
        let base = Array((Self.dovecot + "X-UID: " + String(repeating: "9", count: 5000) + "\n\n").utf8)
        for _ in 0..<400 {
            var bytes = base
            for _ in 0..<6 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            var parser = MboxParser()
            parser.feed(bytes)
            parser.finish()
            var end = 0
            for message in parser.messages {
                #expect(message.start >= end && message.header >= message.start && message.body >= message.header)
                #expect(message.end >= message.body && message.next >= message.end && message.size >= 0)
                end = message.next
            }
            #expect(end <= bytes.count)
        }
    }
}
