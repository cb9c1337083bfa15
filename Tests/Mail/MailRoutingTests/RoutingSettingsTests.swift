// SPDX-License-Identifier: Apache-2.0
import LookupTables
import MailAddress
import MailConfiguration
import TestSupport
import Testing

@testable import MailRouting

@Suite("Routing and main.cf")
struct RoutingSettingsTests {
    private func settings(_ text: String) -> RoutingSettings {
        let host = HostFacts(
            hostName: "mail.example.org",
            interfaces: [
                HostFacts.Interface(address: [127, 0, 0, 1], prefixLength: 8),
                HostFacts.Interface(address: [192, 0, 2, 1], prefixLength: 24),
            ]
        )
        let (main, diagnostics) = MainConfiguration.parse(
            Array(text.utf8),
            file: "main.cf",
            directory: "/etc/relais",
            hostFacts: host
        )
        #expect(!diagnostics.contains { $0.severity == .error }, "\(diagnostics)")
        return RoutingSettings(main, host: host)
    }

    @Test func `settings are read from main.cf`() async throws {
        let settings = settings(
            """
            mydomain = example.org
            myorigin = $mydomain
            mydestination = $myorigin, localhost
            proxy_interfaces = [198.51.100.1]
            virtual_alias_maps = inline:{info@v.example=alice}
            virtual_alias_domains = v.example
            virtual_mailbox_domains = box.example
            virtual_mailbox_maps = inline:{bob@box.example=bob/}
            local_recipient_maps = inline:{alice=x}
            relay_domains =
            relayhost = [gate.example]
            relocated_maps = inline:{gone@example.org=new@other.example}
            recipient_delimiter = +-
            """
        )
        #expect(settings.ownAddresses.map(\.description) == ["127.0.0.1", "192.0.2.1", "198.51.100.1"])
        let parts = try RoutingParts(settings)
        #expect(parts.notices.isEmpty)
        func resolution(_ text: String) async throws -> Resolution {
            try await parts.resolver.resolve(parts.rewriter.rewrite(address(text)))
        }
        #expect(try await resolution("alice").action == .deliver(transport: "local", nextHop: "mail.example.org"))
        #expect(try await resolution("a@[198.51.100.1]").domainClass == .local)
        #expect(
            try await resolution("bob-x@box.example").action == .deliver(transport: "virtual", nextHop: "box.example")
        )
        #expect(try await parts.validator.validate(resolution("bob-x@box.example")) == .exists)
        #expect(
            try await resolution("gone@example.org").action
                == .reject("5.1.6 User has moved to new@other.example")
        )
        #expect(try await resolution("a@o.example").action == .deliver(transport: "smtp", nextHop: "[gate.example]"))
        #expect(
            try await parts.aliases.expand(address("info@v.example"))
                == .expanded(
                    VirtualAliasExpander.Expansion(
                        original: try address("info@v.example"),
                        recipients: [try address("alice@example.org")]
                    )
                )
        )
    }

    @Test func `only loopback addresses are own ones where mail is received on these`() {
        #expect(settings("inet_interfaces = loopback-only").ownAddresses.map(\.description) == ["127.0.0.1"])
        #expect(
            settings("inet_interfaces = 192.0.2.9, localhost").ownAddresses.map(\.description) == [
                "192.0.2.9", "127.0.0.1",
            ]
        )
    }

    @Test func `a missing source delays its own mail only, and is said`() async throws {
        let folder = TemporaryFolder()
        let change: (inout RoutingSettings) -> Void = {
            $0.virtualMailboxDomains = ["box.example"]
            $0.virtualMailboxMaps = ["hash:\(folder.path)/missing"]
        }
        let parts = try RoutingParts(MailRoutingTests.settings(change))
        #expect(parts.notices.count == 1)
        func verdict(_ text: String) async throws -> RecipientVerdict {
            try await parts.validator.validate(parts.resolver.resolve(address(text)))
        }
        #expect(try await verdict("alice@example.org") == .exists)
        guard case .temporaryFailure = try await verdict("bob@box.example") else {
            Issue.record("a missing table gave an answer")
            return
        }
        #expect(!parts.tables.needsNewProcess)
        try folder.write("missing", "bob@box.example bob/\n")
        await parts.tables.look()
        #expect(try await verdict("bob@box.example") == .exists)
    }

    @Test func `a check of the configuration refuses a missing source`() {
        var pool = TablePool(unavailable: .isAnError)
        let settings = MailRoutingTests.settings { $0.transportMaps = ["hash:/no/such/file"] }
        #expect(throws: RoutingConfigurationError.self) { try RoutingParts(settings, pool: &pool) }
    }

    @Test func `a table that several parameters name is opened once`() throws {
        let folder = TemporaryFolder()
        let source = try folder.write("map", "v.example x\ninfo@v.example alice\n")
        _ = try TableBuilder().build(specification: "hash:\(source)")
        let parts = try RoutingParts(
            MailRoutingTests.settings {
                $0.virtualAliasMaps = ["hash:\(source)"]
                $0.transportMaps = ["hash:\(source)"]
                $0.localRecipientMaps = ["inline:{alice=x}"]
            }
        )
        #expect(parts.tables.count == 2)
    }
}
