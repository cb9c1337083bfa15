// SPDX-License-Identifier: Apache-2.0
import MailAddress
import MailRouting
import TestSupport
import Testing

@testable import FinalDelivery

@Suite struct AliasExpansionTests {
    static func maps(
        _ entries: [(String, String)],
        propagates: Bool = false,
        expandsOwner: Bool = false,
        in folder: TemporaryFolder
    ) throws -> AliasMaps {
        var routing = RoutingSettings()
        routing.myorigin = "example.org"
        routing.mydestination = ["example.org", "localhost"]
        routing.recipientDelimiter = "+"
        if propagates { routing.propagateUnmatchedExtensions.append("alias") }
        let file = try folder.write("aliases", entries.map { "\($0.0): \($0.1)\n" }.joined())
        return try AliasMaps(
            specifications: ["texthash:\(file)"],
            routing,
            transport: "local",
            expandsOwner: expandsOwner
        )
    }

    func expand(
        _ recipient: String,
        _ entries: [(String, String)],
        propagates: Bool = false,
        expandsOwner: Bool = false,
        limit: Int = AliasTarget.limit
    ) async throws -> AliasExpansion? {
        let folder = TemporaryFolder()
        let maps = try Self.maps(entries, propagates: propagates, expandsOwner: expandsOwner, in: folder)
        let address = try #require(EmailAddress(internalForm: recipient))
        return try await AliasExpander.expand(address, maps, limit: limit)
    }

    func addresses(_ recipient: String, _ entries: [(String, String)], propagates: Bool = false) async throws
        -> [String]?
    {
        try await expand(recipient, entries, propagates: propagates)?.addresses.map(\.internalForm)
    }

    func failure(_ recipient: String, _ entries: [(String, String)], limit: Int = 100) async -> AliasExpansion.Failure?
    {
        do {
            _ = try await expand(recipient, entries, limit: limit)
            return nil
        } catch {
            return error as? AliasExpansion.Failure
        }
    }

    @Test func `A name that is no alias has no expansion`() async throws {
        #expect(try await expand("joe@example.org", [("ann", "bob")]) == nil)
    }

