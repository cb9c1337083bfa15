// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import LookupTables

@Suite struct TextEntriesTests {
    @Test func `each key of many is found with its own value, and no other key`() {
        var entries = TextEntries()
        for number in 0..<5000 {
            #expect(entries.insert(key: "key\(number)".utf8, value: "value \(number)".utf8, line: number) == nil)
        }
        #expect(entries.count == 5000)
        for number in 0..<5000 { #expect(entries.value(of: "key\(number)") == "value \(number)") }
        for key in ["", "key", "key5000", "key00", "Key1", "key1 ", "value 1"] {
            #expect(entries.value(of: key) == nil)
        }
        #expect(entries.pairs.map(\.key) == (0..<5000).map { "key\($0)" })
    }

    @Test func `the first of two entries counts, and its line is told`() {
        var entries = TextEntries()
        #expect(entries.insert(key: "a".utf8, value: "one".utf8, line: 3) == nil)
        #expect(entries.insert(key: "b".utf8, value: "other".utf8, line: 4) == nil)
        #expect(entries.insert(key: "a".utf8, value: "two".utf8, line: 5) == 3)
        #expect(entries.value(of: "a") == "one")
        #expect(entries.value(of: "b") == "other")
        #expect(entries.count == 2)
    }

    @Test func `an empty table knows no key`() {
        #expect(TextEntries().value(of: "a") == nil)
    }

    @Test func `it answers as a dictionary does, whatever the keys`() {
        var random = SeededGenerator(seed: 11)
        var entries = TextEntries()
        var model: [String: String] = [:]
        for step in 0..<3000 {
            let key = String(
                (0..<Int.random(in: 1...3, using: &random)).map { _ in "abäc".randomElement(using: &random) ?? "a" }
            )
            if model[key] == nil { model[key] = "\(step)" }
            _ = entries.insert(key: key.utf8, value: "\(step)".utf8, line: step)
        }
        #expect(entries.count == model.count)
        for (key, value) in model { #expect(entries.value(of: key) == value) }
    }
}
