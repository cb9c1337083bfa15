// SPDX-License-Identifier: Apache-2.0
import LookupTables
import MailAddress
import TestSupport
import Testing

@testable import MailRouting

@Suite("Recipients that exist")
struct RecipientValidatorTests {
    private func validate(_ recipient: String, _ change: (inout RoutingSettings) -> Void = { _ in }) async throws
        -> RecipientVerdict
    {
        let parts = try RoutingParts(
            settings {
                $0.localRecipientMaps = ["proxy:unix:passwd.byname", "inline:{alice=x, list=y, exact@example.org=z}"]
                $0.virtualAliasDomains = ["alias.example"]
                $0.virtualAliasMaps = ["inline:{info@alias.example=alice, @all.alias.example=bob, {sales = alice}}"]
                $0.virtualMailboxDomains = ["box.example", "catch.example"]
                $0.virtualMailboxMaps = ["inline:{bob@box.example=bob/, @catch.example=all/}"]
                $0.relayDomains = ["relay.example"]
                change(&$0)
            }
        )
        return try await parts.validator.validate(parts.resolver.resolve(parts.rewriter.rewrite(address(recipient))))
    }

    @Test(
        arguments: [
            ("alice@example.org", RecipientVerdict.exists), ("ALICE+ext@example.org", .exists),
            ("root@example.org", .exists),
            ("exact@example.org", .exists), ("nobody-here@example.org", .unknown(.local)),
            ("sales@example.org", .exists),
            ("\"a b\"@example.org", .unknown(.local)), ("info@alias.example", .exists),
            ("info+x@alias.example", .exists),
            ("x@alias.example", .unknown(.virtualAlias)), ("sales@alias.example", .unknown(.virtualAlias)),
            ("bob@box.example", .exists), ("Bob+lists@Box.example", .exists),
            ("x@box.example", .unknown(.virtualMailbox)),
            ("any@catch.example", .exists), ("any@relay.example", .exists), ("any@other.example", .exists),
        ]
    )
    func `a recipient is looked up in the tables of its class`(recipient: String, verdict: RecipientVerdict)
        async throws
    {
        #expect(try await validate(recipient) == verdict)
    }

    @Test func `relay recipients are checked where there is a table`() async throws {
        func verdict(_ recipient: String) async throws -> RecipientVerdict {
            try await validate(recipient) { $0.relayRecipientMaps = ["inline:{known@relay.example=x}"] }
        }
        #expect(try await verdict("known@relay.example") == .exists)
        #expect(try await verdict("unknown@relay.example") == .unknown(.relay))
    }

    @Test func `an empty list of local recipients admits all`() async throws {
        #expect(try await validate("nobody-here@example.org") { $0.localRecipientMaps = [] } == .exists)
    }

    @Test func `a failing table is a temporary failure, never unknown or known`() async throws {
        let failure = RecipientVerdict.temporaryFailure(
            LookupError(table: "fail:x", reason: "a fail: table answers no lookup")
        )
        #expect(try await validate("x@box.example") { $0.virtualMailboxMaps = ["fail:x"] } == failure)
        #expect(try await validate("x@alias.example") { $0.virtualAliasMaps = ["fail:x"] } == failure)
        #expect(try await validate("x@example.org") { $0.localRecipientMaps = ["fail:x"] } == failure)
    }

    @Test func `the error transport refuses at once, and users who moved are told on delivery`() async throws {
        #expect(
            try await validate("a@box.example") { $0.transportMaps = ["inline:{{box.example=error:5.2.1 closed}}"] }
                == .refused("5.2.1 closed")
        )
        #expect(
            try await validate("x@example.org") { $0.relocatedMaps = ["inline:{x@example.org=y@z.example}"] } == .exists
        )
    }

    @Test(
        arguments: [
            ("info-alice@old.example", RecipientVerdict.exists),
            ("\"info-q@x.example,victim@evil.example,z\"@old.example", .unknown(.virtualAlias)),
            ("\"info-x,victim@evil.example\"@old.example", .unknown(.virtualAlias)),
            ("\"info-a b\"@old.example", .unknown(.virtualAlias)), ("info-/a@old.example", .unknown(.virtualAlias)),
            ("info-|a@old.example", .unknown(.virtualAlias)),
            ("\"info-:include:/a\"@old.example", .unknown(.virtualAlias)),
        ]
    )
    func `a pattern does not make another address of a quoted one`(recipient: String, verdict: RecipientVerdict)
        async throws
    {
        let found = try await validate(recipient) {
            $0.virtualAliasDomains = ["old.example"]
            $0.virtualAliasMaps = ["regexp:{{/^\"?info-(.*)@old\\.example$/ list-$1@test2.example}}"]
        }
        #expect(found == verdict)
    }

    @Test func `an alias that is no list of addresses delays its own recipient only`() async throws {
        let found = try await validate("bad@alias.example") {
            $0.virtualAliasMaps = ["inline:{{bad@alias.example = a@@b}}"]
        }
        guard case .temporaryFailure(let error) = found else {
            Issue.record("\(found)")
            return
        }
        #expect(error.description.contains("virtual_alias_maps") && error.reason.contains("no list of addresses"))
    }

    @Test func `a part of an address in a path or a transport is an error of its parameter`() {
        for (parameter, change) in [
            ("virtual_mailbox_maps", { $0.virtualMailboxMaps = ["regexp:{{/^(.*)@box/ box/$1}}"] }),
            ("transport_maps", { $0.transportMaps = ["regexp:{{/^(.*)@box/ $1:}}"] }),
        ] as [(String, (inout RoutingSettings) -> Void)] {
            let error = #expect(throws: RoutingConfigurationError.self) { try RoutingParts(settings(change)) }
            #expect(error?.parameter == parameter)
        }
    }

    @Test func `the texts are those that administrators know`() {
        #expect(RecipientVerdict.UnknownIn.local.text == "User unknown in local recipient table")
        #expect(RecipientVerdict.UnknownIn.virtualAlias.text == "User unknown in virtual alias table")
        #expect(RecipientVerdict.UnknownIn.virtualMailbox.text == "User unknown in virtual mailbox table")
        #expect(RecipientVerdict.UnknownIn.relay.text == "User unknown in relay recipient table")
    }

    @Test func `an aliases file is read without being built`() async throws {
        let folder = TemporaryFolder()
        let aliases = try folder.write("aliases", "webmaster: alice\nTeam: alice, bob\n")
        for (recipient, verdict) in [("webmaster@example.org", RecipientVerdict.exists), ("team@example.org", .exists)]
        {
            #expect(try await validate(recipient) { $0.localRecipientMaps = ["hash:\(aliases)"] } == verdict)
        }
        #expect(try await validate("x@example.org") { $0.localRecipientMaps = ["hash:\(aliases)"] } == .unknown(.local))
    }
}
