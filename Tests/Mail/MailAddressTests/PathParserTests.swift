// SPDX-License-Identifier: Apache-2.0

import MailAddress
import TestSupport
import Testing

@Suite("SMTP paths (RFC 5321 §4.1.2)")
struct PathParserTests {
    static func parse(
        _ text: String,
        as kind: PathParser.Kind = .forward,
        _ parser: PathParser = PathParser()
    ) throws(AddressSyntaxError) -> EmailAddress {
        try parse(Array(text.utf8), as: kind, parser)
    }

    static func parse(
        _ bytes: [UInt8],
        as kind: PathParser.Kind = .forward,
        _ parser: PathParser = PathParser()
    ) throws(AddressSyntaxError) -> EmailAddress {
        try parser.parse(bytes.span, as: kind).address
    }

    struct Accepted: Sendable {
        let text: String
        let local: String
        let domain: String
        init(_ text: String, _ local: String, _ domain: String) {
            self.text = text
            self.local = local
            self.domain = domain
        }
    }

    @Test(
        "are read",
        arguments: [
            Accepted("<joe@example.org>", "joe", "example.org"),
            Accepted("<Joe.Q.Public@EXAMPLE.org>", "Joe.Q.Public", "EXAMPLE.org"),
            Accepted("<@a.example,@b.example:joe@c.example>", "joe", "c.example"),
            Accepted("<\"a b\"@example.org>", "a b", "example.org"),
            Accepted("<\"a\\\"b\\\\\"@example.org>", "a\"b\\", "example.org"),
            Accepted("<\"\"@example.org>", "", "example.org"),
            Accepted("<\"x>y\"@example.org>", "x>y", "example.org"),
            Accepted("<\"a\".b@example.org>", "a.b", "example.org"),
            Accepted("<a..b@example.org>", "a..b", "example.org"),
            Accepted("<a+b@[192.0.2.1]>", "a+b", "[192.0.2.1]"),
            Accepted("<a@[IPv6:2001:db8::1]>", "a", "[IPv6:2001:db8::1]"),
            Accepted("<a@[IPv6:::ffff:192.0.2.1]>", "a", "[IPv6:::ffff:192.0.2.1]"),
            Accepted("<a@[IPv6:::]>", "a", "[IPv6:::]"),
            Accepted("<postmaster>", "postmaster", ""),
            Accepted("<jörg@müller.example>", "jörg", "müller.example"),
            Accepted("<user%elsewhere@example.org>", "user%elsewhere", "example.org"),
            Accepted("<$`|{x}@example.org>", "$`|{x}", "example.org"),
            Accepted("<a@under_score.example>", "a", "under_score.example"),
        ]
    )
    func accepts(_ row: Accepted) throws {
        let address = try Self.parse(row.text)
        #expect(address.localPart == row.local)
        #expect(address.domain == row.domain)
        // The external form reads back as the same address.
        let again = try Self.parse(address.path)
        #expect(again == address)
    }

    @Test(
        "are refused",
        arguments: [
            ("", AddressSyntaxError.malformed), ("<", .malformed), ("<>", .malformed), ("<a", .malformed),
            ("<a@>", .malformed), ("<a@b", .malformed), ("a@b", .malformed), ("<@b>", .malformed),
            ("<a b@c>", .malformed), ("<a@b@c>", .malformed), ("<a@b c>", .malformed), ("<\"a@b>", .malformed),
            ("<\"\">", .malformed), ("<a@-b.example>", .malformed), ("<a@b-.example>", .malformed),
            ("<a@b..c>", .malformed), ("<a@.b>", .malformed), ("<a@b.>", .malformed), ("<a@[]>", .malformed),
            ("<a@[1.2.3]>", .malformed), ("<a@[1.2.3.256]>", .malformed), ("<a@[1.2.3.4>", .malformed),
            ("<a@[IPv6:1:2]>", .malformed), ("<a@[IPv6:1::2::3]>", .malformed), ("<a@[IPv6:g::]>", .malformed),
            ("<a@[IPv6:1:2:3:4:5:6:7:8:9]>", .malformed), ("<a@[IPv6:]>", .malformed), ("<a@[IPv6:::1:]>", .malformed),
            ("<@a.example joe@b>", .malformed), ("<@a.example>", .malformed), ("<@a,b:c@d>", .malformed),
            ("<a\u{0}b@c>", .controlCharacter), ("<a\r\n@c>", .controlCharacter), ("<\"a\nb\"@c>", .controlCharacter),
            ("<\"a\\\nb\"@c>", .controlCharacter), ("<a@b\n>", .controlCharacter), ("<a@b\u{7F}c>", .controlCharacter),
            ("<a\u{85}b@c>", .controlCharacter), ("<a@b\u{9b}c>", .controlCharacter), ("<a(b)@c>", .malformed),
            ("<a;b@c>", .malformed), ("<a\\b@c>", .malformed),
        ]
    )
    func refuses(_ text: String, _ error: AddressSyntaxError) {
        #expect(throws: error) { try Self.parse(text) }
    }

