// SPDX-License-Identifier: Apache-2.0
import MailConfiguration
import TestSupport
import Testing

@testable import proxymap

@Suite struct PermittedTablesTests {
    private func permitted(_ main: String, _ master: String = "") throws -> [String] {
        let folder = TemporaryFolder()
        try folder.write("main.cf", main)
        try folder.write("master.cf", master)
        let (configuration, _) = MainConfiguration.load(directory: folder.path, hostFacts: .current())
        let services = MasterConfiguration.load(directory: folder.path).0.entries
        return PermittedTables(configuration, services).specifications
    }

    @Test(arguments: [
        ("virtual_mailbox_maps = ldap:/etc/a.cf", ["ldap:/etc/a.cf"]),
        (
            "virtual_mailbox_maps = proxy:ldap:/etc/a.cf, hash:/etc/x, ldap:/etc/b.cf",
            ["ldap:/etc/a.cf", "ldap:/etc/b.cf"]
        ),
        (
            "proxy_read_maps = proxy:ldap:/etc/a.cf $virtual_alias_maps\nvirtual_alias_maps = ldap:/etc/b.cf",
            ["ldap:/etc/a.cf", "ldap:/etc/b.cf"]
        ),
        (
            "smtpd_sender_restrictions = reject_unknown_sender_domain, check_sender_access ldap:/etc/a.cf, permit",
            ["ldap:/etc/a.cf"]
        ),
        (
            "virtual_alias_maps = unionmap:{ldap:/etc/a.cf, pipemap:{proxy:ldap:/etc/b.cf static:x}}",
            ["ldap:/etc/a.cf", "ldap:/etc/b.cf"]
        ),
        ("smtpd_client_restrictions = { check_client_access ldap:/etc/a.cf }", ["ldap:/etc/a.cf"]),
        ("smtpd_restriction_classes = mine\nmine = check_recipient_access ldap:/etc/a.cf", ["ldap:/etc/a.cf"]),
        ("where = /etc/dir\nvirtual_alias_maps = ldap:$where/a.cf", ["ldap:/etc/dir/a.cf"]),
        ("virtual_alias_maps = hash:/etc/ldap, ldap:, myldap:/x", []),
        ("virtual_alias_maps = unionmap:{{{{{{{{{{{{{{{{{{ldap:/x}}}}", []),
        ("", []),
    ])
    func `tables are found wherever the configuration names them`(main: String, expected: [String]) throws {
        #expect(try permitted(main + "\n") == expected)
    }

    @Test func `overrides of master.cf count too`() throws {
        let master = """
            smtp inet n - n - - smtpd
              -o virtual_alias_maps=ldap:/etc/a.cf
              -o { smtpd_sender_login_maps = hash:/x, proxy:ldap:$folder/b.cf }

            """
        #expect(try permitted("folder = /srv\n", master) == ["ldap:/etc/a.cf", "ldap:/srv/b.cf"])
    }
}
