// SPDX-License-Identifier: Apache-2.0

import MailMessage
import TestSupport
import Testing

@Suite("The header scanner (RFC 5322 §2.2)")
struct HeaderScannerTests {
    /// The fields as `name=value`, `!line` for what is no field, then where the header ends and the body begins.
    static func summary(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        var scanner = HeaderScanner(bytes.span)
        var list: [String] = []
        while let field = scanner.next(bytes.span) {
            let value = String(decoding: field.unfoldedValue(in: bytes.span), as: UTF8.self)
            list.append(
                field.isMalformed ? "!\(value)" : "\(String(decoding: bytes[field.name], as: UTF8.self))=\(value)"
            )
        }
        return list + ["\(scanner.position)", scanner.bodyStart.map(String.init) ?? "-"]
    }

    @Test(
        "finds fields, folds and the end",
        arguments: [
            ("", ["0", "-"]),
            ("\n", ["0", "1"]),
            ("\r\nx", ["0", "2"]),
            ("A: b\n\nbody", ["A=b", "5", "6"]),
            ("A: b\r\n\r\nbody", ["A=b", "6", "8"]),
            ("A: b\r\nC:d\r\n", ["A=b", "C=d", "11", "-"]),
            ("A: b", ["A=b", "4", "-"]),
            ("A:", ["A=", "2", "-"]),
            ("A: b\r\n c\r\n\td\r\nE: f\r\n\r\n", ["A=b c\td", "E=f", "20", "22"]),
            ("A:\n b\n\n", ["A=b", "6", "7"]),
            ("A : b\n\n", ["A=b", "6", "7"]),
            ("no field\nA: b\n\n", ["!no field", "A=b", "14", "15"]),
            (" lead\nA: b\n\n", ["!lead", "A=b", "11", "12"]),
            (": b\n\n", ["!: b", "4", "5"]),
            ("A b: c\n\n", ["!A b: c", "7", "8"]),
            ("A: b\n  \n c\n\n", ["A=b   c", "11", "12"]),
            ("A: b\r", ["A=b", "5", "-"]),
        ]
    )
    func scans(_ text: String, _ expected: [String]) {
        #expect(Self.summary(text) == expected)
    }

    @Test func `a field is found by its name without regard to case`() throws {
        let bytes = Array("Subject: one\r\nsubject: two\r\n\r\nSubject: three".utf8)
        let field = HeaderScanner.first("SUBJECT", in: bytes.span, 0..<bytes.count)
        let value = field?.unfoldedValue(in: bytes.span)
        #expect(value == Array("one".utf8))
        let other = HeaderScanner.first("Subj", in: bytes.span, 0..<bytes.count)
        #expect(other == nil)
    }

    @Test func `fields are selected or left out by name`() {
        let bytes = Array("A: 1\nB: 2\n 3\nbad\na: 4\n\nA: 5\n".utf8)
        func show(_ fields: [HeaderField]) -> [String] {
            fields.map { String(decoding: bytes[$0.range], as: UTF8.self) }
        }
        let selected = HeaderScanner.select(["a"], in: bytes.span, 0..<bytes.count)
        #expect(show(selected) == ["A: 1\n", "a: 4\n"])
        let others = HeaderScanner.select(["a"], excluding: true, in: bytes.span, 0..<bytes.count)
        #expect(show(others) == ["B: 2\n 3\n"])
    }

    @Test(
        "header and body are split for both line ends",
        arguments: [("A: b\n\nx", 5, 6), ("A: b\r\n\r\nx", 6, 8), ("A: b\r\n", 6, 6)]
    )
    func split(_ text: String, _ headerEnd: Int, _ bodyStart: Int) {
        let split = HeaderScanner.split(Array(text.utf8).span)
        #expect(split == (headerEnd, bodyStart))
    }

    @Test func `random changes never trap, and the fields cover the header without gaps`() {
        var random = SeededGenerator(seed: 1)
        let seed = Array("A: b\r\n c\r\nSubject : x\n\tfold\nbad line\n\r\nbody: no\r\n".utf8)
        for _ in 0..<3_000 {
            let bytes = random.mutation(of: seed)
            var scanner = HeaderScanner(bytes.span)
            var end = 0
            while let field = scanner.next(bytes.span) {
                #expect(field.range.lowerBound == end)
                #expect(field.value.upperBound <= field.range.upperBound)
                _ = field.unfoldedValue(in: bytes.span)
                end = field.range.upperBound
            }
            #expect(scanner.position == end)
        }
    }
}
