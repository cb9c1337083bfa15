// SPDX-License-Identifier: Apache-2.0
import LookupTables
import MailAddress
import Testing

@testable import MailRouting

@Suite("Resolving (ADDRESS_CLASS_README, transport(5))")
struct AddressResolverTests {
    private func resolve(_ recipient: String, _ change: (inout RoutingSettings) -> Void = { _ in }) async throws
        -> Resolution
    {
        let parts = try RoutingParts(settings(change))
        return try await parts.resolver.resolve(parts.rewriter.rewrite(address(recipient)))
    }

    private static func classes(_ settings: inout RoutingSettings) {
        settings.virtualAliasMaps = ["inline:{alias.example=x, info@alias.example=alice}"]
        settings.virtualMailboxDomains = ["box.example"]
        settings.relayDomains = ["relay.example"]
        settings.ownAddresses = [IPAddress("192.0.2.1"), IPAddress("2001:db8::1")].compactMap(\.self)
    }

    @Test(
        arguments: [
            ("alice", DomainClass.local, "local", "mail.example.org"),
            ("Alice@EXAMPLE.org", .local, "local", "mail.example.org"),
            ("a@[192.0.2.1]", .local, "local", "mail.example.org"),
            ("a@[IPv6:2001:DB8::1]", .local, "local", "mail.example.org"),
            ("a@[192.0.2.2]", .other, "smtp", "[192.0.2.2]"),
            ("x@alias.example", .virtualAlias, "error", "5.1.1 User unknown in virtual alias table"),
            ("x@Box.Example", .virtualMailbox, "virtual", "box.example"),
            ("x@sub.box.example", .other, "smtp", "sub.box.example"),
            ("x@relay.example", .relay, "relay", "relay.example"),
            ("x@sub.relay.example", .relay, "relay", "sub.relay.example"),
            ("x@elsewhere.example", .other, "smtp", "elsewhere.example"),
        ]
    )
    func `a domain's class gives transport and next hop`(
        recipient: String,
        domainClass: DomainClass,
        transport: String,
        nextHop: String
    ) async throws {
        let resolution = try await resolve(recipient, Self.classes)
        #expect(resolution.domainClass == domainClass)
        #expect(resolution.transport == transport)
        #expect(resolution.nextHop == nextHop)
        #expect(!resolution.hasSenderRoute)
    }

    @Test func `a domain in several lists belongs to the first class`() async throws {
        let resolution = try await resolve("a@example.org") {
            $0.virtualMailboxDomains = ["example.org"]
            $0.relayDomains = ["example.org"]
        }
        #expect(resolution.domainClass == .local)
    }

