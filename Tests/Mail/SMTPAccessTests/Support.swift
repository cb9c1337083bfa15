// SPDX-License-Identifier: Apache-2.0
import LookupTables
import MailAddress
import MailConfiguration
import MailRouting
import Testing

@testable import SMTPAccess

/// main.cf of the host mail.example.org with these lines.
func main(_ lines: [String]) -> MainConfiguration {
    let text =
        """
        compatibility_level = 3.7
        myhostname = mail.example.org
        mydomain = example.org
        myorigin = example.org
        mydestination = example.org
        mynetworks = 192.0.2.0/24
        recipient_delimiter = +
        local_recipient_maps = inline:{alice=x, bob=x}
        alias_maps =
        relay_domains = relay.example
        virtual_alias_maps =
        smtpd_relay_restrictions = reject_unauth_destination

        """ + lines.map { $0 + "\n" }.joined()
    return MainConfiguration.parse(
        Array(text.utf8),
        file: "/etc/relais/main.cf",
        directory: "/etc/relais",
        hostFacts: HostFacts(
            hostName: "mail.example.org",
            interfaces: [HostFacts.Interface(address: [198, 51, 100, 7], prefixLength: 24)]
        )
    ).0
}

/// A session with a policy: what the stages answer, and what was noted.
struct Dialogue {
    let policy: AccessPolicy
    let context: AccessContext
    private(set) var notes: [String] = []

    init(_ lines: [String], client: String = "203.0.113.5", name: String? = nil) throws {
        let main = main(lines)
        var pool = TablePool()
        let networks = try NetworkList(main[GeneralParameters.mynetworks], pool: &pool)
        let routing = try AccessRouting(RoutingSettings(main), networks: networks, pool: &pool)
        policy = try AccessPolicy(main, routing: routing, pool: &pool)
        context = policy.context(
            client: IPAddress(client),
            clientName: name,
            clientLabel: "\(name ?? "unknown")[\(client)]"
        )
    }

    /// Goes through a session up to a recipient; the first refusal with its stage, or `RCPT: ok`.
    mutating func run(
        helo: String? = "client.test",
        from sender: String = "sender@client.test",
        to recipient: String = "alice@example.org"
    ) async throws -> String {
        if let reply = await policy.connect(context) { return note("CONNECT: \(reply)") }
        if let helo, let reply = await policy.helo(helo, context) { return note("HELO: \(reply)") }
        let from = sender.isEmpty ? EmailAddress.null : try #require(EmailAddress(sender))
        if let reply = await policy.mail(from, context) { return note("MAIL: \(reply)") }
        let to = try #require(EmailAddress(recipient))
        if let reply = await policy.recipient(to, context) { return note("RCPT: \(reply)") }
        context.recipientCount += 1
        return note("RCPT: ok")
    }

    /// Goes on to the content.
    mutating func content(only recipient: String? = "alice@example.org") async -> String {
        let only = recipient.flatMap { EmailAddress($0) }
        if let reply = await policy.data(only: only, context) { return note("DATA: \(reply)") }
        if let reply = await policy.endOfData(only: only, context) { return note("END: \(reply)") }
        return note("END: ok")
    }

    private mutating func note(_ result: String) -> String {
        notes += context.takeNotes().map { "\($0.kind): \($0.text)" }
        return result
    }
}
