// SPDX-License-Identifier: Apache-2.0

import SASL
import TestSupport
import Testing

@Suite("Base64 (RFC 4648 section 4)")
struct Base64Tests {
    // RFC 4648 section 10.
    static let vectors: [(plain: String, text: String)] = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: vectors)
    func `the vectors of the RFC encode and decode`(plain: String, text: String) throws {
        #expect(Base64.encode(Array(plain.utf8)) == Array(text.utf8))
        #expect(try Base64.decode(Array(text.utf8), maximum: 6) == Array(plain.utf8))
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Z===", "Zh==", "Zm9=", "Zm8=Zm8=", "Zm 9", "Zm9v\n", "Zm9v Zm9",
        "Zm-_", "Zg=a",
        "\u{0}\u{0}\u{0}\u{0}", "é==",
    ])
    func `anything but canonical base64 is malformed`(text: String) {
        #expect(throws: Base64Error.malformed) { try Base64.decode(Array(text.utf8), maximum: 100) }
    }

    @Test func `the limit counts decoded bytes`() throws {
        let text = Base64.encode([UInt8](repeating: 7, count: 100))
        #expect(try Base64.decode(text, maximum: 100).count == 100)
        #expect(throws: Base64Error.tooLong) { try Base64.decode(text, maximum: 99) }
    }

    @Test func `every byte survives at every offset`() throws {
        for offset in 0..<4 {
            let bytes = [UInt8](repeating: 0xA5, count: offset) + (0...255).map { UInt8($0) }
            #expect(try Base64.decode(Base64.encode(bytes), maximum: 1000) == bytes)
        }
    }

    @Test func `random text either decodes to what encodes to it, or is malformed`() {
        var random = SeededGenerator(seed: 1)
        let alphabet = Array("ABCDabcd0189+/==\n -".utf8)
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...16, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            if let bytes = try? Base64.decode(text, maximum: 12) {
                #expect(Base64.encode(bytes) == text)
            }
        }
    }
}
