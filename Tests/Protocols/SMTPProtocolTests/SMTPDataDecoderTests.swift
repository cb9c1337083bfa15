// SPDX-License-Identifier: Apache-2.0

import SMTPProtocol
import TestSupport
import Testing

@Suite("SMTP content (RFC 5321 section 4.5.2)")
struct SMTPDataDecoderTests {
    /// What became of a whole input.
    struct Outcome: Equatable, CustomStringConvertible {
        var content: String
        var consumed: Int
        var progress: SMTPDataDecoder.Progress

        var description: String { "\(content.debugDescription) \(consumed) \(progress)" }
    }

    /// Decodes an input that is cut at the given places.
    static func decode(
        _ input: [UInt8],
        cuts: [Int] = [],
        policy: BareNewlinePolicy = .normalize,
        lineEnd: SMTPDataDecoder.LineEnd = .lineFeed,
        sizeLimit: Int = 0
    ) -> Outcome {
        var decoder = SMTPDataDecoder(policy: policy, lineEnd: lineEnd, sizeLimit: sizeLimit)
        var output: [UInt8] = []
        var total = 0
        var start = 0
        for cut in cuts + [input.count] {
            let piece = Array(input[start..<cut])
            let (consumed, progress) = decoder.decode(piece.span, into: &output)
            total += consumed
            if progress != .more {
                return Outcome(content: String(decoding: output, as: UTF8.self), consumed: total, progress: progress)
            }
            #expect(consumed == piece.count)
            start = cut
        }
        return Outcome(content: String(decoding: output, as: UTF8.self), consumed: total, progress: .more)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var input: String
        /// Per policy: the content, and how many bytes were consumed up to the end; nil where the data has not ended.
        var allow: (String, Int?)
        var normalize: (String, Int?)
        /// For `reject`: the violation, or nil where it is as for `normalize`.
        var reject: BareNewline?

        var testDescription: String { input.debugDescription }
    }

