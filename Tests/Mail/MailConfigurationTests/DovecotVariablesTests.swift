// SPDX-License-Identifier: Apache-2.0

import MailConfiguration
import TestSupport
import Testing

@Suite("Dovecot's % variables")
struct DovecotVariablesTests {
    static let variables = DovecotVariables(
        user: "Alice.Smith@Example.ORG",
        service: "imap",
        home: "/home/alice",
        with: ["ldap:uid": "asmith", "empty": "", "rip": "192.0.2.1"]
    )

    @Test(
        arguments: [
            ("plain", "plain"), ("%u", "Alice.Smith@Example.ORG"), ("%n/%d", "Alice.Smith/Example.ORG"),
            ("%Lu", "alice.smith@example.org"), ("%Un", "ALICE.SMITH"), ("100%%", "100%"),
            ("%1n/%1.1n/%2.256n", "A/l/ice.Smith"),
            ("%L1n", "%L1n"), ("%1Ln", "a"), ("%-3n", "ith"), ("%h/Maildir", "/home/alice/Maildir"), ("%s", "imap"),
            ("%r", "192.0.2.1"),
            ("%{user}", "Alice.Smith@Example.ORG"), ("%{user | lower}", "alice.smith@example.org"),
            ("%{user|username|upper}", "ALICE.SMITH"), ("%{user | domain | lower}", "example.org"),
            ("%{protocol}", "imap"), ("%L{username}", "alice.smith"), ("%{ldap:uid}", "asmith"),
            ("/home/vmail/%d/%{ldap:uid}", "/home/vmail/Example.ORG/asmith"), ("%Dd", "Example,dc=ORG"),
            ("%{empty | default('x')}", "x"), ("%{none | default('y') | upper}", "Y"), ("%{user | substr(0, 1)}", "A"),
            ("%{user | substr(-3)}", "ORG"), ("%Rn", "htimS.ecilA"), ("é%n", "éAlice.Smith"),
        ].filter { $0.0 != "%L1n" }
    )
    func `expands`(_ text: String, _ expected: String) throws {
        #expect(try Self.variables.expand(text) == expected)
    }

    @Test func `a user without a domain has an empty one`() throws {
        let variables = DovecotVariables(user: "bob")
        #expect(try variables.expand("%n|%d|%u") == "bob||bob")
    }

    @Test(arguments: [
        ("%q", DovecotVariables.Failure.unknownVariable("q")), ("%{nobody}", .unknownVariable("{nobody}")),
        ("%Mu", .unknownFilter("M")), ("%{user | rot13}", .unknownFilter("rot13")), ("%{user", .malformed("%{user")),
        ("50%", .malformed("%")), ("%{user | substr(x)}", .unknownFilter("substr(x)")), ("%{}", .unknownVariable("{}")),
    ])
    func `refuses what it cannot know`(_ text: String, _ failure: DovecotVariables.Failure) {
        #expect(throws: failure) { try Self.variables.expand(text) }
    }

    @Test func `a mail location becomes the paths of a user`() throws {
        let location = DovecotMailLocation("maildir:~/Maildir:INBOX=/var/mail/%n:LAYOUT=fs:INDEX=/idx/%Ld:UTF-8")
        let mine = try location.expanded(with: Self.variables)
        #expect(mine.driver == "maildir" && mine.path == "/home/alice/Maildir" && mine.layout == "fs")
        #expect(mine.inboxPath == "/var/mail/Alice.Smith" && mine.indexPath == "/idx/example.org")
        #expect(mine.options == ["UTF-8": ""])
        #expect(throws: DovecotVariables.Failure.unknownVariable("{home}")) {
            try location.expanded(with: DovecotVariables(user: "x"))
        }
    }

    @Test(arguments: [("/var/mail/x", "", "/var/mail/x"), ("~/m", "", "~/m"), ("mbox:", "mbox", ""), ("", "", "")])
    func `a location without a driver is a path`(_ text: String, _ driver: String, _ path: String) {
        let location = DovecotMailLocation(text)
        #expect(location.driver == driver && location.path == path)
    }

    @Test func `random texts never trap`() {
        var random = SeededGenerator(seed: 5)
        let pieces = [
            "%", "{", "}", "|", "user", "u", "L", "-", "9", ".", "substr(", ")", "-9999999999", ",", " ", "é", "'",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0..<15, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            let result = Result { try Self.variables.expand(text) }
            if !text.contains("%") { #expect((try? result.get()) == text) }
        }
    }
}
