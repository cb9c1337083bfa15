// SPDX-License-Identifier: Apache-2.0

import AuthProtocol
import TestSupport
import Testing

@Suite("Tab escaping")
struct TabEscapingTests {
    @Test(arguments: [
        ("plain", "plain"), ("a\tb", "a\u{1}tb"), ("a\nb", "a\u{1}nb"), ("a\rb", "a\u{1}rb"), ("a\u{0}b", "a\u{1}0b"),
        ("a\u{1}b", "a\u{1}1b"), ("\u{1}t", "\u{1}1t"), ("", ""),
    ])
    func `a field is escaped and back`(plain: String, escaped: String) {
        var line: [UInt8] = []
        TabEscaping.append(plain.utf8, to: &line)
        #expect(line == Array(escaped.utf8))
        #expect(TabEscaping.decode(line[...]) == Array(plain.utf8))
    }

    @Test(arguments: [("a\u{1}xb", "axb"), ("a\u{1}", "a"), ("\u{1}\u{1}", "\u{1}")])
    func `an unknown escape is its letter and a lone one nothing`(escaped: String, plain: String) {
        #expect(TabEscaping.decode(Array(escaped.utf8)[...]) == Array(plain.utf8))
    }

    @Test func `no byte string yields a TAB or a line end`() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...16, using: &random)
            }
            var line: [UInt8] = []
            TabEscaping.append(bytes, to: &line)
            #expect(!line.contains { [0, 9, 10, 13].contains($0) })
            #expect(TabEscaping.decode(line[...]) == bytes)
        }
    }
}
