// SPDX-License-Identifier: Apache-2.0

import MailConfiguration
import Testing

/// A host for tests: vm.example.org with one network card.
let host = HostFacts(
    hostName: "vm.example.org",
    interfaces: [
        HostFacts.Interface(address: [127, 0, 0, 1], prefixLength: 8),
        HostFacts.Interface(address: [192, 0, 2, 7], prefixLength: 24),
        HostFacts.Interface(address: [UInt8](repeating: 0, count: 15) + [1], prefixLength: 128),
        HostFacts.Interface(address: [0xFD, 0] + [UInt8](repeating: 0, count: 13) + [9], prefixLength: 64),
    ]
)

/// Reads a main.cf out of a string.
func read(
    _ text: String,
    overrides: [(String, String)] = [],
    facts: HostFacts = host,
    master: String = ""
) -> (configuration: MainConfiguration, diagnostics: [String]) {
    let services = MasterConfiguration.parse(Array(master.utf8), file: "master.cf").entries
    let (configuration, diagnostics) = MainConfiguration.parse(
        Array(text.utf8),
        file: "main.cf",
        directory: "/etc/relais",
        overrides: overrides,
        hostFacts: facts,
        services: services
    )
    return (configuration, diagnostics.map(\.description))
}

@Suite("main.cf")
struct MainConfigurationTests {
    @Test func `comments, empty lines and continuations form logical lines`() {
        let (configuration, diagnostics) = read(
            """
            # a comment
            mydestination = one,
            # inside

              \t two,
               three
               # indented comment
            myhostname=mail.example.org
            """
        )
        #expect(configuration[GeneralParameters.mydestination] == ["one", "two", "three"])
        #expect(configuration[GeneralParameters.myhostname] == "mail.example.org")
        #expect(diagnostics.isEmpty)
    }

    @Test func `the last of several values counts and the earlier one is reported`() {
        let (configuration, diagnostics) = read("max_use = 5\nmax_idle = 1m\nmax_use = 7\n")
        #expect(configuration[GeneralParameters.maxUse] == 7)
        #expect(configuration[GeneralParameters.maxIdle] == .seconds(60))
        #expect(diagnostics == ["main.cf:3: warning: max_use is set again; the value of line 1 is not used"])
    }

    @Test func `every default is a value of its type and refers to nothing unknown`() {
        let (configuration, diagnostics) = read("")
        #expect(diagnostics.isEmpty)
        for row in ParameterRows.all {
            let value = configuration.value(named: row.name)
            #expect(value != nil, "\(row.name)")
            #expect(row.problem(with: value ?? "") == nil, "\(row.name) = \(value ?? "")")
            let isKnown = PostfixNames.all.contains(row.name) || row.name.hasPrefix("relais_")
            #expect(isKnown, "\(row.name) is no name of Postfix, and none of relais")
            #expect(row.summary.hasSuffix("."), "\(row.name)")
        }
        #expect(Set(ParameterRows.all.map(\.name)).count == ParameterRows.all.count)
    }

