// SPDX-License-Identifier: Apache-2.0

import MailConfiguration
import TestSupport
import Testing

@Suite("The expansion of $name")
struct ExpansionTests {
    static let names = [
        "a": "1", "b": "", "level": "3.7", "nested": "<$a>", "loop": "x$loop2", "loop2": "${loop}", "self": "$self",
        "big": "$big1$big1$big1$big1", "big1": "$big2$big2$big2$big2", "big2": "$big3$big3$big3$big3",
        "big3": "$big4$big4$big4$big4", "big4": String(repeating: "x", count: 10_000),
    ]

    static func expand(_ text: String) throws(Expansion.Failure) -> String {
        var expansion = Expansion { names[$0] }
        return try expansion.expand(text)
    }

    @Test(arguments: [
        ("plain", "plain"), ("$a", "1"), ("${a}", "1"), ("$(a)", "1"), ("${a}b $a-b", "1b 1-b"), ("$$a$$", "$a$"),
        ("$nested", "<1>"), ("$none|", "|"), ("${a?yes}", "yes"), ("${b?yes}", ""), ("${none?yes}", ""),
        ("${a:no}", ""), ("${b:no}", "no"), ("${none:$a}", "1"), ("${a:x:y}", ""), ("${a?{yes}:{no}}", "yes"),
        ("${b?{yes}:{no}}", "no"), ("${ a ? {yes} : {no} }", "yes"), ("${a?{ one }:{ two }}", " one "),
        ("${a?{p}}", "p"), ("${b?{p}}", ""), ("${a?$b$a}", "1"), ("${{$a} == {1} ? {yes} : {no}}", "yes"),
        ("${{$a} == { 1 } ? {yes} : {no}}", "no"), ("${{$a}=={1}?{yes}}", "yes"), ("${{$a} != {1} ? {x}}", ""),
        ("${{10} > {9} ? {number} : {text}}", "number"), ("${{10} > {9a} ? {gt} : {le}}", "le"),
        ("${{$level} <level {3.10} ? {lt} : {ge}}", "lt"), ("${{$level} >=level {3.6} ? {ge} : {lt}}", "ge"),
        ("${{$level} ==level {3.7.0} ? {same} : {other}}", "same"), ("${{} == {$b} ? {empty}}", "empty"),
        ("${b?{x}:{${a?{${a}${a}}:{z}}}}", "11"), ("é$a", "é1"),
    ])
    func `expands as Postfix does`(_ text: String, _ expected: String) throws {
        #expect(try Self.expand(text) == expected)
    }

    @Test(arguments: [
        ("$loop", Expansion.Failure.loop(["loop", "loop2", "loop"])), ("$self", .loop(["self", "self"])),
        ("$big", .tooLong(limit: 1 << 20)), ("${a", .unclosed("{a")), ("$(a", .unclosed("(a")),
        ("${{$a} == {1", .unclosed("{{$a} == {1")), ("$", .malformed("$")), ("cost: $.", .malformed("$.")),
        ("${}", .malformed("${}")),
        ("${a!b}", .malformed("${a!b}")), ("${{1} ~ {1} ? {x}}", .malformed("${{1} ~ {1} ? {x}}")),
        ("${{1} == {1}}", .malformed("${{1} == {1}}")), ("${a?{x}y}", .malformed("${a?{x}y}")),
    ])
    func `refuses with the reason`(_ text: String, _ failure: Expansion.Failure) {
        #expect(throws: failure) { try Self.expand(text) }
    }

    @Test func `references may not nest without bound`() {
        var expansion = Expansion(depthLimit: 20) { name in "$x\(name)" }
        #expect(throws: Expansion.Failure.tooDeep(limit: 20)) { try expansion.expand("$x") }
        let deep = String(repeating: "${a?{", count: 1000) + String(repeating: "}}", count: 1000)
        #expect(throws: Expansion.Failure.tooDeep(limit: 50)) { try Self.expand(deep) }
    }

    @Test(arguments: [("", nil), ("a", Expansion.Failure.tooLong(limit: 1 << 20))])
    func `lines that double each other end soon, even where they expand to nothing`(
        _ last: String,
        _ failure: Expansion.Failure?
    ) throws {
        // $x0 asks for $x1 twice, and so on: 2^40 references, of which each is read once.
        var reads = 0
        var expansion = Expansion { name in
            reads += 1
            guard let number = Int(name.dropFirst()), number < 40 else { return last }
            return "$x\(number + 1)$x\(number + 1)"
        }
        if let failure {
            #expect(throws: failure) { try expansion.expand("$x0") }
        } else {
            #expect(try expansion.expand("$x0") == "")
        }
        #expect(reads == 41)
    }

    @Test func `a long text of undefined names takes linear time`() throws {
        var expansion = Expansion { _ in nil }
        let names = (0..<50_000).map { "u\($0)" }
        #expect(try expansion.expand(names.map { "$\($0) " }.joined()).utf8.allSatisfy { $0 == 0x20 })
        #expect(expansion.undefined == names)
    }

    @Test func `a loop in main cf is an error that names it`() {
        let (_, diagnostics) = read("mydestination = $myorigin\nmyorigin = ${mydestination}\n")
        #expect(
            diagnostics == [
                "main.cf:1: error: mydestination: the value refers to itself: mydestination -> myorigin -> mydestination",
                "main.cf:2: error: myorigin: the value refers to itself: myorigin -> mydestination -> myorigin",
            ]
        )
    }

    @Test func `random texts never trap`() throws {
        var random = SeededGenerator(seed: 7)
        let pieces = [
            "$", "{", "}", "(", ")", "?", ":", "a", "b", " ", "==", "<level", "loop", "nested", "1", "é", "$$",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0..<20, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            let result = Result { try Self.expand(text) }
            if !text.contains("$") { #expect(try result.get() == text) }
        }
    }
}
