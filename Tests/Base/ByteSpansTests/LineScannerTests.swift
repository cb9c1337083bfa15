// SPDX-License-Identifier: Apache-2.0
import ByteSpans
import TestSupport
import Testing

@Suite struct LineScannerTests {
    @Test func `Line ends are found wherever they stand`() {
        for count in 0...40 {
            let plain = [UInt8](repeating: 0x8A, count: count)
            #expect(LineScanner.firstLineFeed(in: plain.span, from: 0) == count)
            #expect(LineScanner.firstBreak(in: plain.span, from: 0) == count)
            for place in 0..<count {
                var text = plain
                text[place] = 0x0A
                #expect(LineScanner.firstLineFeed(in: text.span, from: 0) == place)
                #expect(LineScanner.firstBreak(in: text.span, from: 0) == place)
                #expect(LineScanner.firstLineFeed(in: text.span, from: place + 1) == count)
                text[place] = 0x0D
                #expect(LineScanner.firstLineFeed(in: text.span, from: 0) == count)
                #expect(LineScanner.firstBreak(in: text.span, from: place) == place)
            }
        }
    }

    @Test func `A start outside the bytes is their end`() {
        let text: [UInt8] = [0x0A]
        for start in [-1, 1, 2, .max, .min] {
            #expect(LineScanner.firstLineFeed(in: text.span, from: start) == 1)
            #expect(LineScanner.firstBreak(in: text.span, from: start) == 1)
        }
    }

    @Test func `It finds what a loop finds`() {
        var random = SeededGenerator(seed: 29)
        let alphabet: [UInt8] = [0x00, 0x09, 0x0A, 0x0B, 0x0D, 0x0E, 0x41, 0x80, 0x8A, 0x8D, 0xFF]
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0..<32, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let start = Int.random(in: 0...text.count, using: &random)
            let feed = text[start...].firstIndex(of: 0x0A) ?? text.count
            let either = text[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? text.count
            #expect(LineScanner.firstLineFeed(in: text.span, from: start) == feed)
            #expect(LineScanner.firstBreak(in: text.span, from: start) == either)
            let byte = UInt8.random(in: 0...255, using: &random)
            #expect(LineScanner.contains(byte, in: text.span) == text.contains(byte))
        }
    }

    @Test(arguments: [(0..<0, ""), (0..<2, "ab"), (1..<3, "bc"), (-5..<1, "a"), (2..<99, "c"), (7..<9, "")])
    func `Parts are appended as far as they exist`(range: Range<Int>, added: String) {
        var output = Array("x".utf8)
        output.append(Array("abc".utf8).span, range)
        #expect(output == Array("x\(added)".utf8))
    }
}
