// SPDX-License-Identifier: Apache-2.0
import LookupTables
import MailAddress
import MailConfiguration
import Testing

@testable import virtual

@Suite("Mailboxes of virtual(8)")
struct VirtualMailboxesTests {
    private struct Directory: RemoteTables {
        func lookup(
            type: String,
            path: String,
            key: String,
            deadline: Duration
        ) async throws(LookupError) -> String? {
            key.hasPrefix("@") ? nil : "box/\(key)/"
        }
    }

    private func mailboxes(_ maps: String, _ more: String = "") throws -> VirtualMailboxes {
        let (main, _) = MainConfiguration.parse(
            Array("virtual_mailbox_base = /srv/mail\nvirtual_mailbox_maps = \(maps)\n\(more)\n".utf8),
            file: "main.cf",
            directory: "/etc/relais",
            hostFacts: HostFacts(hostName: "mail.example.org", interfaces: [])
        )
        var pool = TablePool(remote: Directory())
        return try VirtualMailboxes(main, pool: &pool)
    }

    @Test(
        arguments: [
            ("alice@box.test", VirtualMailboxes.Mailbox.maildir("/srv/mail/box/alice@box.test/")),
            ("alice/dovecot-uidlist@box.test", nil), ("alice/.Junk/@box.test", nil), ("../etc@box.test", nil),
            ("a/b+c/d@box.test", nil), ("A/B@box.test", nil),
        ] as [(String, VirtualMailboxes.Mailbox?)]
    )
    func `a slash of the local part does not choose a folder`(
        recipient: String,
        mailbox: VirtualMailboxes.Mailbox?
    ) async throws {
        #expect(try await mailboxes("ldap:x").find(recipient) == mailbox)
    }

    @Test(
        arguments: [
            ("bob@box.test", VirtualMailboxes.Mailbox.maildir("/srv/mail/bob/")), ("eve@box.test", nil),
            ("any/thing@catch.test", .mbox("/srv/mail/all/box")), ("a b@box.test", .mbox("/srv/mail/quoted")),
        ] as [(String, VirtualMailboxes.Mailbox?)]
    )
    func `a path of the table itself is taken as it is`(
        recipient: String,
        mailbox: VirtualMailboxes.Mailbox?
    ) async throws {
        let maps = "inline:{bob@box.test=bob/, eve@box.test=../eve, @catch.test=all/box, {\"a b\"@box.test = quoted}}"
        #expect(try await mailboxes(maps).find(recipient) == mailbox)
    }

    @Test(arguments: ["virtual_mailbox_maps", "virtual_uid_maps", "virtual_gid_maps"])
    func `a part of the address in the result is an error of the parameter`(parameter: String) {
        let line = "\(parameter) = regexp:{{/^(.*)@box/ $$1}}"
        let error = #expect(throws: TableConfigurationError.self) { _ = try mailboxes("", line) }
        #expect(error?.parameter == parameter)
    }
}
