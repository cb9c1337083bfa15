// SPDX-License-Identifier: Apache-2.0
import LookupTables
import MailAddress
import TestSupport
import Testing

@testable import MailRouting

@Suite("Virtual aliases (virtual(5))")
struct VirtualAliasExpanderTests {
    private func expand(
        _ recipient: String,
        _ table: String,
        _ change: (inout RoutingSettings) -> Void = { _ in }
    ) async throws -> VirtualAliasExpander.Outcome {
        let parts = try RoutingParts(
            settings {
                $0.virtualAliasMaps = table.isEmpty ? [] : [table]
                change(&$0)
            }
        )
        return try await parts.aliases.expand(parts.rewriter.rewrite(address(recipient)))
    }

    private func recipients(
        _ recipient: String,
        _ table: String,
        _ change: (inout RoutingSettings) -> Void = { _ in }
    ) async throws -> [String] {
        guard case .expanded(let expansion) = try await expand(recipient, table, change) else { return ["failed"] }
        return expansion.recipients.map(\.externalForm)
    }

    @Test(
        arguments: [
            ("x@v.example", "", ["x@v.example"]), ("x@v.example", "inline:{y@v.example=z}", ["x@v.example"]),
            ("x@v.example", "inline:{x@v.example=bob}", ["bob@example.org"]),
            (
                "X@V.example", "inline:{{x@v.example = bob, carol@c.example dave}}",
                ["bob@example.org", "carol@c.example", "dave@example.org"]
            ),
            // The catch-all comes last, and a user alone counts for the host's own domains only.
            ("x@v.example", "inline:{x@v.example=one, x=two, @v.example=three}", ["one@example.org"]),
            ("y@v.example", "inline:{y=two, @v.example=three}", ["three@example.org"]),
            ("y@example.org", "inline:{y=two, @example.org=three, two@example.org=two}", ["two@example.org"]),
            ("z@localhost", "inline:{z=two}", ["two@example.org"]),
            // Results are looked up again.
            ("a@v.example", "inline:{a@v.example=b@v.example, b@v.example=c@v.example}", ["c@v.example"]),
            // @domain keeps the user.
            ("x@old.example", "inline:{@old.example=@new.example}", ["x@new.example"]),
            ("x+e@old.example", "inline:{@old.example=@new.example}", ["x+e@new.example"]),
            (
                "x@old.example", "inline:{{@old.example = @new.example archive@a.example}}",
                ["x@new.example", "archive@a.example"]
            ),
            // Extensions.
            ("x+e@v.example", "inline:{x@v.example=bob@b.example}", ["bob+e@b.example"]),
            ("x+e@v.example", "inline:{x+e@v.example=bob@b.example, x@v.example=no}", ["bob@b.example"]),
            ("x+e@v.example", "inline:{@v.example=bob@b.example}", ["bob+e@b.example"]),
            ("y+e@example.org", "inline:{y=bob@b.example}", ["bob+e@b.example"]),
            ("y+e@example.org", "inline:{y+e=bob@b.example, y=no}", ["bob@b.example"]),
            // Itself, and loops.
            ("a@v.example", "inline:{{a@v.example = a@v.example, b@v.example}}", ["a@v.example", "b@v.example"]),
            ("a@v.example", "inline:{a@v.example=A@V.example}", ["A@V.example"]),
            ("a@v.example", "inline:{a@v.example=b@v.example, b@v.example=a@v.example}", ["a@v.example"]),
            // No recipient twice.
            (
                "t@v.example",
                "inline:{{t@v.example = u@v.example, w@v.example, b@B.example}, u@v.example=b@b.example, w@v.example=u@v.example}",
                ["b@b.example"]
            ),
            // Quoting on both sides.
            ("\"a b\"@v.example", "inline:{{\"a b\"@v.example = \"c d\"@e.example}}", ["\"c d\"@e.example"]),
            ("x@v.example", "regexp:{{/^(.*)@v\\.example$/ $1@w.example}}", ["x@w.example"]),
        ]
    )
    func `a recipient becomes what the tables say`(recipient: String, table: String, results: [String]) async throws {
        #expect(try await recipients(recipient, table) == results)
    }

