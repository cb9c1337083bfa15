// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import LookupTables

@Suite("IP addresses and networks")
struct IPAddressTests {
    @Test(
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::0001", "2001:db8::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ]
    )
    func `an address is read and written in its canonical form`(text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
        #expect(IPAddress(bytes: address.bytes) == address)
    }

    @Test(
        arguments: [
            "", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1..2.3", "1.2.3.4 ", "1.2.3.-4",
            "a.b.c.d",
            "1.2.3.", ":", ":::", "1:::2", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "::1:",
            ":1::", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "1.2.3.4::", "::1%eth0", "[::1]", "1:2:3:4:5:6:7::8:9",
            "1:2:3:4::5:6:7:8", "::00001", String(repeating: "1", count: 100), "1.2.3.4\0", "999.1.1.1",
        ]
    )
    func `what is no address is refused`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `bytes of another count are no address`() {
        for count in [0, 3, 5, 15, 17] { #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil) }
    }

    @Test func `a literal is read from its brackets`() {
        #expect(IPAddress(literal: "[192.0.2.1]".utf8) == IPAddress("192.0.2.1"))
        #expect(IPAddress(literal: "[IPv6:2001:db8::1]".utf8) == IPAddress("2001:db8::1"))
        #expect(IPAddress(literal: "[2001:db8::1]".utf8) == IPAddress("2001:db8::1"))
        for bad in ["[IPv6:192.0.2.1]", "192.0.2.1", "[", "[]", "[192.0.2.1", "192.0.2.1]", "[IPv6:]"] {
            #expect(IPAddress(literal: bad.utf8) == nil, "\(bad)")
        }
    }

    @Test func `a mapped address counts as IPv4`() {
        #expect(IPAddress("::ffff:192.0.2.1")?.unmapped == IPAddress("192.0.2.1"))
        #expect(IPAddress("::fffe:192.0.2.1")?.unmapped == IPAddress("::fffe:192.0.2.1"))
        #expect(IPAddress("127.3.2.1")?.isLoopback == true)
        #expect(IPAddress("::1")?.isLoopback == true)
        #expect(IPAddress("::2")?.isLoopback == false)
    }

    @Test(
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false), ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1/32", "192.0.2.1", true), ("::/0", "2001:db8::1", true), ("::/0", "1.2.3.4", false),
            ("[2001:db8::]/32", "2001:db8:ffff::1", true), ("[2001:db8::/32]", "2001:db9::1", false),
            ("2001:db8::/64", "2001:db8:0:0:ffff::1", true), ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
            ("::1/128", "::1", true), ("[::1]", "::1", true), ("[192.0.2.0]/24", "192.0.2.9", true),
            ("2001:db8::/63", "2001:db8:0:1::", true), ("128.0.0.0/1", "200.1.1.1", true),
        ]
    )
    func `a network holds its addresses`(network: String, address: String, holds: Bool) throws {
        #expect(try IPNetwork(parsing: network).contains(#require(IPAddress(address))) == holds)
    }

    @Test func `a network with bits behind its prefix is refused, naming what was meant`() {
        #expect(throws: IPNetwork.SyntaxError.hostBits(meant: "192.0.2.0/24")) {
            try IPNetwork(parsing: "192.0.2.1/24")
        }
        for bad in ["192.0.2.0/33", "::/129", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/0008", "/8"] {
            #expect(throws: IPNetwork.SyntaxError.self, "\(bad)") { try IPNetwork(parsing: bad) }
        }
        for bad in ["[192.0.2.0", "192.0.2.0]", "[[::1]]", "host", "1.2/16", ""] {
            #expect(throws: IPNetwork.SyntaxError.badAddress(bad)) { try IPNetwork(parsing: bad) }
        }
    }

    @Test func `no input traps`() {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("0123456789abcdefF.:/[]% \0".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...48, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            if let address = IPAddress(text: bytes) { #expect(IPAddress(address.description) == address) }
            _ = IPAddress(literal: bytes)
            _ = try? IPNetwork(parsing: String(decoding: bytes, as: UTF8.self))
        }
    }
}
