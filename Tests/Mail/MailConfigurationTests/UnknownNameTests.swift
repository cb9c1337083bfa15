// SPDX-License-Identifier: Apache-2.0

import MailConfiguration
import Testing

@Suite("Names that main.cf does not know")
struct UnknownNameTests {
    @Test func `the misprint of the course note is named with file, line and what was meant`() {
        let (_, diagnostics) = read(
            """
            myhostname = localhost.localdomain
            mydomain = localdomain

            virtual_aliasçdomain = swi.la, swinnen.eu
            virtual_alias_maps = hash:/etc/relais/virtual
            """
        )
        #expect(
            diagnostics == [
                "main.cf:4: warning: virtual_aliasçdomain is not a known parameter; did you mean \"virtual_alias_domains\"?"
            ]
        )
    }

    @Test func `the same misprint in Latin-1 is found too`() {
        let bytes = Array("virtual_alias".utf8) + [0xE7] + Array("domain = swi.la\n".utf8)
        let (_, diagnostics) = MainConfiguration.parse(bytes, file: "main.cf", directory: ".", hostFacts: host)
        #expect(diagnostics.map(\.suggestion) == ["virtual_alias_domains"])
        #expect(diagnostics.map(\.line) == [1])
    }

    @Test(arguments: [
        ("virtual_alias_domain = a", "virtual_alias_domains"),
        ("myhostnmae = a", "myhostname"),
        ("MyDestination = a", "mydestination"),
        ("smtpd_recipient_restriction = reject", "smtpd_recipient_restrictions"),
        ("relay_host = a", "relayhost"),
    ])
    func `a name that is nearly right is suggested`(_ text: String, _ meant: String) {
        let diagnostics = MainConfiguration.parse(Array(text.utf8), file: "main.cf", directory: ".", hostFacts: host).1
        #expect(diagnostics.map(\.severity) == [.warning])
        #expect(diagnostics.map(\.suggestion) == [meant])
    }

    @Test func `a name that resembles nothing is reported without a suggestion`() {
        #expect(read("zzzzqqqq = 1").diagnostics == ["main.cf:1: warning: zzzzqqqq is not a known parameter"])
    }

    @Test func `names of Postfix without effect are told as such`() {
        #expect(
            read("postscreen_greet_action = drop").diagnostics == [
                "main.cf:1: info: postscreen_greet_action is known, but relais does not act on it"
            ]
        )
    }

    @Test func `names of the administrator's own are fine where something refers to them`() {
        let text = """
            my_networks = 10.0.0.0/8
            mynetworks = $my_networks
            smtpd_restriction_classes = strict
            strict = reject_unknown_sender_domain
            submission_banner = Hello
            virtual_mailbox_maps = ldap:people
            people_server_host = localhost
            """
        let master = "587 inet n - n - - smtpd -o smtpd_banner=$submission_banner"
        #expect(read(text, master: master).diagnostics.isEmpty)
    }

    @Test func `a reference to nothing is a warning`() {
        #expect(
            read("mydestination = $myhostnam, localhost").diagnostics == [
                "main.cf:1: warning: mydestination refers to $myhostnam, which is not set; did you mean \"$myhostname\"?"
            ]
        )
    }

    @Test(arguments: [
        ("mydestination localhost", "there is no \"=\" after \"mydestination\"", "mydestination = localhost"),
        ("inet interfaces = all", "there is no \"=\" after \"inet\"", "inet_interfaces = all"),
        ("= value", "there is no name before \"=\"", nil),
    ])
    func `a line without its equals sign is an error`(_ text: String, _ message: String, _ meant: String?) {
        let diagnostics = MainConfiguration.parse(Array(text.utf8), file: "main.cf", directory: ".", hostFacts: host).1
        #expect(
            diagnostics == [Diagnostic(.error, file: "main.cf", line: 1, message, suggestion: meant)]
        )
    }

    @Test func `a first line that is indented is an error`() {
        #expect(
            read("  max_use = 1").diagnostics == [
                "main.cf:1: error: the line starts with white space, but continues nothing"
            ]
        )
    }

    @Test(arguments: [
        ("one", "one", 0), ("one", "noe", 1), ("abc", "", 3), ("relay_host", "relayhost", 1), ("kitten", "sitting", 3),
    ])
    func `the distance counts insertions, deletions, substitutions and swaps`(_ a: String, _ b: String, _ steps: Int) {
        #expect(NearestName.distance(Array(a.unicodeScalars), Array(b.unicodeScalars)) == steps)
        #expect(NearestName.distance(Array(b.unicodeScalars), Array(a.unicodeScalars)) == steps)
        for bound in 0..<6 {
            let found = NearestName.distance(Array(a.unicodeScalars), Array(b.unicodeScalars), upTo: bound)
            #expect(steps > bound ? found > bound : found == steps)
        }
    }
}
