// SPDX-License-Identifier: Apache-2.0

import MailConfiguration
import TestSupport
import Testing

@Suite("What dovecot.conf gets wrong")
struct DovecotDiagnosticsTests {
    @Test func `a line without its equals sign is named with what was meant`() {
        #expect(
            readDovecot("protocols = imap\nlisten 10.11.12.9\nlisten *, ::\n").diagnostics == [
                "dovecot.conf:2: error: there is no \"=\" after \"listen\"; did you mean \"listen = 10.11.12.9\"?",
                "dovecot.conf:3: error: there is no \"=\" after \"listen\"; did you mean \"listen = *, ::\"?",
            ]
        )
    }

    @Test(
        arguments: [
            ("disable plaintext auth = no", "a name cannot have spaces", "disable_plaintext_auth = no"),
            ("mail location = maildir:~/Maildir", "a name cannot have spaces", "mail_location = maildir:~/Maildir"),
            ("= x", "there is no name before \"=\"", nil),
            ("}", "\"}\" closes nothing", nil),
            ("!inclde x", "\"!inclde\" is not known", "!include"),
            ("passdb pam", "there is no \"=\" after \"passdb\"", "passdb pam {"),
            ("auth_mechanism = plain", "auth_mechanism is not a known setting", "auth_mechanisms"),
            ("pasdb {\n}", "pasdb is not a known section", "passdb"),
            (
                "service auth {\nclient_limti = 1\n}", "client_limti is not a known setting in a section service",
                "client_limit"
            ),
            (
                "service auth {\nunix_listner x {\n}\n}", "unix_listner is not a known section in a section service",
                "unix_listener"
            ),
            ("ssl = required, yes, no", "ssl: \"required, yes, no\" is none of no, yes, required", "required"),
            ("disable_plaintext_auth = non", "disable_plaintext_auth: \"non\" is neither \"yes\" nor \"no\"", "no"),
            ("first_valid_uid = vmail", "first_valid_uid: \"vmail\" is not a number", nil),
            ("auth_failure_delay = soon", "auth_failure_delay: \"soon\" is not a time such as 30s, 5m, 2 hours", nil),
            ("service auth {\nunix_listener x {\nmode = 888\n}\n}", "mode: \"888\" is not a mode such as 0660", nil),
            ("service x {\ninet_listener y {\nport = 70000\n}\n}", "port: \"70000\" is not a number up to 65535", nil),
            (
                "service x {\ninet_listener y {\nssl = yes\n}\n}",
                "the section inet_listener has no port and does not listen", nil
            ),
            ("passdb {\n}", "the section passdb has no driver", "driver = passwd-file"),
            ("passdb {\ndriver = passwdfile\n}", "passdb: \"passwdfile\" is not a known driver", "passwd-file"),
            ("passdb {\ndriver = passwd-file\n}", "passdb: driver passwd-file names no file", nil),
            ("ssl_cert = /etc/x.pem", "ssl_cert must name a file with \"<\" before its path", "ssl_cert = </etc/x.pem"),
            ("ssl = required", "ssl = required, but ssl_cert names no file: there will be no TLS", nil),
            (
                "protocol imap {\nmail_max_userip_connections = x\n}",
                "mail_max_userip_connections: \"x\" is not a number", nil
            ),
            (
                "mail_plugins = $mail_plugin", "mail_plugins refers to $mail_plugin, which is not a known setting",
                "$mail_plugins"
            ),
        ] as [(String, String, String?)]
    )
    func `each mistake is told once, with what was meant`(_ text: String, _ message: String, _ meant: String?) {
        let diagnostics = DovecotConfiguration.parse(
            Array(text.utf8),
            file: "dovecot.conf",
            source: MemoryFiles(files: [:]).source
        ).1.filter { $0.severity > .info }
        #expect(diagnostics.map(\.message) == [message])
        #expect(diagnostics.map(\.suggestion) == [meant])
        #expect(diagnostics.allSatisfy { $0.line > 0 })
    }

    @Test func `settings without effect are told as such`() {
        let diagnostics = DovecotConfiguration.parse(
            Array("auth_cache_size = 1M\nsieve_user_log = x\nplugin {\n  anything = goes\n}\nldap_uris = x\n".utf8),
            file: "dovecot.conf",
            source: MemoryFiles(files: [:]).source
        ).1
        #expect(
            diagnostics.map(\.description) == [
                "dovecot.conf:1: info: auth_cache_size is known, but relais does not act on it",
                "dovecot.conf:2: info: sieve_user_log is known, but relais does not act on it",
                "dovecot.conf:3: info: the section plugin is known, but relais does not act on it",
                "dovecot.conf:6: info: ldap_uris is known, but relais does not act on it",
            ]
        )
    }

    @Test func `a setting that relais acts on is also a known one`() {
        #expect(DovecotNames.actedOn.subtracting(DovecotNames.root) == [])
    }

    @Test func `sections nest to a limit, and files are bounded`() {
        let deep = String(repeating: "service a {\n", count: 500)
        #expect(readDovecot(deep).diagnostics.contains { $0.contains("nested deeper than 20") })
        var limits = DovecotParser.Limits()
        limits.nodes = 10
        var parser = DovecotParser(source: MemoryFiles(files: [:]).source, limits: limits)
        let nodes = parser.parse(Array(String(repeating: "a = b\n", count: 50).utf8), file: "x")
        #expect(nodes.count == 10)
        #expect(parser.diagnostics.map(\.message) == ["there are more than 10 settings"])
    }

    @Test func `mutated files never trap`() {
        let samples = [
            DovecotFixtures.systemUsers, DovecotFixtures.directoryUsers, DovecotFixtures.modern,
            DovecotFixtures.passwdFile,
        ].map { Array($0.utf8) }
        let special = Array("{}=\"'\\#$%<!\n \t".utf8)
        var random = SeededGenerator(seed: 3)
        for round in 0..<240 {
            var bytes = samples[round % samples.count]
            for _ in 0..<Int.random(in: 1..<12, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(special.randomElement(using: &random) ?? 0, at: index)
                default: bytes.removeLast(min(index, bytes.count - 1))
                }
            }
            let (configuration, _) = DovecotConfiguration.parse(
                bytes,
                file: "x",
                source: MemoryFiles(files: [:]).source
            )
            #expect(!configuration.namespaces.isEmpty)
        }
    }
}
