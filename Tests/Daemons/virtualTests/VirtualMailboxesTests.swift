// SPDX-License-Identifier: Apache-2.0
import LookupTables
import MailAddress
import MailConfiguration
import MailStore
import Service
import Testing

@testable import virtual

@Suite("Mailboxes of virtual(8)")
struct VirtualMailboxesTests {
    private struct Directory: RemoteTables {
        func serves(_ type: String) -> Bool { TableType.remote.contains(type) }

        func lookup(
            type: String,
            path: String,
            key: String,
            deadline: Duration
        ) async throws(LookupError) -> String? {
            key.hasPrefix("@") ? nil : "box/\(key)/"
        }
    }

    private func mailboxes(
        _ maps: String,
        _ more: String = "",
        base: String = "/srv/mail"
    ) throws -> VirtualMailboxes {
        let (main, _) = MainConfiguration.parse(
            Array("virtual_mailbox_base = \(base)\nvirtual_mailbox_maps = \(maps)\n\(more)\n".utf8),
            file: "main.cf",
            directory: "/etc/relais",
            hostFacts: HostFacts(hostName: "mail.example.org", interfaces: [])
        )
        var pool = TablePool(remote: Directory())
        return try VirtualMailboxes(main, pool: &pool)
    }

    @Test(
        arguments: [
            ("alice@box.test", MailLocation(format: .maildir, root: "/srv/mail/box/alice@box.test")),
            ("alice/dovecot-uidlist@box.test", nil), ("alice/.Junk/@box.test", nil), ("../etc@box.test", nil),
            ("a/b+c/d@box.test", nil), ("A/B@box.test", nil),
        ] as [(String, MailLocation?)]
    )
    func `a slash of the local part does not choose a folder`(
        recipient: String,
        mailbox: MailLocation?
    ) async throws {
        let address = try #require(EmailAddress(internalForm: recipient))
        #expect(try await mailboxes("ldap:x").find(address) == mailbox)
    }

    @Test(
        arguments: [
            ("bob@box.test", MailLocation(format: .maildir, root: "/srv/mail/bob")), ("eve@box.test", nil),
            ("any/thing@catch.test", MailLocation(mailbox: "/srv/mail/all/box")),
            ("bob+/@box.test", MailLocation(mailbox: "/srv/mail/bob/")),
            ("/@catch.test", nil),
            ("a b@box.test", MailLocation(mailbox: "/srv/mail/quoted")),
        ] as [(String, MailLocation?)]
    )
    func `a path of the table itself is taken as it is`(
        recipient: String,
        mailbox: MailLocation?
    ) async throws {
        let maps = "inline:{bob@box.test=bob/, eve@box.test=../eve, @catch.test=all/box, {\"a b\"@box.test = quoted}}"
        let address = try #require(EmailAddress(internalForm: recipient))
        #expect(try await mailboxes(maps, "recipient_delimiter = +").find(address) == mailbox)
    }

    @Test(arguments: ["virtual_mailbox_maps", "virtual_uid_maps", "virtual_gid_maps"])
    func `a part of the address in the result is an error of the parameter`(parameter: String) {
        let line = "\(parameter) = regexp:{{/^(.*)@box/ $$1}}"
        let error = #expect(throws: TableConfigurationError.self) { _ = try mailboxes("", line) }
        #expect(error?.parameter == parameter)
    }

    @Test(arguments: ["", "/"])
    func `without a base a path begins at the root folder, never where the process is`(base: String) async throws {
        let address = try #require(EmailAddress(internalForm: "bob@box.test"))
        let found = try await mailboxes("inline:{bob@box.test=home/bob/}", base: base).find(address)
        #expect(found == MailLocation(mailbox: "/home/bob/"))
    }

    @Test(
        arguments: [
            ("5000", "5000", true), ("5000", "0", false), ("0", "5000", false), ("99", "5000", false),
            ("5000", "x", false), ("-1", "1", false), ("4294967296", "1", false),
        ]
    )
    func `root, and an account of the system, owns no mailbox`(
        _ row: (uid: String, gid: String, isOwner: Bool)
    ) async throws {
        let lines =
            "virtual_uid_maps = inline:{@box.test=\(row.uid)}\nvirtual_gid_maps = inline:{@box.test=\(row.gid)}"
        let found = try mailboxes("", lines)
        let address = try #require(EmailAddress(internalForm: "bob@box.test"))
        // What is no number is an error of its table.
        let owner = try? await found.owners.owner(found.keys(address))
        #expect((owner != nil) == row.isOwner)
    }

    @Test func `a static group of root is refused at the start`() {
        #expect(throws: StartUpError.self) {
            _ = try mailboxes("", "virtual_uid_maps = static:5000\nvirtual_gid_maps = static:0")
        }
    }
}