    // The command QUIT behind the end shows that what is not content stays in the buffer.
    static let matrix: [Row] = [
        // The one true end.
        Row(input: "a\r\n.\r\nQUIT\r\n", allow: ("a\n", 6), normalize: ("a\n", 6)),
        Row(input: ".\r\nQUIT\r\n", allow: ("", 3), normalize: ("", 3)),
        Row(input: "\r\n.\r\n", allow: ("\n", 5), normalize: ("\n", 5)),
        // Every other mixture.
        Row(input: "a\n.\nb\r\n.\r\n", allow: ("a\n", 4), normalize: ("a\n.\nb\n", 10), reject: .lineFeed),
        Row(input: "a\n.\r\nb\r\n.\r\n", allow: ("a\n", 5), normalize: ("a\n.\nb\n", 11), reject: .lineFeed),
        Row(input: "a\r\n.\nb\r\n.\r\n", allow: ("a\n", 5), normalize: ("a\n.\nb\n", 11), reject: .lineFeed),
        Row(input: ".\nb\r\n.\r\n", allow: ("", 2), normalize: (".\nb\n", 8), reject: .lineFeed),
        Row(input: "a\r.\rb\r\n.\r\n", allow: ("a . b\n", 10), normalize: ("a . b\n", 10), reject: .carriageReturn),
        Row(input: "a\r.\r\nb\r\n.\r\n", allow: ("a .\nb\n", 11), normalize: ("a .\nb\n", 11), reject: .carriageReturn),
        Row(input: "a\r\n.\rb\r\n.\r\n", allow: ("a\n b\n", 11), normalize: ("a\n b\n", 11), reject: .carriageReturn),
        Row(
            input: "a\r\n.\r\r\nb\r\n.\r\n",
            allow: ("a\n.\nb\n", 13),
            normalize: ("a\n.\nb\n", 13),
            reject: .carriageReturn
        ),
        Row(
            input: "a\r\n\r.\r\nb\r\n.\r\n",
            allow: ("a\n .\nb\n", 13),
            normalize: ("a\n .\nb\n", 13),
            reject: .carriageReturn
        ),
        Row(input: "a\r\r\n.\r\n", allow: ("a\n", 7), normalize: ("a\n", 7), reject: .carriageReturn),
        Row(input: "a\n\r.\r\nb\r\n.\r\n", allow: ("a\n .\nb\n", 12), normalize: ("a\n .\nb\n", 12), reject: .lineFeed),
        Row(input: "a\n.\r\r\nb\r\n.\r\n", allow: ("a\n.\nb\n", 12), normalize: ("a\n.\nb\n", 12), reject: .lineFeed),
        Row(input: "a\r\n\n.\r\nb\r\n.\r\n", allow: ("a\n\n", 7), normalize: ("a\n\n.\nb\n", 13), reject: .lineFeed),
        Row(input: "a\r\n.\u{0}\r\nb\r\n.\r\n", allow: ("a\n\u{0}\nb\n", 13), normalize: ("a\n\u{0}\nb\n", 13)),
        Row(input: "a\u{0}\r\n.\r\n", allow: ("a\u{0}\n", 7), normalize: ("a\u{0}\n", 7)),
        Row(input: "a\r\n\u{0}.\r\n.\r\n", allow: ("a\n\u{0}.\n", 10), normalize: ("a\n\u{0}.\n", 10)),
        // Dots.
        Row(
            input: "..\r\n...a\r\n.b\r\na.\r\n.\r\n",
            allow: (".\n..a\nb\na.\n", 21),
            normalize: (".\n..a\nb\na.\n", 21)
        ),
        Row(input: "a\n..\nb\r\n.\r\n", allow: ("a\n.\nb\n", 11), normalize: ("a\n.\nb\n", 11), reject: .lineFeed),
        Row(input: ". \r\n.\r\n", allow: (" \n", 7), normalize: (" \n", 7)),
        // Not at an end.
        Row(input: "a\r\n.\r", allow: ("a\n", nil), normalize: ("a\n", nil)),
        Row(input: "a\r\n.", allow: ("a\n", nil), normalize: ("a\n", nil)),
        Row(input: "a\r\r\r", allow: ("a", nil), normalize: ("a", nil), reject: .carriageReturn),
        Row(input: "", allow: ("", nil), normalize: ("", nil)),
    ]

    @Test(arguments: matrix)
    func `the smuggling matrix holds under every policy`(row: Row) {
        let bytes = Array(row.input.utf8)
        for policy in BareNewlinePolicy.allCases {
            let whole = Self.decode(bytes, policy: policy)
            switch policy {
            case .allow, .note: check(whole, row.allow, bytes.count)
            case .normalize: check(whole, row.normalize, bytes.count)
            case .reject:
                if let violation = row.reject {
                    #expect(whole.progress == .violation(violation))
                } else {
                    check(whole, row.normalize, bytes.count)
                }
            }
        }
    }

    @Test(arguments: matrix)
    func `the matrix comes out the same however the input is cut`(row: Row) {
        let bytes = Array(row.input.utf8)
        for policy in BareNewlinePolicy.allCases {
            let whole = Self.decode(bytes, policy: policy)
            #expect(Self.decode(bytes, cuts: Array(0...bytes.count), policy: policy) == whole, "byte by byte")
            for first in 0...bytes.count {
                for second in first...bytes.count {
                    #expect(Self.decode(bytes, cuts: [first, second], policy: policy) == whole)
                }
            }
        }
    }

    private func check(_ outcome: Outcome, _ expected: (String, Int?), _ count: Int) {
        #expect(outcome.content == expected.0)
        #expect(outcome.consumed == expected.1 ?? count)
        #expect(outcome.progress == (expected.1 == nil ? .more : .end))
    }

    @Test func `lines may come out with CRLF`() {
        let outcome = Self.decode(Array("a\nb\r\n\r\nc\r\r\n.\r\n".utf8), lineEnd: .carriageReturnLineFeed)
        #expect(outcome.content == "a\r\nb\r\n\r\nc\r\n")
    }

