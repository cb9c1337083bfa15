// SPDX-License-Identifier: Apache-2.0
import MailAddress
import Testing

@testable import SMTPAccess

@Suite("The order of evaluation")
struct EvaluatorTests {
    /// The parameter, the subject that its refusal names, and the stage at which it counts without delay.
    static let lists: [(parameter: String, refusal: String, stage: String)] = [
        ("smtpd_client_restrictions", "<unknown[203.0.113.5]>: Client host rejected", "CONNECT"),
        ("smtpd_helo_restrictions", "<client.test>: Helo command rejected", "HELO"),
        ("smtpd_sender_restrictions", "<sender@client.test>: Sender address rejected", "MAIL"),
        ("smtpd_relay_restrictions", "<alice@example.org>: Recipient address rejected", "RCPT"),
        ("smtpd_recipient_restrictions", "<alice@example.org>: Recipient address rejected", "RCPT"),
        ("smtpd_data_restrictions", "<DATA>: Data command rejected", "DATA"),
        ("smtpd_end_of_data_restrictions", "<END-OF-MESSAGE>: End-of-data rejected", "END"),
    ]

    @Test(arguments: lists, [true, false])
    func `a refusal names the subject of its list, at RCPT or at its own stage`(
        list: (parameter: String, refusal: String, stage: String),
        isDelayed: Bool
    ) async throws {
        var dialogue = try Dialogue(["\(list.parameter) = reject", "smtpd_delay_reject = \(isDelayed ? "yes" : "no")"])
        var answer = try await dialogue.run()
        if answer == "RCPT: ok" { answer = await dialogue.content() }
        let isLater = ["DATA", "END"].contains(list.stage)
        let stage = isDelayed && !isLater ? "RCPT" : list.stage
        #expect(answer == "\(stage): 554 5.7.1 \(list.refusal): Access denied")
    }

