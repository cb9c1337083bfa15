// SPDX-License-Identifier: Apache-2.0
import LookupTables
import TestSupport
import Testing

@testable import MailRouting

@Suite("Lists of domains and networks")
struct DomainListTests {
    private func domains(_ elements: [String], parents: Bool = false) throws -> DomainList {
        var pool = TablePool()
        return try DomainList(elements, parameter: "relay_domains", parentMatchesSubdomains: parents, pool: &pool)
    }

    private func networks(_ elements: [String]) throws -> NetworkList {
        var pool = TablePool()
        return try NetworkList(elements, pool: &pool)
    }

    @Test(
        arguments: [
            (["Example.org"], "example.org", true), (["example.org"], "a.example.org", false),
            ([".example.org"], "a.b.example.org", true), ([".example.org"], "example.org", false),
            (["!a.example.org", ".example.org"], "a.example.org", false),
            (["!a.example.org", ".example.org"], "b.example.org", true),
            ([".example.org", "!a.example.org"], "a.example.org", true), ([], "example.org", false),
            (["inline:{example.org=x}"], "example.org", true), (["inline:{example.org=x}"], "a.example.org", false),
            (["inline:{.example.org=x}"], "a.example.org", true),
            (["!inline:{example.org=x}", "example.org"], "example.org", false),
            (["regexp:{{/^example/ x}}"], "example.org", true), (["regexp:{{/^.example/ x}}"], "a.example.org", false),
            (["example.org"], "", false), (["org"], "example.org", false),
        ]
    )
    func `a domain is in a list`(elements: [String], domain: String, isIn: Bool) async throws {
        #expect(try await domains(elements).contains(domain) == isIn)
    }

    @Test func `a parent stands for its subdomains where the parameter says so`() async throws {
        let list = try domains(["example.org", "inline:{example.net=x}"], parents: true)
        for domain in ["example.org", "a.b.example.org", "example.net", "a.example.net"] {
            #expect(try await list.contains(domain), "\(domain)")
        }
        for domain in ["badexample.org", "org", "example.com", "[192.0.2.1]"] {
            #expect(try await !list.contains(domain), "\(domain)")
        }
    }

    @Test func `a file stands for its patterns, negated as a whole`() async throws {
        let folder = TemporaryFolder()
        let inner = try folder.write("inner", "c.example\n")
        let file = try folder.write("list", "# domains\na.example, b.example\n\(inner)\n")
        for domain in ["a.example", "b.example", "c.example"] {
            #expect(try await domains([file]).contains(domain))
            #expect(try await !domains(["!\(file)", domain]).contains(domain))
        }
        let loop = "\(folder.path)/loop"
        try folder.write("loop", "\(loop)\n")
        for bad in [loop, "\(folder.path)/missing", "!", "nope:x"] {
            #expect(throws: RoutingConfigurationError.self, "\(bad)") { try domains([bad]) }
        }
    }

    @Test func `a table that fails is an error unless an earlier element decides`() async throws {
        #expect(try await domains(["a.example", "fail:x"]).contains("a.example"))
        await #expect(throws: LookupError.self) { try await domains(["a.example", "fail:x"]).contains("b.example") }
        await #expect(throws: LookupError.self) {
            try await networks(["fail:x"]).contains(#require(IPAddress("192.0.2.1")))
        }
    }

    @Test(
        arguments: [
            (["127.0.0.0/8", "[::1]/128"], "127.0.0.1", true), (["127.0.0.0/8", "[::1]/128"], "::1", true),
            (["127.0.0.0/8"], "::ffff:127.0.0.1", true), (["192.0.2.1"], "192.0.2.1", true),
            (["192.0.2.1"], "192.0.2.2", false),
            (["!192.0.2.1", "192.0.2.0/24"], "192.0.2.1", false), (["!192.0.2.1", "192.0.2.0/24"], "192.0.2.2", true),
            (["2001:db8::/32"], "2001:db8::1", true), (["[2001:db8::]/32"], "2001:db9::1", false),
            (["inline:{192.0.2.1=x}"], "192.0.2.1", true), (["cidr:{{192.0.2.0/24 x}}"], "192.0.2.7", true),
            (["cidr:{{192.0.2.0/24 x}}"], "198.51.100.1", false), ([], "127.0.0.1", false),
            (["0.0.0.0/0"], "::1", false),
        ]
    )
    func `a client is in a list`(elements: [String], client: String, isIn: Bool) async throws {
        #expect(try await networks(elements).contains(#require(IPAddress(client))) == isIn)
    }

    @Test func `a client's name counts where it has a verified one`() async throws {
        let list = try networks(["host.example.org", "inline:{named.example=x}"])
        let client = try #require(IPAddress("192.0.2.1"))
        #expect(try await list.contains(client, hostName: "host.example.org"))
        #expect(try await list.contains(client, hostName: "a.host.example.org"))
        #expect(try await list.contains(client, hostName: "named.example"))
        #expect(try await !list.contains(client, hostName: "xhost.example.org"))
        #expect(try await !list.contains(client))
    }

    @Test func `a network that is none is refused, for it would admit others than meant`() {
        for bad in ["192.0.2.1/24", "192.0.2.0/33", "300.1.1.1", "[::1", "192.0.2", "example.org/24", "1.2.3.4/x"] {
            #expect(throws: RoutingConfigurationError.self, "\(bad)") { try networks([bad]) }
        }
    }
}
