// SPDX-License-Identifier: Apache-2.0
import LookupTables
import MailAddress
import MailStatus
import Testing

@testable import SMTPAccess

@Suite("access(5)")
struct AccessTableTests {
    private func table(_ lines: [String] = []) -> AccessTable {
        AccessTable(TableList(), AccessSettings(main(lines)))
    }

    @Test(arguments: [
        (
            "user+ext@Sub.Example.org",
            [
                "user+ext@sub.example.org", "user@sub.example.org", "sub.example.org", "example.org", "org",
                "user+ext@",
                "user@",
            ]
        ),
        ("user@example.org", ["user@example.org", "example.org", "org", "user@"]),
        ("user@[192.0.2.1]", ["user@[192.0.2.1]", "[192.0.2.1]", "user@"]), ("", ["<>"]),
    ])
    func `an address is looked up whole, then by its parts`(text: String, keys: [String]) throws {
        let address = text.isEmpty ? EmailAddress.null : try #require(EmailAddress(text))
        let found = table().keys(mail: address)
        #expect(found.map(\.text) == keys)
        #expect(found.first?.isPart == false && found.dropFirst().allSatisfy(\.isPart))
    }

    @Test func `parents have a dot in front where they do not stand for their subdomains`() {
        let keys = table(["parent_domain_matches_subdomains ="]).keys(host: "A.b.example")
        #expect(keys.map(\.text) == ["a.b.example", ".b.example", ".example"])
    }

    @Test(arguments: [
        ("192.0.2.17", ["192.0.2.17", "192.0.2", "192.0", "192"]),
        ("::ffff:192.0.2.17", ["192.0.2.17", "192.0.2", "192.0", "192"]),
        ("2001:db8:1::17", ["2001:db8:1::17", "2001:db8:1", "2001:db8", "2001"]), ("::1", ["::1"]),
    ])
    func `a client's address is followed by the networks around it`(text: String, keys: [String]) throws {
        #expect(table().keys(address: try #require(IPAddress(text))).map(\.text) == keys)
    }

    @Test func `a name with thousands of labels is cut`() {
        #expect(table().keys(host: String(repeating: "a.", count: 5000) + "org").count == 128)
    }

    static let results: [(text: String, result: AccessResult)] = [
        ("OK", .ok), ("ok", .ok), ("DUNNO", .dunno), ("20261128", .ok), ("0", .ok),
        ("550 go away", .code(550, .init(status: nil, text: "go away"))),
        ("450", .code(450, .init(status: nil, text: ""))),
        ("554 5.7.0 no", .code(554, .init(status: EnhancedStatus(5, 7, 0), text: "no"))),
        ("250 fine", .invalid("250 fine: no reply code")),
        ("REJECT", .reject(.init(status: nil, text: ""))),
        ("reject  5.7.7 you know why", .reject(.init(status: EnhancedStatus(5, 7, 7), text: "you know why"))),
        ("DEFER later", .defer(.init(status: nil, text: "later"))),
        ("DEFER_IF_PERMIT", .deferIfPermit(.init(status: nil, text: ""))),
        ("DEFER_IF_REJECT x", .deferIfReject(.init(status: nil, text: "x"))),
        ("WARN look", .act(.log("warn", text: "look"))), ("INFO", .act(.log("info", text: ""))),
        ("HOLD", .act(.hold(""))), ("DISCARD rubbish", .act(.discard("rubbish"))),
        ("PREPEND X-Seen: yes", .act(.prepend("X-Seen: yes"))),
        ("PREPEND no field", .invalid("PREPEND no field: no header field")),
        ("PREPEND X-Bad: a\rb", .invalid("PREPEND X-Bad: a\rb: no header field")),
        ("REDIRECT nowhere", .invalid("REDIRECT nowhere: no address")),
        ("FILTER smtp:[x]", .filter("smtp:[x]")),
        ("permit_mynetworks, reject", .restrictions(["permit_mynetworks", "reject"])),
        ("", .invalid("an empty result")),
    ]

    @Test(arguments: results) func `results are read`(text: String, result: AccessResult) {
        #expect(AccessResult(text) == result)
    }