    @Test func `the size counts line ends as two, and the limit stops the output but not the reading`() {
        var decoder = SMTPDataDecoder(sizeLimit: 10)
        var output: [UInt8] = []
        let first = Array("12345678\r\n".utf8)
        _ = decoder.decode(first.span, into: &output)
        #expect(decoder.size == 10 && !decoder.isOverLimit)
        let more = Array("x\r\n.\r\nRSET\r\n".utf8)
        let (consumed, progress) = decoder.decode(more.span, into: &output)
        #expect(consumed == 6 && progress == .end)
        #expect(decoder.isOverLimit && decoder.size == 13)
        #expect(output == Array("12345678\n".utf8))
    }

    @Test func `after the end nothing more is taken`() {
        var decoder = SMTPDataDecoder()
        var output: [UInt8] = []
        let end = Array(".\r\n".utf8)
        _ = decoder.decode(end.span, into: &output)
        let (consumed, progress) = decoder.decode(end.span, into: &output)
        #expect(consumed == 0 && progress == .end)
    }

    @Test func `bare newlines are remembered for the log`() {
        for (input, expected) in [
            ("a\nb\r\n", BareNewline.lineFeed), ("a\rb\r\n", .carriageReturn), ("a\r\n", nil),
            ("a\r\r\n", .carriageReturn),
        ] {
            var decoder = SMTPDataDecoder(policy: .note)
            var output: [UInt8] = []
            let bytes = Array(input.utf8)
            _ = decoder.decode(bytes.span, into: &output)
            #expect(decoder.bareNewline == expected)
        }
    }

    @Test func `counted content keeps its dots and gets its last line end`() {
        for (input, expected) in [
            ("a\r\n.\r\n..b", "a\n.\n..b\n"), ("", ""), ("a\r\n", "a\n"), ("a\r", "a \n"), ("\r\n.\r\n", "\n.\n"),
            ("a\nb", "a\nb\n"),
        ] {
            let bytes = Array(input.utf8)
            for cut in 0...bytes.count {
                var decoder = SMTPDataDecoder(framing: .counted)
                var output: [UInt8] = []
                for piece in [Array(bytes[..<cut]), Array(bytes[cut...])] {
                    let (consumed, progress) = decoder.decode(piece.span, into: &output)
                    #expect(consumed == piece.count && progress == .more)
                }
                decoder.finish(into: &output)
                #expect(String(decoding: output, as: UTF8.self) == expected)
            }
        }
    }

    @Test func `a reference that knows no pieces agrees on random input`() {
        var random = SeededGenerator(seed: 6)
        let alphabet = Array("\r\r\n\n..ab\u{0}".utf8)
        for round in 0..<4000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let policy: BareNewlinePolicy = round % 2 == 0 ? .normalize : .allow
            let cuts = [
                Int.random(in: 0...bytes.count, using: &random), Int.random(in: 0...bytes.count, using: &random),
            ].sorted()
            let outcome = Self.decode(bytes, cuts: cuts, policy: policy)
            if policy == .normalize {
                // The end is where the five bytes first stand, the CRLF before the content counted.
                let end = position(of: Array("\r\n.\r\n".utf8), in: [0x0D, 0x0A] + bytes).map { $0 + 3 }
                #expect(outcome.progress == (end == nil ? .more : .end))
                #expect(outcome.consumed == end ?? bytes.count)
            }
            #expect(!outcome.content.utf8.contains(0x0D))
            // Stuffed again and sent on, the content has no end of data in it for any reading of line ends.
            let again = Self.decode(Array(stuffed(outcome.content).utf8), policy: .allow)
            #expect(again.progress == .more)
            #expect(again.content == outcome.content)
        }
    }

    private func position(of needle: [UInt8], in hay: [UInt8]) -> Int? {
        guard hay.count >= needle.count else { return nil }
        return (0...(hay.count - needle.count)).first { Array(hay[$0..<$0 + needle.count]) == needle }
    }

    private func stuffed(_ content: String) -> String {
        let lines = content.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { $0.hasPrefix(".") ? "." + $0 : String($0) }.joined(separator: "\r\n")
    }
}
