// SPDX-License-Identifier: Apache-2.0
import MailAddress
import Testing

@testable import SMTPAccess

@Suite("Restrictions")
struct RestrictionTests {
    /// A restriction, the session, and what it answers as part of the recipient list.
    struct Row: Sendable, CustomTestStringConvertible {
        let list: String
        var client = "203.0.113.5"
        var helo: String? = "client.test"
        var sender = "sender@client.test"
        var recipient = "alice@example.org"
        var user: String?
        var isTLS = false
        var lines: [String] = []
        let answer: String

        var testDescription: String { "\(list) \(helo ?? "-") \(sender) \(recipient) \(user ?? "")" }
    }

    static let rows: [Row] = [
        Row(list: "permit", answer: "RCPT: ok"),
        Row(list: "reject", answer: "RCPT: 554 5.7.1 <alice@example.org>: Recipient address rejected: Access denied"),
        Row(
            list: "reject",
            lines: ["reject_code = 450"],
            answer: "RCPT: 450 4.7.1 <alice@example.org>: Recipient address rejected: Access denied"
        ),
        Row(list: "defer", answer: "RCPT: 450 4.3.2 <alice@example.org>: Recipient address rejected: Try again later"),
        Row(list: "permit_mynetworks, reject", client: "192.0.2.9", answer: "RCPT: ok"),
        Row(list: "permit_mynetworks, reject", client: "::ffff:192.0.2.9", answer: "RCPT: ok"),
        Row(
            list: "permit_mynetworks, reject",
            answer: "RCPT: 554 5.7.1 <alice@example.org>: Recipient address rejected: Access denied"
        ),
        Row(list: "permit_sasl_authenticated, reject", user: "alice", answer: "RCPT: ok"),
        Row(list: "PERMIT_AUTH_DESTINATION, reject", answer: "RCPT: ok"),
        Row(list: "permit_auth_destination, reject", recipient: "x@relay.example", answer: "RCPT: ok"),
        Row(
            list: "reject_unauth_destination",
            recipient: "x@else.where",
            answer: "RCPT: 554 5.7.1 <x@else.where>: Relay access denied"
        ),
        Row(
            list: "reject_unauth_destination",
            recipient: "x@else.where",
            lines: ["relay_domains_reject_code = 450"],
            answer: "RCPT: 450 4.7.1 <x@else.where>: Relay access denied"
        ),
        Row(
            list: "reject_unauth_destination",
            recipient: "x%else.where@relay.example",
            answer: "RCPT: 554 5.7.1 <x%else.where@relay.example>: Relay access denied"
        ),
        Row(
            list: "defer_unauth_destination",
            recipient: "x@else.where",
            answer: "RCPT: 454 4.7.1 <x@else.where>: Relay access denied"
        ),
        Row(
            list: "reject_non_fqdn_sender",
            sender: "root@client",
            answer: "RCPT: 504 5.5.2 <root@client>: Sender address rejected: need fully-qualified address"
        ),
        Row(list: "reject_non_fqdn_sender", sender: "", answer: "RCPT: ok"),
        Row(
            list: "reject_non_fqdn_recipient",
            recipient: "alice@example",
            answer: "RCPT: 504 5.5.2 <alice@example>: Recipient address rejected: need fully-qualified address"
        ),
        Row(
            list: "reject_non_fqdn_helo_hostname",
            helo: "client",
            answer: "RCPT: 504 5.5.2 <client>: Helo command rejected: need fully-qualified hostname"
        ),
        Row(list: "reject_non_fqdn_hostname", helo: "[203.0.113.5]", answer: "RCPT: ok"),
        Row(list: "reject_non_fqdn_hostname", helo: nil, answer: "RCPT: ok"),
        Row(
            list: "reject_invalid_helo_hostname",
            helo: "-client.test",
            answer: "RCPT: 501 5.5.2 <-client.test>: Helo command rejected: Invalid name"
        ),
        Row(
            list: "reject_invalid_hostname",
            helo: "[203.0.113.999]",
            answer: "RCPT: 501 5.5.2 <[203.0.113.999]>: Helo command rejected: Invalid name"
        ),
        Row(list: "reject_invalid_helo_hostname", helo: "[IPv6:2001:db8::1]", answer: "RCPT: ok"),
        Row(
            list: "reject_plaintext_session",
            answer: "RCPT: 450 4.7.1 <alice@example.org>: Recipient address rejected: Session encryption is required"
        ),
        Row(list: "reject_plaintext_session", isTLS: true, answer: "RCPT: ok"),
        Row(
            list: "reject_unlisted_recipient",
            recipient: "nobody@example.org",
            answer:
                "RCPT: 550 5.1.1 <nobody@example.org>: Recipient address rejected: User unknown in local recipient table"
        ),
        Row(
            list: "permit",
            recipient: "nobody@example.org",
            lines: ["show_user_unknown_table_name = no", "unknown_local_recipient_reject_code = 450"],
            answer: "RCPT: 450 4.1.1 <nobody@example.org>: Recipient address rejected: User unknown"
        ),
        Row(
            list: "permit",
            recipient: "nobody@example.org",
            lines: ["smtpd_reject_unlisted_recipient = no"],
            answer: "RCPT: ok"
        ),
        Row(
            list: "reject_unlisted_sender",
            sender: "nobody@example.org",
            answer:
                "RCPT: 550 5.1.0 <nobody@example.org>: Sender address rejected: User unknown in local recipient table"
        ),
        Row(
            list: "",
            sender: "nobody@example.org",
            lines: ["smtpd_reject_unlisted_sender = yes"],
            answer:
                "RCPT: 550 5.1.0 <nobody@example.org>: Sender address rejected: User unknown in local recipient table"
        ),
        Row(
            list: "reject_sender_login_mismatch",
            lines: ["smtpd_sender_login_maps = inline:{sender@client.test=alice}"],
            answer: "RCPT: 553 5.7.1 <sender@client.test>: Sender address rejected: not logged in"
        ),
        Row(
            list: "reject_authenticated_sender_login_mismatch",
            user: "mallory",
            lines: ["smtpd_sender_login_maps = inline:{{@client.test = alice, carol}}"],
            answer: "RCPT: 553 5.7.1 <sender@client.test>: Sender address rejected: not owned by user mallory"
        ),
        Row(
            list: "reject_sender_login_mismatch",
            user: "carol",
            lines: ["smtpd_sender_login_maps = inline:{{@client.test = alice, carol}}"],
            answer: "RCPT: ok"
        ),
        Row(list: "reject_known_sender_login_mismatch", user: "mallory", answer: "RCPT: ok"),
        Row(
            list: "permit_mynetworks, reject",
            lines: ["mynetworks = fail:{down}"],
            answer: "RCPT: 451 4.3.0 <alice@example.org>: Temporary lookup failure"
        ),
        Row(
            list: "reject_unauth_destination",
            recipient: "x@else.where",
            lines: ["relay_domains = fail:{down}"],
            answer: "RCPT: 451 4.3.0 <x@else.where>: Temporary lookup failure"
        ),
    ]

