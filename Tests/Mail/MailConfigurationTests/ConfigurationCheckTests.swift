// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailConfiguration
import Testing

@Suite("The check of a folder")
struct ConfigurationCheckTests {
    @Test func `all problems of all files come at once, with their places`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("check-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = [
            "main.cf": "mua_restrictions = reject\nvirtual_alias_domain = swi.la\nmax_use = x\n",
            "master.cf": """
            smtp inet n - n - - smtpd
              -o smtpd_client_restrictions=$mua_restrictions
              -o smtpd_tls_wrapermode=yes
            465 inet n - n - - smtpd -o max_idle=never -o syslog_name=relais/465
            oops
            """,
            "dovecot.conf": "protocols = imap\nlisten 10.11.12.9\n",
        ]
        for (name, text) in files {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        }
        let diagnostics = ConfigurationCheck.run(directory: folder.path, hostFacts: host)
        #expect(
            diagnostics.map { $0.description.replacingOccurrences(of: folder.path + "/", with: "") } == [
                "main.cf:2: warning: virtual_alias_domain is not a known parameter; did you mean \"virtual_alias_domains\"?",
                "main.cf:3: error: max_use: \"x\" is not a number",
                "master.cf:1: warning: smtpd_tls_wrapermode is not a known parameter; did you mean \"smtpd_tls_wrappermode\"?",
                "master.cf:4: error: max_idle: \"never\" is not a time: write a number and one of s, m, h, d, w",
                "master.cf:5: error: the line has 1 of the 8 columns service, type, private, unpriv, chroot, wakeup, maxproc, command",
                "dovecot.conf:2: error: there is no \"=\" after \"listen\"; did you mean \"listen = 10.11.12.9\"?",
            ]
        )
        #expect(diagnostics.containsErrors)
    }

    @Test func `a folder without dovecot conf is checked without it`() {
        let diagnostics = ConfigurationCheck.run(directory: "/nonexistent/relais", hostFacts: host)
        #expect(diagnostics.map(\.file) == ["/nonexistent/relais/main.cf", "/nonexistent/relais/master.cf"])
    }

    @Test func `myorigin may name a file whose first line it is`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("mailname-\(UUID().uuidString)")
        try Data("example.net\nrest\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (configuration, diagnostics) = read("myorigin = \(file.path)\n")
        #expect(diagnostics.isEmpty)
        #expect(configuration[GeneralParameters.myorigin] == "example.net")
        #expect(read("myorigin = /nonexistent/mailname").diagnostics.count == 1)
    }

    @Test func `this host has a name and a loop-back address`() {
        let facts = HostFacts.current()
        #expect(!facts.hostName.isEmpty)
        #expect(facts.interfaces.contains { $0.address == [127, 0, 0, 1] && $0.prefixLength == 8 })
    }
}