    @Test func `ETRN has a list of its own, behind the client's and the HELO's`() async throws {
        let dialogue = try Dialogue(["smtpd_etrn_restrictions = reject"])
        #expect(
            await dialogue.policy.etrn("example.org", dialogue.context)?.description
                == "554 5.7.1 <example.org>: Etrn command rejected: Access denied"
        )
        let client = try Dialogue(["smtpd_client_restrictions = reject", "smtpd_etrn_restrictions = permit"])
        #expect(
            await client.policy.etrn("example.org", client.context)?.description
                == "554 5.7.1 <unknown[203.0.113.5]>: Client host rejected: Access denied"
        )
    }

    @Test func `VRFY is answered as RCPT would be`() async throws {
        let dialogue = try Dialogue([])
        let stranger = try #require(EmailAddress("x@else.where"))
        #expect(
            await dialogue.policy.verify(stranger, dialogue.context)?.description
                == "554 5.7.1 <x@else.where>: Relay access denied"
        )
        let alice = try #require(EmailAddress("alice@example.org"))
        #expect(await dialogue.policy.verify(alice, dialogue.context) == nil)
    }

    static let orders: [(lines: [String], answer: String)] = [
        // A permit ends its own list only.
        (["smtpd_client_restrictions = permit, reject"], "RCPT: ok"),
        (
            ["smtpd_client_restrictions = permit", "smtpd_sender_restrictions = reject"],
            "RCPT: 554 5.7.1 <sender@client.test>: Sender address rejected: Access denied"
        ),
        // Relaying is decided first, or last.
        (
            ["smtpd_relay_restrictions = defer", "smtpd_recipient_restrictions = reject"],
            "RCPT: 450 4.3.2 <alice@example.org>: Recipient address rejected: Try again later"
        ),
        (
            [
                "smtpd_relay_restrictions = defer", "smtpd_recipient_restrictions = reject",
                "smtpd_relay_before_recipient_restrictions = no",
            ],
            "RCPT: 554 5.7.1 <alice@example.org>: Recipient address rejected: Access denied"
        ),
        // Sticky deferrals.
        (
            ["smtpd_recipient_restrictions = defer_if_permit, permit"],
            "RCPT: 450 4.7.0 <alice@example.org>: Recipient address rejected: defer_if_permit requested"
        ),
        (
            ["smtpd_recipient_restrictions = defer_if_permit, reject"],
            "RCPT: 554 5.7.1 <alice@example.org>: Recipient address rejected: Access denied"
        ),
        (
            ["smtpd_client_restrictions = defer_if_permit, permit"],
            "RCPT: 450 4.7.0 <unknown[203.0.113.5]>: Client host rejected: defer_if_permit requested"
        ),
        (
            ["smtpd_client_restrictions = defer_if_permit, permit", "smtpd_delay_reject = no"],
            "RCPT: 450 4.7.0 <unknown[203.0.113.5]>: Client host rejected: defer_if_permit requested"
        ),
        (
            ["smtpd_recipient_restrictions = defer_if_reject, reject"],
            "RCPT: 450 4.7.0 <alice@example.org>: Recipient address rejected: defer_if_reject requested"
        ),
        (["smtpd_recipient_restrictions = defer_if_reject, permit"], "RCPT: ok"),
        // A refusal for the moment stays as it is.
        (
            ["smtpd_recipient_restrictions = defer_if_reject, defer"],
            "RCPT: 450 4.3.2 <alice@example.org>: Recipient address rejected: Try again later"
        ),
        // It counts for its own list only.
        (
            ["smtpd_sender_restrictions = defer_if_reject", "smtpd_recipient_restrictions = reject"],
            "RCPT: 554 5.7.1 <alice@example.org>: Recipient address rejected: Access denied"
        ),
        // With both nothing can change the answer any more.
        (
            ["smtpd_recipient_restrictions = defer_if_permit, defer_if_reject, reject"],
            "RCPT: 450 4.7.0 <alice@example.org>: Recipient address rejected: defer_if_permit requested"
        ),
        // Classes.
        (
            [
                "smtpd_restriction_classes = strict", "strict = permit_mynetworks, reject",
                "smtpd_helo_restrictions = strict",
            ],
            "RCPT: 554 5.7.1 <client.test>: Helo command rejected: Access denied"
        ),
        (
            ["smtpd_restriction_classes = easy", "easy = permit", "smtpd_helo_restrictions = easy, reject"], "RCPT: ok"
        ),
        (
            [
                "smtpd_restriction_classes = outer, inner", "outer = inner", "inner = reject",
                "smtpd_client_restrictions = outer",
            ],
            "RCPT: 554 5.7.1 <unknown[203.0.113.5]>: Client host rejected: Access denied"
        ),
        // A refusal that only warns.
        (["smtpd_client_restrictions = warn_if_reject reject, permit"], "RCPT: ok"),
        (
            ["smtpd_client_restrictions = warn_if_reject reject, reject"],
            "RCPT: 554 5.7.1 <unknown[203.0.113.5]>: Client host rejected: Access denied"
        ),
        (["smtpd_client_restrictions = warn_if_reject defer_if_permit, permit"], "RCPT: ok"),
        (
            [
                "smtpd_restriction_classes = strict", "strict = reject, reject",
                "smtpd_client_restrictions = warn_if_reject strict",
            ], "RCPT: ok"
        ),
    ]

    @Test(arguments: orders) func `lists count one after another`(lines: [String], answer: String) async throws {
        var dialogue = try Dialogue(lines)
        #expect(try await dialogue.run() == answer)
    }

    @Test func `warn_if_reject logs what would have been refused`() async throws {
        var dialogue = try Dialogue(["smtpd_client_restrictions = warn_if_reject reject, defer_if_reject"])
        #expect(try await dialogue.run() == "RCPT: ok")
        #expect(
            dialogue.notes == [
                "reject_warning: 554 5.7.1 <unknown[203.0.113.5]>: Client host rejected: Access denied"
            ]
        )
    }

    @Test func `classes that call each other through tables end in an error, not in a loop`() async throws {
        var dialogue = try Dialogue([
            "smtpd_restriction_classes = round", "round = check_helo_access inline:{client.test=round}",
            "smtpd_helo_restrictions = round",
        ])
        #expect(try await dialogue.run() == "RCPT: 451 4.3.5 Server configuration error")
        #expect(dialogue.notes == ["warning: restrictions call each other too deeply"])
    }

    @Test func `what holds for one transaction does not hold for the next`() async throws {
        var dialogue = try Dialogue(["smtpd_sender_restrictions = check_sender_access inline:{a@client.test=HOLD}"])
        #expect(try await dialogue.run(from: "a@client.test") == "RCPT: ok")
        #expect(dialogue.context.actions.holds)
        #expect(try await dialogue.run(from: "b@client.test") == "RCPT: ok")
        #expect(!dialogue.context.actions.holds)
        dialogue.context.endTransaction()
        #expect(dialogue.context.sender == nil && dialogue.context.recipient == nil)
    }
}
