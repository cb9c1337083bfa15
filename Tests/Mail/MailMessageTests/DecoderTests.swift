// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailMessage
import TestSupport
import Testing

@Suite("Transfer encodings and encoded-words (RFC 2045 §6, RFC 2047)")
struct DecoderTests {
    static func decode(_ text: String, _ encoding: TransferEncoding, chunk: Int = .max) -> String {
        let bytes = Array(text.utf8)
        var decoder = TransferDecoder(encoding)
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let next = chunk < bytes.count - index ? index + chunk : bytes.count
            decoder.decode(bytes.span, index..<next, into: &output)
            index = next
        }
        decoder.finish(into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "quoted-printable is undone, also octet by octet",
        arguments: [
            ("a=3Db", "a=b"), ("a=\r\nb", "ab"), ("a=\nb", "ab"), ("a= \t\r\nb", "ab"), ("a  \r\nb", "a\r\nb"),
            ("a  b", "a  b"),
            ("=C3=A9", "é"), ("=c3=a9", "é"), ("a=zzb", "a=zzb"), ("a=4zb", "a=4zb"), ("a=", "a="), ("a=4", "a=4"),
            ("==3D", "=="),
            ("", ""), ("a=\r", "a"), ("a ", "a"), ("=20\r\n", " \r\n"),
        ]
    )
    func quotedPrintable(_ text: String, _ expected: String) {
        #expect(Self.decode(text, .quotedPrintable) == expected)
        #expect(Self.decode(text, .quotedPrintable, chunk: 1) == expected)
    }

    @Test(
        "base64 is undone, also octet by octet",
        arguments: [
            ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("YW\r\nJj", "abc"), ("YQ==YQ==", "aa"), ("YQ", "a"),
            ("Y", ""),
            ("=", ""), ("!!YWJj!!", "abc"), ("", ""),
        ]
    )
    func base64(_ text: String, _ expected: String) {
        #expect(Self.decode(text, .base64) == expected)
        #expect(Self.decode(text, .base64, chunk: 1) == expected)
    }

    @Test func `base64 agrees with Foundation for every length`() {
        var random = SeededGenerator(seed: 6)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Array(Data(bytes).base64EncodedString(options: [.lineLength76Characters]).utf8)
            var decoder = Base64Decoder()
            var output: [UInt8] = []
            decoder.decode(text.span, 0..<text.count, into: &output)
            #expect(output == bytes)
        }
    }

    @Test(
        "encoded-words are decoded",
        arguments: [
            ("plain", "plain"), ("=?utf-8?q?J=C3=B6rg?=", "Jörg"), ("=?UTF-8?B?SsO2cmc=?=", "Jörg"),
            ("=?iso-8859-1?Q?a_b=E9?= c", "a bé c"), ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
            ("=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"),
            ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"), ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
            ("=?utf-8*de?q?a?=", "a"),
            ("=?iso-8859-15?q?=A4?=", "€"), ("=?windows-1252?q?=80=93?=", "€“"), ("=?koi8-r?q?a=C1?=", "a\u{FFFD}"),
            ("=?utf-8?x?a?=", "=?utf-8?x?a?="), ("=?utf-8?q?a", "=?utf-8?q?a"), ("=??q?a?=", "=??q?a?="),
            ("=?utf-8?q??=", ""),
            ("=?utf-8?q?a b?=", "=?utf-8?q?a b?="), ("=?", "=?"), ("=", "="), ("=?utf-8?q?=4?=", "=4"),
            ("=?utf-8?q?=FF?=", "\u{FFFD}"),
            ("(=?utf-8?q?a?=)", "(a)"), ("a\r\n b", "a b"), ("=?utf-8?q?a?= ", "a "),
        ]
    )
    func encodedWords(_ text: String, _ expected: String) {
        #expect(EncodedWords.string(Array(text.utf8)) == expected)
    }

    @Test("hostile encoded-words take linear time", arguments: ["=?", "=?a?q?", "=?a?q?x", "=", "=?a", "=?a?q?= "])
    func hostile(_ unit: String) {
        let text = Array(repeating: Array(unit.utf8), count: 100_000).flatMap(\.self)
        let decoded = EncodedWords.decode(text.span, 0..<text.count)
        #expect(decoded.count <= text.count)
    }

    @Test func `random changes never trap`() {
        var random = SeededGenerator(seed: 2047)
        let seed = Array("=?iso-8859-1?Q?a_b=E9?= =?utf-8?B?SsO2cmc=?= x=3D\r\n y".utf8)
        for _ in 0..<3_000 {
            let text = random.mutation(of: seed)
            _ = EncodedWords.decode(text.span, 0..<text.count)
            for encoding in [TransferEncoding.base64, .quotedPrintable, .identity] {
                var decoder = TransferDecoder(encoding)
                var output: [UInt8] = []
                decoder.decode(text.span, 0..<text.count, into: &output)
                decoder.finish(into: &output)
                #expect(output.count <= text.count)
            }
        }
    }
}