    @Test func `Local and remote targets are completed, once each, in their order`() async throws {
        let entries = [("team", "joe, ann@example.com, JOE@localhost, joe@example.org")]
        #expect(
            try await addresses("Team@example.org", entries)
                == ["joe@example.org", "ann@example.com", "JOE@localhost"]
        )
    }

    @Test func `Aliases among the targets are expanded, those of other hosts are not`() async throws {
        let entries = [
            ("postmaster", "root"), ("root", "joe, ops@example.com"), ("team", "postmaster, root, ann@example.net"),
            ("ann", "joe"),
        ]
        #expect(try await addresses("postmaster@example.org", entries) == ["joe@example.org", "ops@example.com"])
        #expect(
            try await addresses("team@example.org", entries)
                == ["joe@example.org", "ops@example.com", "ann@example.net"]
        )
    }

    @Test func `The whole local part is looked up before the name without its extension`() async throws {
        let entries = [("list", "joe"), ("list+urgent", "ann")]
        #expect(try await addresses("list+urgent@example.org", entries) == ["ann@example.org"])
        #expect(try await addresses("list+other@example.org", entries) == ["joe@example.org"])
        #expect(try await addresses("list+other@example.org", entries, propagates: true) == ["joe+other@example.org"])
        #expect(try await addresses("list+urgent@example.org", entries, propagates: true) == ["ann@example.org"])
    }

    @Test(arguments: ["joe, joe@example.com", "\\joe, joe@example.com", "Joe+x, joe@example.com"])
    func `An alias that holds its own name delivers to the user too`(_ text: String) async throws {
        let expansion = try await expand("joe@example.org", [("joe", text)])
        #expect(expansion?.deliversToUser == true)
        #expect(expansion?.addresses.map(\.internalForm) == ["joe@example.com"])
    }

    @Test func `A nested alias that holds its own name is left to a message of its own`() async throws {
        let expansion = try await expand("team@example.org", [("team", "joe, ann"), ("joe", "joe, joe@example.com")])
        #expect(expansion?.deliversToUser == false)
        #expect(expansion?.addresses.map(\.internalForm) == ["joe@example.org", "ann@example.org"])
    }

    @Test func `A nested alias with targets that are not supported waits alone`() async throws {
        let entries = [("team", "joe, robot"), ("robot", "\"|/usr/bin/robot\"")]
        #expect(try await addresses("team@example.org", entries) == ["joe@example.org", "robot@example.org"])
    }

    @Test func `A loop of aliases fails for good`() async {
        let entries = [("a", "b"), ("b", "c"), ("c", "a")]
        let expected = AliasExpansion.Failure(isTemporary: false, status: "5.4.6", text: "alias database loop for a")
        #expect(await failure("a@example.org", entries) == expected)
    }

    @Test func `Aliases nest to a bound`() async throws {
        var entries = (0..<99).map { ("a\($0)", "a\($0 + 1)") }
        entries.append(("a99", "joe"))
        #expect(try await addresses("a0@example.org", entries) == ["joe@example.org"])
        entries[99] = ("a99", "a100")
        entries.append(("a100", "joe"))
        #expect(await failure("a0@example.org", entries)?.status == "5.4.6")
    }

    @Test func `Aliases that fan out over each other are expanded once each`() async throws {
        let entries = (0..<60).map { ("a\($0)", "a\($0 + 1), a\($0 + 1)@localhost, x\($0)") } + [("a60", "joe")]
        #expect(try await addresses("a0@example.org", entries)?.count == 61)
    }

    @Test func `More addresses than the limit wait`() async {
        #expect(await failure("team@example.org", [("team", "a, b, c")], limit: 2)?.status == "4.3.5")
    }

    @Test(
        arguments: [
            ("\"|/usr/bin/x\"", "alias \"x\": delivery to the command |/usr/bin/x is not supported yet"),
            ("/var/tmp/x", "alias \"x\": delivery to the file /var/tmp/x is not supported yet"),
            (":include:/etc/x", "alias \"x\": a list of recipients in :include:/etc/x is not supported yet"),
            ("a b", "alias \"x\" has a malformed target: a b"),
        ]
    )
    func `What is not supported or not understood is deferred with its reason`(_ row: (String, String)) async {
        #expect(await failure("x@example.org", [("x", row.0)]) == AliasExpansion.Failure(status: "4.3.5", text: row.1))
    }

    @Test func `The null device discards`() async throws {
        let discarded = try await expand("nobody@example.org", [("nobody", "/dev/null")])
        let expansion = try #require(discarded)
        #expect(expansion.isDiscarded && expansion.addresses.isEmpty && !expansion.deliversToUser)
    }

    @Test func `An owner becomes the sender, by its name or by what it stands for`() async throws {
        let entries = [("list", "joe"), ("owner-list", "ann@example.com")]
        #expect(try await expand("list@example.org", entries)?.sender?.internalForm == "owner-list@example.org")
        let expanded = try await expand("list@example.org", entries, expandsOwner: true)
        #expect(expanded?.sender?.internalForm == "ann@example.com")
        #expect(try await expand("owner-list@example.org", entries)?.sender == nil)
    }

    @Test func `A table that cannot be read delays the mail`() async throws {
        let maps = try AliasMaps(
            specifications: ["texthash:/nonexistent/aliases"],
            RoutingSettings(),
            transport: "local"
        )
        let address = try #require(EmailAddress(internalForm: "joe@localhost"))
        do {
            _ = try await AliasExpander.expand(address, maps)
            Issue.record("a missing table must not mean that there is no alias")
        } catch {
            #expect(error.isTemporary && error.status == "4.3.0")
        }
    }

    @Test func `A table that was written anew is taken in place`() async throws {
        let folder = TemporaryFolder()
        let maps = try Self.maps([("joe", "ann")], in: folder)
        try folder.write("aliases", "joe: bob, carol\n")
        await maps.allTables.look()
        let address = try #require(EmailAddress(internalForm: "joe@example.org"))
        let expansion = try await AliasExpander.expand(address, maps)
        #expect(expansion?.addresses.map(\.localPart) == ["bob", "carol"])
    }
}