    @Test func `the outcome remembers the recipient as it was given`() async throws {
        let outcome = try await expand("Info@V.example", "inline:{info@v.example=bob}")
        #expect(
            outcome
                == .expanded(
                    VirtualAliasExpander.Expansion(
                        original: try address("Info@V.example"),
                        recipients: [try address("bob@example.org")]
                    )
                )
        )
    }

    @Test func `an extension is kept to itself where that is set`() async throws {
        let table = "inline:{x@v.example=bob@b.example}"
        #expect(
            try await recipients("x+e@v.example", table) { $0.propagateUnmatchedExtensions = ["canonical"] } == [
                "bob@b.example"
            ]
        )
    }

    @Test func `too many recipients are a failure, also when they come of short aliases`() async throws {
        let many = (0..<20).map { "u\($0)@o.example" }.joined(separator: " ")
        let failure = VirtualAliasExpander.Outcome.failed(.tooManyRecipients(limit: 10))
        #expect(
            try await expand("a@v.example", "inline:{{a@v.example = \(many)}}") { $0.virtualAliasExpansionLimit = 19 }
                != failure
        )
        guard
            case .failed = try await expand(
                "a@v.example",
                "inline:{{a@v.example = \(many)}}",
                { $0.virtualAliasExpansionLimit = 10 }
            )
        else {
            Issue.record("20 recipients were let through a limit of 10")
            return
        }
        #expect(
            try await recipients("a@v.example", "inline:{{a@v.example = \(many)}}") {
                $0.virtualAliasExpansionLimit = 20
            }
            .count == 20
        )
        // Each level doubles: 2^40 in the end, if nothing stops it.
        let levels = (0..<40).map {
            "{l\($0)@v.example = l\($0 + 1)@v.example, m\($0 + 1)@v.example}, m\($0)@v.example=l\($0)@v.example"
        }
        let table = "inline:{\(levels.joined(separator: ", "))}"
        guard case .expanded(let expansion) = try await expand("l0@v.example", table) else {
            Issue.record("aliases that share their ends are no explosion")
            return
        }
        #expect(expansion.recipients.map(\.localPart) == ["l40", "m40"])
    }

    @Test func `an endless chain ends at a limit`() async throws {
        // Each turn makes the local part longer, so no address comes twice.
        let table = "regexp:{{/^(.*)@v\\.example$/ ${1}x@v.example}}"
        #expect(
            try await expand("a@v.example", table) { $0.virtualAliasRecursionLimit = 50 }
                == .failed(.tooDeep(limit: 50))
        )
        guard case .failed = try await expand("a@v.example", table) else {
            Issue.record("the chain has no end")
            return
        }
        // Each turn doubles the recipients.
        let bush = "regexp:{{/^(.*)@v\\.example$/ ${1}x@v.example, ${1}y@v.example}}"
        guard case .failed = try await expand("a@v.example", bush) else {
            Issue.record("the bush has no end")
            return
        }
    }

    @Test func `a chain as deep as the limit is no failure`() async throws {
        let chain = (0..<30).map { "c\($0)@v.example=c\($0 + 1)@v.example" }.joined(separator: ", ")
        #expect(
            try await recipients("c0@v.example", "inline:{\(chain)}") { $0.virtualAliasRecursionLimit = 30 } == [
                "c30@v.example"
            ]
        )
        #expect(
            try await recipients("c0@v.example", "inline:{\(chain)}") { $0.virtualAliasRecursionLimit = 29 } == [
                "failed"
            ]
        )
    }

    @Test(arguments: [
        "a@", "@", "<a@b.example>", "a@b@c.example", "\"open", "a@-b", ",", ":include:/x", "\0",
    ])
    func `a result that is no address is a failure, not a lost message`(result: String) async throws {
        let outcome = try await expand("x@v.example", "static:{\(result)}")
        guard case .failed(.malformedResult) = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test func `a result over the length limit is a failure`() async throws {
        let outcome = try await expand("x@v.example", "inline:{x@v.example=long-name@b.example}") {
            $0.virtualAliasAddressLengthLimit = 10
        }
        #expect(outcome == .failed(.tooLong(limit: 10)))
    }

    @Test func `a failing table is a failure`() async throws {
        guard
            case .failed(.lookup(let error)) = try await expand(
                "x@v.example",
                "fail:x",
                { $0.virtualAliasDomains = [] }
            )
        else {
            Issue.record("expanded by a table that fails")
            return
        }
        #expect(error.table == "fail:x")
    }

    @Test func `random tables end, lose nobody and name nobody twice`() async throws {
        var generator = SeededGenerator(seed: 17)
        for _ in 0..<150 {
            let count = Int.random(in: 1...12, using: &generator)
            let entries = (0..<count).map { number in
                let results = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    "n\(Int.random(in: 0..<count + 3, using: &generator))@v.example"
                }
                return "{n\(number)@v.example = \(results.joined(separator: " "))}"
            }
            guard
                case .expanded(let expansion) = try await expand(
                    "n0@v.example",
                    "inline:{\(entries.joined(separator: ", "))}"
                )
            else {
                Issue.record("failed: \(entries)")
                continue
            }
            #expect(!expansion.recipients.isEmpty, "\(entries)")
            #expect(Set(expansion.recipients).count == expansion.recipients.count)
        }
    }
}