    @Test func `the null path is a sender only`() throws {
        #expect(try Self.parse("<>", as: .reverse).isNull)
        #expect(throws: AddressSyntaxError.malformed) { try Self.parse("<>") }
        let emptyLocal = try Self.parse("<\"\"@example.org>", as: .reverse)
        #expect(!emptyLocal.isNull)
        #expect(emptyLocal.path == "<\"\"@example.org>")
    }

    @Test func `parameters after the path are left to the caller`() throws {
        let line = Array("MAIL FROM:<a@b.example> SIZE=1".utf8)
        let result = try PathParser().parse(line.span, from: 10, as: .reverse)
        #expect(result.end == 23)
        #expect(line[result.end] == UInt8(ascii: " "))
    }

    @Test func `brackets may be missing where the configuration says so`() throws {
        let parser = PathParser(requiresBrackets: false)
        let result = try parser.parse(Array("a@b.example SIZE=1".utf8).span, as: .reverse)
        #expect(result.address.internalForm == "a@b.example")
        #expect(result.end == 11)
        #expect(throws: AddressSyntaxError.malformed) { try Self.parse("a@b>", as: .forward, parser) }
    }

    @Test func `a local part alone is refused where a domain is required, but never postmaster`() throws {
        let parser = PathParser(requiresDomain: true)
        #expect(throws: AddressSyntaxError.missingDomain) { try Self.parse("<joe>", as: .forward, parser) }
        #expect(try Self.parse("<PostMaster>", as: .forward, parser).domain.isEmpty)
        #expect(try Self.parse("<joe>").internalForm == "joe")
    }

    @Test func `lengths are limited`() throws {
        #expect(try Self.parse("<\(String(repeating: "a", count: 256))@b>").localPart.utf8.count == 256)
        #expect(throws: AddressSyntaxError.tooLong) { try Self.parse("<\(String(repeating: "a", count: 257))@b>") }
        let domain = String(repeating: "d.", count: 127) + "d"
        #expect(try Self.parse("<a@\(domain)>").domain.utf8.count == 255)
        #expect(throws: AddressSyntaxError.tooLong) { try Self.parse("<a@\(domain)d>") }
        #expect(throws: AddressSyntaxError.malformed) { try Self.parse("<a@\(String(repeating: "d", count: 64))>") }
        let route = String(repeating: "@r.example,", count: 200) + "@r.example:"
        #expect(throws: AddressSyntaxError.tooLong) { try Self.parse("<\(route)a@b>") }
    }

    @Test func `octets that are no UTF-8 are refused`() {
        for bad in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]] {
            #expect(throws: AddressSyntaxError.invalidUTF8) {
                try Self.parse(Array("<a".utf8) + bad + Array("@b>".utf8))
            }
            #expect(throws: AddressSyntaxError.invalidUTF8) {
                try Self.parse(Array("<a@b".utf8) + bad + Array(">".utf8))
            }
        }
    }

    @Test func `no octet makes an address that holds a control character, and forms round-trip`() throws {
        for byte in UInt8.min...UInt8.max {
            for text in [
                Array("<a".utf8) + [byte] + Array("b@c.example>".utf8),
                Array("<\"a".utf8) + [byte] + Array("b\"@c.example>".utf8),
                Array("<a@b".utf8) + [byte] + Array("c>".utf8),
            ] {
                guard let address = try? Self.parse(text) else { continue }
                #expect(!address.internalForm.utf8.contains { $0 < 0x20 || $0 == 0x7F })
                #expect(try Self.parse(address.path) == address)
            }
        }
    }

    @Test func `random changes never trap, and what is accepted reads back`() throws {
        var random = SeededGenerator(seed: 5321)
        let seeds = [
            "<joe@example.org>", "<\"a\\\"b\"@[IPv6:2001:db8::1]>", "<@a,@b:c.d@e.f>", "<jörg@müller.example>",
            "<\"\"@x>",
        ].map { Array($0.utf8) }
        for _ in 0..<4_000 {
            let text = random.mutation(of: seeds[Int.random(in: 0..<seeds.count, using: &random)])
            guard let address = try? Self.parse(text, as: .reverse) else { continue }
            #expect(try Self.parse(address.path, as: .reverse) == address)
        }
    }
}