    static let checks: [(lines: [String], answer: String)] = [
        (
            ["smtpd_client_restrictions = check_client_access inline:{203.0.113=REJECT}"],
            "554 5.7.1 <unknown[203.0.113.5]>: Client host rejected: Access denied"
        ),
        (
            ["smtpd_client_restrictions = check_client_access cidr:{{203.0.113.0/24 554 5.7.9 listed}}"],
            "554 5.7.9 <unknown[203.0.113.5]>: Client host rejected: listed"
        ),
        (
            ["smtpd_client_restrictions = inline:{203.0.113.5=DEFER}"],
            "450 4.7.1 <unknown[203.0.113.5]>: Client host rejected: Access denied"
        ),
        (
            ["smtpd_helo_restrictions = inline:{{client.test = REJECT bad name}}"],
            "554 5.7.1 <client.test>: Helo command rejected: bad name"
        ),
        (
            ["smtpd_recipient_restrictions = check_helo_access inline:{test=REJECT}"],
            "554 5.7.1 <client.test>: Helo command rejected: Access denied"
        ),
        (
            [
                "smtpd_sender_restrictions = check_sender_access inline:{sender@=REJECT}",
                "access_map_reject_code = 521",
            ],
            "521 5.7.1 <sender@client.test>: Sender address rejected: Access denied"
        ),
        (
            ["smtpd_sender_restrictions = check_sender_access regexp:{{/^sender@/ REJECT}}"],
            "554 5.7.1 <sender@client.test>: Sender address rejected: Access denied"
        ),
        // Tables of patterns are asked for the whole address only.
        (["smtpd_sender_restrictions = check_sender_access regexp:{{/^client.test$/ REJECT}}"], "ok"),
        (
            ["smtpd_recipient_restrictions = check_recipient_access inline:{alice@example.org=REJECT}"],
            "554 5.7.1 <alice@example.org>: Recipient address rejected: Access denied"
        ),
        (["smtpd_recipient_restrictions = check_recipient_access inline:{example.org=OK}, reject"], "ok"),
        (
            ["smtpd_recipient_restrictions = check_recipient_access inline:{{example.org = DEFER_IF_PERMIT}}"],
            "450 4.7.1 <alice@example.org>: Recipient address rejected: Service unavailable"
        ),
        (
            ["smtpd_recipient_restrictions = check_recipient_access inline:{{example.org = DEFER_IF_REJECT}}, reject"],
            "450 4.7.1 <alice@example.org>: Recipient address rejected: Service unavailable"
        ),
        (
            [
                "smtpd_restriction_classes = strict", "strict = reject",
                "smtpd_recipient_restrictions = check_recipient_access inline:{example.org=strict}",
            ],
            "554 5.7.1 <alice@example.org>: Recipient address rejected: Access denied"
        ),
        (
            [
                "smtpd_recipient_restrictions = check_recipient_access inline:{{example.org = permit_mynetworks, reject}}"
            ],
            "554 5.7.1 <alice@example.org>: Recipient address rejected: Access denied"
        ),
        (
            ["smtpd_client_restrictions = inline:{{203.0.113.5 = FILTER smtp:x}}"],
            "451 4.3.5 Server configuration error"
        ),
        (["smtpd_client_restrictions = inline:{203.0.113.5=rejcet}"], "451 4.3.5 Server configuration error"),
        (
            ["smtpd_client_restrictions = fail:{down}"],
            "451 4.3.0 <unknown[203.0.113.5]>: Temporary lookup failure"
        ),
    ]

    @Test(arguments: checks) func `tables decide`(lines: [String], answer: String) async throws {
        var dialogue = try Dialogue(lines)
        #expect(try await dialogue.run() == "RCPT: \(answer)")
    }

    @Test func `the null sender is looked up by a name of its own`() async throws {
        var dialogue = try Dialogue(["smtpd_sender_restrictions = inline:{{<> = REJECT}}"])
        #expect(try await dialogue.run(from: "") == "RCPT: 554 5.7.1 <>: Sender address rejected: Access denied")
    }

    @Test func `OK for a recipient with a route does not let a stranger relay`() async throws {
        var dialogue = try Dialogue([
            "smtpd_relay_restrictions = check_recipient_access inline:{relay.example=OK}, reject"
        ])
        #expect(try await dialogue.run(to: "x@relay.example") == "RCPT: ok")
        #expect(try await dialogue.run(to: "x%else.where@relay.example").hasPrefix("RCPT: 554 5.7.1"))
    }

    @Test func `actions are kept for the message, each once`() async throws {
        var dialogue = try Dialogue([
            "smtpd_client_restrictions = inline:{{203.0.113.5 = PREPEND X-Client: seen}}",
            "smtpd_helo_restrictions = inline:{client.test=HOLD}",
            "smtpd_sender_restrictions = inline:{{client.test = BCC archive@example.org}}",
            "smtpd_recipient_restrictions = inline:{{alice@example.org = REDIRECT bob@example.org}}",
        ])
        #expect(try await dialogue.run() == "RCPT: ok")
        _ = await dialogue.policy.recipient(try #require(EmailAddress("bob@example.org")), dialogue.context)
        let actions = dialogue.context.actions
        #expect(actions.holds && !actions.discards)
        #expect(actions.prepended == ["X-Client: seen"])
        #expect(actions.bcc.map(\.internalForm) == ["archive@example.org"])
        #expect(actions.redirect?.internalForm == "bob@example.org")
        #expect(dialogue.notes.contains("hold: <client.test>: Helo command triggers HOLD action"))
    }

    @Test func `DISCARD ends all further questions`() async throws {
        var dialogue = try Dialogue([
            "smtpd_sender_restrictions = inline:{{client.test = DISCARD}}, reject",
            "smtpd_recipient_restrictions = reject", "smtpd_data_restrictions = reject",
        ])
        #expect(try await dialogue.run() == "RCPT: ok")
        #expect(dialogue.context.actions.discards)
        #expect(await dialogue.content() == "END: ok")
    }
}