    @Test(arguments: rows) func `each restriction answers for its subject`(row: Row) async throws {
        var dialogue = try Dialogue(
            row.lines + [
                "smtpd_recipient_restrictions = \(row.list)",
                "smtpd_relay_restrictions = permit_mynetworks, permit, reject",
            ],
            client: row.client
        )
        dialogue.context.user = row.user
        dialogue.context.isTLS = row.isTLS
        let answer = try await dialogue.run(helo: row.helo, from: row.sender, to: row.recipient)
        #expect(answer == row.answer)
    }

    @Test func `a bounce has one recipient`() async throws {
        let code = "550 5.5.3"
        var dialogue = try Dialogue(["smtpd_data_restrictions = reject_multi_recipient_bounce"])
        #expect(try await dialogue.run(from: "") == "RCPT: ok")
        #expect(await dialogue.content() == "END: ok")
        dialogue.context.recipientCount = 2
        #expect(
            await dialogue.content(only: nil) == "DATA: \(code) <DATA>: Data command rejected: Multi-recipient bounce"
        )
    }

    @Test func `own addresses are those of inet_interfaces`() async throws {
        let lines = ["inet_interfaces = 198.51.100.7", "smtpd_client_restrictions = permit_inet_interfaces, reject"]
        var own = try Dialogue(lines, client: "198.51.100.7")
        #expect(try await own.run() == "RCPT: ok")
        var other = try Dialogue(lines, client: "198.51.100.8")
        #expect(
            try await other.run()
                == "RCPT: 554 5.7.1 <unknown[198.51.100.8]>: Client host rejected: Access denied"
        )
    }

    @Test func `who speaks out of turn is refused`() async throws {
        var dialogue = try Dialogue(["smtpd_data_restrictions = reject_unauth_pipelining"])
        #expect(try await dialogue.run() == "RCPT: ok")
        dialogue.context.spokeOutOfTurn = true
        #expect(
            await dialogue.content()
                == "DATA: 503 5.5.0 <DATA>: Data command rejected: Improper use of SMTP command pipelining"
        )
    }
}
