// SPDX-License-Identifier: Apache-2.0

import SMTPProtocol
import TestSupport
import Testing

@Suite("SMTP command lines")
struct SMTPLineReaderTests {
    /// Reads all lines of an input that arrives in pieces, as a connection's buffer would give it.
    private func lines(_ pieces: [[UInt8]], limit: Int) -> [SMTPInputLine] {
        var reader = SMTPLineReader()
        var buffer: [UInt8] = []
        var found: [SMTPInputLine] = []
        for piece in pieces {
            buffer += piece
            while true {
                let (consumed, line) = reader.next(buffer.span, limit: limit)
                buffer.removeFirst(consumed)
                guard let line else { break }
                found.append(line)
            }
            #expect(buffer.count <= limit + 1)
        }
        return found
    }

    private func line(_ text: String) -> SMTPInputLine { .line(Array(text.utf8)) }
    private func bare(_ text: String) -> SMTPInputLine { .bareLineFeed(Array(text.utf8)) }

    @Test func `lines end in CRLF or are marked`() {
        let rows: [(String, [SMTPInputLine])] = [
            ("NOOP\r\n", [line("NOOP")]), ("a\r\nb\r\n", [line("a"), line("b")]), ("a\nb\r\n", [bare("a"), line("b")]),
            ("\r\n\n", [line(""), bare("")]),
            ("a\r\r\n", [line("a\r")]), ("a\rb\r\n", [line("a\rb")]), ("partial", []), ("a\r", []),
            ("12345678\r\n", [line("12345678")]), ("12345678\n", [bare("12345678")]),
            ("123456789\r\nx\r\n", [.tooLong, line("x")]),
            ("123456789\n", [.tooLong]), ("1234567890123456789012345678901234567890\r\nx\r\n", [.tooLong, line("x")]),
        ]
        for (input, expected) in rows {
            let bytes = Array(input.utf8)
            #expect(lines([bytes], limit: 8) == expected, "\(input.debugDescription)")
            #expect(lines(bytes.map { [$0] }, limit: 8) == expected, "\(input.debugDescription) byte by byte")
            for cut in 0...bytes.count {
                #expect(
                    lines([Array(bytes[..<cut]), Array(bytes[cut...])], limit: 8) == expected,
                    "\(input.debugDescription) at \(cut)"
                )
            }
        }
    }

    @Test func `random input comes out the same however it is cut`() {
        var random = SeededGenerator(seed: 12)
        let alphabet = Array("ab\r\n".utf8)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let whole = lines([bytes], limit: 6)
            #expect(lines([Array(bytes[..<cut]), Array(bytes[cut...])], limit: 6) == whole)
            #expect(lines(bytes.map { [$0] }, limit: 6) == whole)
        }
    }
}
