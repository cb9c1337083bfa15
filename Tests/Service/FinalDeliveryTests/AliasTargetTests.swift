// SPDX-License-Identifier: Apache-2.0
import MailAddress
import Testing

@testable import FinalDelivery

@Suite struct AliasTargetTests {
    static func plain(_ text: String) -> AliasTarget {
        .address(EmailAddress(internalForm: text) ?? .null, isLiteral: false)
    }

    static let good: [(String, [AliasTarget])] = [
        ("joe", [plain("joe")]),
        ("joe, ann@example.com ,  bob", [plain("joe"), plain("ann@example.com"), plain("bob")]),
        ("joe,,ann,", [plain("joe"), plain("ann")]),
        ("\\joe", [.address(EmailAddress(internalForm: "joe") ?? .null, isLiteral: true)]),
        ("\"a b\"@example.org", [plain("a b@example.org")]),
        ("\"a, b\"@example.org, c", [plain("a, b@example.org"), plain("c")]),
        ("Joe User <joe@example.org>", [plain("joe@example.org")]),
        ("\"User, Joe\" <joe@example.org>, ann", [plain("joe@example.org"), plain("ann")]),
        ("joe (the, boss), ann", [plain("joe"), plain("ann")]),
        ("|/usr/bin/true", [.command("/usr/bin/true")]),
        ("\"|/usr/bin/vacation -t 3, joe\"", [.command("/usr/bin/vacation -t 3, joe")]),
        ("\"|echo \\\"x\\\"\"", [.command("echo \"x\"")]),
        ("/dev/null", [.file("/dev/null")]),
        ("\"/var/mail/a b\"", [.file("/var/mail/a b")]),
        (":include:/etc/list", [.include("/etc/list")]),
        (":Include: /etc/list, joe", [.include("/etc/list"), plain("joe")]),
        ("\":include:/etc/a list\"", [.include("/etc/a list")]),
    ]

    @Test(arguments: good)
    func `A right-hand side is read element by element`(_ row: (String, [AliasTarget])) throws {
        #expect(try AliasTarget.parse(row.0) == row.1)
    }

    @Test(
        arguments: [
            "", " , ", "a b", "joe@", "@example.org", "<>", "a@b@", "\"open", ":exclude:/x", ":include:", "\\",
            "joe <a@example.org> <b@example.org>", "list: a, b;", "\u{1}x@example.org", "a@exa mple",
        ]
    )
    func `What is no target makes the whole entry malformed`(_ text: String) {
        #expect(throws: AliasTarget.Malformed.self) { try AliasTarget.parse(text) }
    }

    @Test func `An entry has a largest number of elements`() throws {
        #expect(try AliasTarget.parse("a,b,c", limit: 3).count == 3)
        #expect(throws: AliasTarget.Malformed(text: "more than 3 elements")) {
            try AliasTarget.parse("a,b,c,d", limit: 3)
        }
    }

    @Test func `Random bytes never trap, and what they name can be written again`() {
        var generator = SplitMix(state: 7)
        let seeds = Self.good.map { Array($0.0.utf8) }
        for _ in 0..<3000 {
            var bytes = seeds[Int(generator.next() % UInt64(seeds.count))]
            for _ in 0..<(generator.next() % 4) {
                let place = Int(generator.next() % UInt64(bytes.count + 1))
                bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
            }
            for case .address(let address, _) in (try? AliasTarget.parse(String(decoding: bytes, as: UTF8.self))) ?? []
            {
                #expect(EmailAddress(internalForm: address.internalForm) == address)
            }
        }
    }
}

/// A small generator, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
