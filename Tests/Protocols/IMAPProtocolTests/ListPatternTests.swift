// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import TestSupport
import Testing

@Suite("Wildcards of LIST (RFC 3501 section 6.3.8)")
struct ListPatternTests {
    @Test(arguments: [
        ("*", "a/b/c", true), ("%", "a", true), ("%", "a/b", false), ("%/%", "a/b", true), ("%/%", "a/b/c", false),
        ("a*", "a", true), ("a*c", "abbc", true), ("a*c", "abb", false), ("*c", "a/c", true), ("%c", "a/c", false),
        ("a/%/c", "a/b/c", true), ("a/%/c", "a/b/b/c", false), ("a/*/c", "a/b/b/c", true), ("", "", true),
        ("", "a", false),
        ("a", "a", true), ("a", "A", false), ("a", "ab", false), ("ab", "a", false), ("INBOX", "INBOX", true),
        ("inbox", "INBOX", true), ("iNb*", "INBOX", true), ("inbox/a", "INBOX/a", true), ("inbox/A", "INBOX/a", false),
        ("inboxx", "INBOXX", false), ("%*", "a/b", true), ("*%", "a/b", true), ("%%%", "a", true), ("%%", "a/b", false),
        ("*a%b*", "xxa/a1b/z", true), ("*a%b", "xa/b", false), ("%ä", "aä", true),
    ])
    func `A name matches or does not`(pattern: String, name: String, expected: Bool) {
        #expect(ListPattern(pattern).matches(Array(name.utf8), separator: UInt8(ascii: "/")) == expected)
    }

    @Test func `Without a separator both wildcards are alike`() {
        #expect(ListPattern("%").matches(Array("a/b.c".utf8), separator: nil))
    }

    @Test func `A reference comes before the pattern`() {
        #expect(ListPattern("%").relative(to: Array("a/".utf8)) == ListPattern("a/%"))
        #expect(ListPattern("%").relative(to: []) == ListPattern("%"))
        #expect(ListPattern("").isEmpty && !ListPattern("%").isEmpty)
    }

    @Test func `The matcher agrees with the definition`() {
        /// The definition, with all its backtracking.
        func reference(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
            guard let first = pattern.first else {
                return name.isEmpty
            }
            let rest = pattern.dropFirst()
            guard first == UInt8(ascii: "*") || first == UInt8(ascii: "%") else {
                return name.first == first && reference(rest, name.dropFirst())
            }
            for length in 0...name.count {
                if first == UInt8(ascii: "%"), name.prefix(length).contains(UInt8(ascii: "/")) {
                    return false
                }
                if reference(rest, name.dropFirst(length)) {
                    return true
                }
            }
            return false
        }
        var random = SeededGenerator(seed: 3)
        func text(_ alphabet: String, _ length: Int) -> [UInt8] {
            (0..<Int.random(in: 0...length, using: &random)).map { _ in
                Array(alphabet.utf8).randomElement(using: &random) ?? 0
            }
        }
        var matches = 0
        for _ in 0..<20_000 {
            let pattern = text("ab/%*", 7)
            let name = text("ab/", 8)
            let expected = reference(pattern[...], name[...])
            matches += expected ? 1 : 0
            #expect(ListPattern(utf8: pattern).matches(name, separator: UInt8(ascii: "/")) == expected)
        }
        #expect(matches > 1000)
    }

    @Test func `Many wildcards cost no more than the product of the lengths`() {
        // With backtracking this would take longer than the age of the universe.
        let pattern = String(repeating: "*a%", count: 60) + "b"
        let name = [UInt8](repeating: UInt8(ascii: "a"), count: 400)
        #expect(!ListPattern(pattern).matches(name, separator: UInt8(ascii: "/")))
    }

    @Test func `A pattern over its limit is refused`() {
        let long = String(repeating: "a", count: 1025)
        #expect(refusal("LIST \"\" \(long)")?.condition == .bad)
        #expect(refusal("LIST \(long) a")?.condition == .bad)
    }
}