    @Test func `tables are the default lists of virtual domains`() async throws {
        #expect(
            try await resolve("a@v.example") { $0.virtualMailboxMaps = ["inline:{v.example=x}"] }.domainClass
                == .virtualMailbox
        )
        #expect(
            try await resolve("a@v.example") {
                $0.virtualMailboxMaps = ["inline:{v.example=x}"]
                $0.virtualMailboxDomains = []
            }.domainClass == .other
        )
    }

    @Test(
        arguments: [
            ("a@o.example", "", "smtp", "o.example"),
            ("a@o.example", "[gate.example]:587", "smtp", "[gate.example]:587"),
            ("a@relay.example", "[gate.example]", "relay", "[gate.example]"),
            ("a@example.org", "[gate.example]", "local", "mail.example.org"),
            ("a@box.example", "[gate.example]", "virtual", "box.example"),
        ]
    )
    func `relayhost takes what leaves the host`(
        recipient: String,
        relayhost: String,
        transport: String,
        nextHop: String
    ) async throws {
        let resolution = try await resolve(recipient) {
            Self.classes(&$0)
            $0.relayhost = relayhost
        }
        #expect(resolution.action == .deliver(transport: transport, nextHop: nextHop))
    }

    @Test func `a next hop given with a transport goes before relayhost`() async throws {
        let resolution = try await resolve("a@o.example") {
            $0.defaultTransport = "lmtp:unix:private/x"
            $0.relayhost = "gate.example"
        }
        #expect(resolution.action == .deliver(transport: "lmtp", nextHop: "unix:private/x"))
    }

    private static let transports =
        "inline:{ {alice+x@t.example = one:}, {alice@t.example = two:[two.example]}, {t.example = three:}, {.t.example = four:four.example},"
        + "{only.example = :[hop.example]}, {same.example = :}, {bad.example = error:5.7.1 no mail here},"
        + "{void.example = discard:gone}, {later.example = retry:4.3.0 later}, {example.org = five} }"

    @Test(
        arguments: [
            ("alice+x@t.example", "one", "t.example"), ("Alice+y@T.example", "two", "[two.example]"),
            ("alice@t.example", "two", "[two.example]"), ("bob@t.example", "three", "t.example"),
            ("bob@a.b.t.example", "four", "four.example"), ("a@only.example", "smtp", "[hop.example]"),
            ("a@same.example", "smtp", "gate.example"), ("a@none.example", "smtp", "gate.example"),
            ("a@sub.only.example", "smtp", "gate.example"), ("a@example.org", "five", "example.org"),
        ]
    )
    func `transport_maps are searched in the order of transport(5)`(
        recipient: String,
        transport: String,
        nextHop: String
    ) async throws {
        let resolution = try await resolve(recipient) {
            $0.transportMaps = [Self.transports]
            $0.relayhost = "gate.example"
        }
        #expect(resolution.action == .deliver(transport: transport, nextHop: nextHop))
    }

    @Test func `error, discard and retry are results of their own`() async throws {
        func action(_ recipient: String) async throws -> Resolution.Action {
            try await resolve(recipient) { $0.transportMaps = [Self.transports] }.action
        }
        #expect(try await action("a@bad.example") == .reject("5.7.1 no mail here"))
        #expect(try await action("a@void.example") == .discard("gone"))
        #expect(try await action("a@later.example") == .retry("4.3.0 later"))
    }

    @Test func `the star and patterns`() async throws {
        #expect(
            try await resolve("a@any.example") { $0.transportMaps = ["inline:{*=uucp:hub}"] }.action
                == .deliver(transport: "uucp", nextHop: "hub")
        )
        // A pattern sees whole addresses only.
        #expect(
            try await resolve("a@any.example") {
                $0.transportMaps = ["regexp:{{/^any/ wrong:} {/^a@any\\.example$/ right:hop}}"]
            }.action
                == .deliver(transport: "right", nextHop: "hop")
        )
        #expect(
            try await resolve("a@sub.p.example") {
                $0.transportMaps = ["inline:{p.example=up:}"]
                $0.parentDomainMatchesSubdomains = ["transport_maps"]
            }.transport == "up"
        )
    }

    @Test func `a user who moved is said to have moved`() async throws {
        let resolution = try await resolve("gone+x@example.org") {
            $0.relocatedMaps = ["inline:{gone@example.org=new@other.example}"]
        }
        #expect(resolution.action == .reject("5.1.6 User has moved to new@other.example"))
    }

    @Test func `a failing table is no answer`() async throws {
        await #expect(throws: LookupError.self) { try await resolve("a@b.example") { $0.transportMaps = ["fail:x"] } }
        await #expect(throws: LookupError.self) { try await resolve("a@b.example") { $0.relayDomains = ["fail:x"] } }
        await #expect(throws: LookupError.self) { try await resolve("a@b.example") { $0.relocatedMaps = ["fail:x"] } }
    }

    @Test(
        arguments: [
            "user%victim.example@relay.example", "\"user@victim.example\"@relay.example", "victim!user@relay.example",
        ]
    )
    func `a route in the local part is seen, so that strangers cannot relay by it`(recipient: String) async throws {
        let resolution = try await resolve(recipient, Self.classes)
        #expect(resolution.hasSenderRoute)
        #expect(resolution.domainClass == .relay)
    }

    @Test func `the percent hack leads out of local domains where it is allowed`() async throws {
        func resolution(_ recipient: String, _ isAllowed: Bool) async throws -> Resolution {
            try await resolve(recipient) {
                Self.classes(&$0)
                $0.allowPercentHack = isAllowed
            }
        }
        let routed = try await resolution("user%o.example%localhost@example.org", true)
        #expect(routed.recipient == (try address("user@o.example")))
        #expect(routed.domainClass == .other && routed.hasSenderRoute)
        let plain = try await resolution("user%o.example@example.org", false)
        #expect(plain.domainClass == .local)
        #expect(try await resolution("u%%%%%@example.org", true).domainClass == .local)
    }

    @Test func `a table that cannot be opened names its parameter`() throws {
        let error = try #require(throws: RoutingConfigurationError.self) {
            try RoutingParts(settings { $0.transportMaps = ["hahs:/x"] })
        }
        #expect(error.description.hasPrefix("transport_maps: "))
    }
}
