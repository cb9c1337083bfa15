// SPDX-License-Identifier: Apache-2.0

import MailMessage
import Testing

@Suite("A field that is written")
struct FoldedFieldTests {
    @Test(
        "is folded at blanks and nowhere else",
        arguments: [
            ("b", "A: b\r\n"), ("", "A:\r\n"), ("  b   c ", "A: b c\r\n"),
            (
                String(repeating: "word ", count: 20),
                "A:" + String(repeating: " word", count: 15) + "\r\n" + String(repeating: " word", count: 5) + "\r\n"
            ),
            (String(repeating: "x", count: 100), "A: " + String(repeating: "x", count: 100) + "\r\n"),
        ]
    )
    func folds(_ value: String, _ expected: String) {
        #expect(String(decoding: foldedField(name: "A", value: value), as: UTF8.self) == expected)
    }

    @Test func `cannot bring a field of its own`() {
        let field = foldedField(name: "Subject", value: "x\r\nBcc: y\n\nz\u{0}w\rv", lineEnding: .lf)
        #expect(String(decoding: field, as: UTF8.self) == "Subject: x Bcc: y z w v\n")
    }

    @Test func `reads back as it was`() throws {
        let value = (0..<60).map { "word\($0)" }.joined(separator: " ")
        let bytes = foldedField(name: "X", value: value)
        let found = HeaderScanner.first("X", in: bytes.span, 0..<bytes.count)
        let field = try #require(found)
        let unfolded = field.unfoldedValue(in: bytes.span)
        #expect(String(decoding: unfolded, as: UTF8.self) == value)
        #expect(bytes.split(separator: 0x0A).allSatisfy { $0.count <= 79 })
    }
}