    @Test func `defaults that depend on the host come from its facts`() {
        let configuration = read("").configuration
        #expect(configuration[GeneralParameters.myhostname] == "vm.example.org")
        #expect(configuration[GeneralParameters.mydomain] == "example.org")
        #expect(
            configuration[GeneralParameters.mynetworks] == [
                "127.0.0.1/32", "192.0.2.7/32", "[::1]/128", "[fd00::9]/128",
            ]
        )
        #expect(
            configuration[GeneralParameters.mydestination] == ["vm.example.org", "localhost.example.org", "localhost"]
        )
        #expect(configuration[SMTPServerParameters.banner] == "vm.example.org ESMTP relais")
        #expect(configuration[GeneralParameters.configDirectory] == "/etc/relais")
    }

    @Test(arguments: [
        ("mynetworks_style = subnet", "127.0.0.0/8 192.0.2.0/24 [::1]/128 [fd00::]/64"),
        ("mynetworks_style = class\ninet_protocols = ipv4", "127.0.0.0/8 192.0.2.0/24"),
        ("inet_interfaces = loopback-only", "127.0.0.1/32 [::1]/128"),
        ("inet_interfaces = 192.0.2.7, [fd00::9]", "192.0.2.7/32 [fd00::9]/128"),
        ("compatibility_level = 0\ninet_protocols = ipv6", "[::1]/128 [fd00::]/64"),
    ])
    func `mynetworks follows its style`(_ text: String, _ networks: String) {
        #expect(read(text).configuration.value(named: "mynetworks") == networks)
    }

    @Test(arguments: [
        ("host", "", "host.localdomain", "localdomain"),
        ("host", "mydomain = example.com", "host.example.com", "example.com"),
        ("a.b.c", "", "a.b.c", "b.c"),
        ("a.b.c", "myhostname = mail.other.net", "mail.other.net", "other.net"),
        ("a.b.c", "mydomain = x.y\nmyhostname = mail.$mydomain", "mail.x.y", "x.y"),
    ])
    func `host and domain name complete each other`(_ name: String, _ text: String, _ host: String, _ domain: String) {
        let configuration = read(text, facts: HostFacts(hostName: name, interfaces: [])).configuration
        #expect(configuration[GeneralParameters.myhostname] == host)
        #expect(configuration[GeneralParameters.mydomain] == domain)
    }

    @Test func `overrides of master cf go before main cf`() {
        let (configuration, diagnostics) = read(
            "smtpd_tls_security_level = may\n",
            overrides: [("smtpd_tls_security_level", "encrypt"), ("syslog_name", "relais/$mail_name")]
        )
        #expect(configuration[TLSParameters.smtpdTLSSecurityLevel] == .encrypt)
        #expect(configuration[GeneralParameters.syslogName] == "relais/relais")
        #expect(diagnostics.isEmpty)
    }

    @Test func `stress changes the limits that depend on it`() {
        let calm = read("").configuration
        let busy = read("", overrides: [("stress", "yes")]).configuration
        #expect(calm[SMTPServerParameters.timeout] == .seconds(300))
        #expect(busy[SMTPServerParameters.timeout] == .seconds(10))
        #expect(calm[SMTPServerParameters.hardErrorLimit] == 20)
        #expect(busy[SMTPServerParameters.hardErrorLimit] == 1)
    }

    @Test func `a bad value is an error with its place, and the default is read`() {
        let (configuration, diagnostics) = read(
            """
            max_use = many
            biff = true
            minimal_backoff_time = 5 minutes
            message_size_limit = 10M
            smtpd_tls_security_level = mya
            max_idle = 0
            alias_maps = /etc/aliases
            smtpd_recipient_restrictions = check_policy_service { inet:localhost:1
            reject_code = 250
            """
        )
        #expect(configuration[GeneralParameters.maxUse] == 100)
        #expect(
            diagnostics == [
                "main.cf:1: error: max_use: \"many\" is not a number",
                "main.cf:2: error: biff: \"true\" is neither \"yes\" nor \"no\"; did you mean \"yes\"?",
                "main.cf:3: error: minimal_backoff_time: \"5 minutes\" is not a time: write a number and one of s, m, h, d, w",
                "main.cf:4: error: message_size_limit: \"10M\" is not a number: a size is written in bytes, without a unit",
                "main.cf:5: error: smtpd_tls_security_level: \"mya\" is none of none, may, encrypt; did you mean \"may\"?",
                "main.cf:6: error: max_idle: 0 is not between 1s and \(Int.max)s",
                "main.cf:7: error: alias_maps: \"/etc/aliases\" is not a lookup table: write type:name; did you mean \"hash:/etc/aliases\"?",
                "main.cf:8: error: smtpd_recipient_restrictions: the braces do not match",
                "main.cf:9: error: reject_code: 250 is not from 400 to 599",
            ]
        )
    }

    @Test func `transports have parameters of their own`() {
        let (configuration, diagnostics) = read(
            """
            default_destination_concurrency_limit = 30
            dovecot_destination_recipient_limit = 1
            dovecto_destination_rate_delay = 1s
            smtp_delivery_slot_cost = 5
            """,
            master: """
                dovecot unix - n n - - pipe argv=/bin/true
                smtp unix - - n - - smtp
                """
        )
        #expect(configuration[TransportParameters.destinationRecipientLimit, of: "dovecot"] == 1)
        #expect(configuration[TransportParameters.destinationRecipientLimit, of: "smtp"] == 50)
        #expect(configuration[TransportParameters.destinationRecipientLimit, of: "local"] == 1)
        #expect(configuration[TransportParameters.destinationConcurrencyLimit, of: "local"] == 2)
        #expect(configuration[TransportParameters.destinationConcurrencyLimit, of: "dovecot"] == 30)
        #expect(
            diagnostics == [
                "main.cf:3: warning: dovecto_destination_rate_delay: master.cf has no service \"dovecto\"; did you mean \"dovecot_destination_rate_delay\"?",
                "main.cf:4: info: smtp_delivery_slot_cost is known, but relais does not act on it",
            ]
        )
    }

    @Test func `a file that is missing is one error, and the defaults are there`() {
        let (configuration, diagnostics) = MainConfiguration.load(directory: "/nonexistent/relais", hostFacts: host)
        #expect(diagnostics.map(\.severity) == [.error])
        #expect(diagnostics.first?.file == "/nonexistent/relais/main.cf")
        #expect(configuration[GeneralParameters.maxUse] == 100)
    }
}
