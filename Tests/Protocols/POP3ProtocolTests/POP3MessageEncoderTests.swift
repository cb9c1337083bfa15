// SPDX-License-Identifier: Apache-2.0

import POP3Protocol
import TestSupport
import Testing

@Suite("POP3 multi-line responses (RFC 1939 section 3)")
struct POP3MessageEncoderTests {
    static func encode(_ pieces: [[UInt8]], bodyLines: Int? = nil) -> String {
        var encoder = POP3MessageEncoder(bodyLines: bodyLines)
        var output: [UInt8] = []
        for piece in pieces { encoder.encode(piece.span, into: &output) }
        encoder.finish(into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    static let messages: [(input: String, output: String)] = [
        ("", ".\r\n"), ("a", "a\r\n.\r\n"), ("a\n", "a\r\n.\r\n"), ("a\r\n", "a\r\n.\r\n"), ("a\r", "a\r\n.\r\n"),
        ("S: x\n\nbody\n", "S: x\r\n\r\nbody\r\n.\r\n"), (".\n", "..\r\n.\r\n"),
        ("a\n.b\n..\n", "a\r\n..b\r\n...\r\n.\r\n"),
        ("a\r\n.b\nc\r\n", "a\r\n..b\r\nc\r\n.\r\n"), ("a.b\n", "a.b\r\n.\r\n"), ("\n\n", "\r\n\r\n.\r\n"),
        ("a\rb\n", "a\rb\r\n.\r\n"), ("\r\n.\r\n", "\r\n..\r\n.\r\n"),
        ("long line over eight\nbytes", "long line over eight\r\nbytes\r\n.\r\n"),
    ]

    @Test(arguments: messages)
    func `a message gets CRLF and stuffed dots, however it is cut`(input: String, output: String) {
        let bytes = Array(input.utf8)
        #expect(Self.encode([bytes]) == output)
        #expect(Self.encode(bytes.map { [$0] }) == output)
        for cut in 0...bytes.count { #expect(Self.encode([Array(bytes[..<cut]), Array(bytes[cut...])]) == output) }
    }

    @Test(arguments: [
        (0, "A: 1\r\nB: 2\r\n\r\n.\r\n"), (1, "A: 1\r\nB: 2\r\n\r\none\r\n.\r\n"),
        (2, "A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n.\r\n"),
        (3, "A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n\r\n.\r\n"),
        (99, "A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n\r\nlast\r\n.\r\n"),
    ])
    func `TOP stops after the lines it wants`(lines: Int, output: String) {
        for ending in ["\n", "\r\n"] {
            let bytes = Array(["A: 1", "B: 2", "", "one", ".two", "", "last"].joined(separator: ending).utf8)
            #expect(Self.encode([bytes], bodyLines: lines) == output)
            #expect(Self.encode(bytes.map { [$0] }, bodyLines: lines) == output)
        }
    }

    @Test func `TOP says when no more has to be read`() {
        var encoder = POP3MessageEncoder(bodyLines: 1)
        var output: [UInt8] = []
        let header = Array("A: 1\n\n".utf8)
        encoder.encode(header.span, into: &output)
        #expect(!encoder.isComplete)
        let body = Array("one\ntwo\n".utf8)
        encoder.encode(body.span, into: &output)
        #expect(encoder.isComplete)
    }

    @Test func `a reader gets back what went in, on random input`() {
        var random = SeededGenerator(seed: 9)
        let alphabet = Array("\n\n..\rabc".utf8)
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let output = Self.encode([Array(bytes[..<cut]), Array(bytes[cut...])])
            let lines = output.replacing("\r\n", with: "\n").utf8.split(
                separator: 0x0A,
                omittingEmptySubsequences: false
            )
            #expect(lines.suffix(2).map { String($0) } == [".", ""])
            var content = lines.dropLast(2)
                .map { $0.first == UInt8(ascii: ".") ? String($0.dropFirst()) ?? "" : String($0) ?? "" }
                .joined(separator: "\n")
            if lines.count > 2 { content += "\n" }
            var expected = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
            if bytes.last == 0x0D {
                expected = String(expected.dropLast()) + "\n"
            } else if let last = bytes.last, last != 0x0A {
                expected += "\n"
            }
            #expect(content == expected)
        }
    }
}
