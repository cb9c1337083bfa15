// SPDX-License-Identifier: Apache-2.0
import AuthProtocol
import EventLoop
import SASL
import Service
import TestSupport
import Testing

@testable import auth

@Suite struct `The chain of databases` {
    private static let users = """
        alice:{PLAIN}pw:1001:1001::/home/alice::userdb_mail=maildir:%h/Maildir
        open:::::::nopassword
        empty::::::
        near:{PLAIN}pw::::::allow_nets=192.0.2.0/24,local
        far:{PLAIN}pw::::::allow_nets=198.51.100.0/24
        other:{PLAIN}pw::::::user=alice
        off:{PLAIN}pw::::::nologin reason=Moved
        broken:{PLAIN}pw:nosuchaccount-x:1
        locked:{CRYPT}!
        odd:{NTLM}x
        """
    private static let one = """
        auth_failure_delay = 0
        passdb {
          driver = passwd-file
          args = USERS
        }
        userdb {
          driver = passwd-file
          args = USERS
        }
        """

    private func verify(_ configuration: String, _ user: String, _ password: String, as other: String = "") async throws
        -> PasswordChain.LoginDecision
    {
        let fixture = try await AuthFixture(configuration, users: Self.users)
        return try await onLoop {
            let credentials = SASLCredentials(
                authorizationIdentity: other,
                authenticationIdentity: user,
                password: SASLSecret(password)
            )
            let info = AuthConnectionInfo(service: "imap", remoteAddress: "192.0.2.7")
            return await fixture.service.authenticate(credentials, AuthRequest(mechanism: "PLAIN", connection: info))
        }
    }

    private func isAccepted(_ verdict: PasswordChain.LoginDecision) -> String? {
        if case .accepted(let user, _) = verdict { user } else { nil }
    }

    @Test(
        arguments: zip(
            [
                "alice pw", "ALICE pw", "alice PW", "alice ", "nobody pw", "open anything", "empty ", "empty x",
                "near pw", "far pw", "other pw", "locked !", "odd x", "off pw", "al ice pw", "alice\u{1} pw",
            ],
            [
                "alice", "alice", nil, nil, nil, "open", nil, nil, "near", nil, "alice", nil, nil, "off", nil, nil,
            ]
        )
    )
    func `lets in who has the password`(_ row: String, _ expected: String?) async throws {
        let space = try #require(row.lastIndex(of: " "))
        let verdict = try await verify(Self.one, String(row[..<space]), String(row[row.index(after: space)...]))
        #expect(isAccepted(verdict) == expected)
        if expected == nil { #expect(verdict == .refused(.credentials)) }
    }

    @Test func `lets nobody act as another, and everybody as himself`() async throws {
        #expect(try await verify(Self.one, "alice", "pw", as: "open") == .refused(.credentials))
        #expect(isAccepted(try await verify(Self.one, "alice", "pw", as: "ALICE")) == "alice")
    }

    @Test func `is temporarily broken when a file cannot be read and no other database says yes`() async throws {
        let missing = """
            passdb {
              driver = passwd-file
              args = USERS-missing
            }

            """
        #expect(try await verify(missing, "alice", "pw") == .refused(.temporary))
        #expect(isAccepted(try await verify(missing + Self.one, "alice", "pw")) == "alice")
        #expect(try await verify(missing + Self.one, "alice", "no") == .refused(.temporary))
    }

    @Test(
        arguments: zip(
            ["return-ok", "return-fail", "continue-ok", "continue-fail", "continue", "return"],
            [true, false, true, false, false, false]
        )
    )
    func `follows result_success`(_ word: String, _ isIn: Bool) async throws {
        let configuration = """
            passdb {
              driver = static
              args = password=first
              result_success = \(word)
            }
            passdb {
              driver = static
              args = password=second
            }
            """
        #expect(isAccepted(try await verify(configuration, "alice", "first")) == (isIn ? "alice" : nil))
        #expect(isAccepted(try await verify(configuration, "alice", "second")) == "alice")
    }

    @Test func `asks no password twice, skips where told, and refuses who is denied`() async throws {
        let twice = """
            passdb {
              driver = static
              args = password=first
              result_success = continue-ok
            }
            passdb {
              driver = passwd-file
              args = USERS
              skip = unauthenticated
            }
            """
        // The second only adds fields: it is skipped for whom the first has not let in, and asks no password of others.
        #expect(isAccepted(try await verify(twice, "other", "first")) == "alice")
        #expect(try await verify(twice, "alice", "pw") == .refused(.credentials))
        let deny = """
            passdb {
              driver = static
              args = password=pw
            }
            passdb {
              driver = passwd-file
              args = USERS
              deny = yes
            }
            """
        #expect(try await verify(deny, "alice", "pw") == .refused(.credentials))
        #expect(isAccepted(try await verify(deny, "stranger", "pw")) == "stranger")
    }

    @Test func `gives a user's entry with defaults, overrides and numbers for names`() async throws {
        let fixture = try await AuthFixture(
            """
            mail_uid = 5000
            mail_gid = 5001
            mail_home = /var/mail/%n
            passdb {
              driver = passwd-file
              args = USERS
            }
            userdb {
              driver = passwd-file
              args = USERS
              default_fields = mail=mbox:~/mail gid=7
              override_fields = quota_rule=%n uid=root
            }
            """,
            users: Self.users
        )
        func entry(_ user: String) async throws -> UserEntry? {
            try await onLoop {
                let query = UserQuery(user: user, AuthConnectionInfo(service: "lmtp"))
                return try await fixture.service.users.find(query, isAuthenticated: false)
            }
        }
        let alice = try #require(try await entry("alice"))
        #expect(alice.uid == 0 && alice.gid == 1001 && alice.home == "/home/alice")
        #expect(alice.mail == "maildir:/home/alice/Maildir" && alice.parameters["quota_rule"] == "alice")
        let empty = try #require(try await entry("empty"))
        #expect(empty.uid == 0 && empty.gid == 7 && empty.home == "/var/mail/empty" && empty.mail == "mbox:~/mail")
        #expect(try await entry("nobody") == nil)
    }

    @Test func `fails for a user whose account does not exist`() async throws {
        let fixture = try await AuthFixture(Self.one, users: Self.users)
        await #expect(throws: ChainFailure.self) {
            try await onLoop {
                let query = UserQuery(user: "broken", AuthConnectionInfo(service: "lmtp"))
                return try await fixture.service.users.find(query, isAuthenticated: false)
            }
        }
    }

    @Test func `asks the passdb who is there when the userdb is static`() async throws {
        let text = """
            passdb {
              driver = passwd-file
              args = USERS
            }
            userdb {
              driver = static
              args = uid=8 gid=9 home=/m/%d/%n%EXTRA
            }
            """
        for (extra, isFound) in [("", false), (" allow_all_users=yes", true)] {
            let fixture = try await AuthFixture(
                text.split(separator: "%EXTRA").joined(separator: extra),
                users: Self.users
            )
            let (stranger, alice) = try await onLoop {
                let info = AuthConnectionInfo(service: "lmtp")
                return (
                    try await fixture.service.users.find(UserQuery(user: "x@y.z", info), isAuthenticated: false),
                    try await fixture.service.users.find(UserQuery(user: "alice", info), isAuthenticated: false)
                )
            }
            #expect((stranger != nil) == isFound)
            #expect(alice?.uid == 8 && alice?.gid == 9)
            if isFound { #expect(stranger?.home == "/m/y.z/x") }
        }
    }

    @Test(
        arguments: [
            "passdb {\n driver = pam\n}", "passdb {\n driver = passwd\n}", "userdb {\n driver = ldap\n args = /x\n}",
            "passdb {\n driver = passwd-file\n args = /x\n master = yes\n}",
            "passdb {\n driver = passwd-file\n args = scheme=NTLM /x\n}", "mail_uid = nosuchaccount-x",
        ]
    )
    func `reports what it cannot do`(_ text: String) {
        #expect(throws: AuthSettingsError.self) { try settings(text) }
    }

    @Test func `leaves out mechanisms that are not there`() throws {
        let settings = try settings("auth_mechanisms = plain cram-md5 login gssapi")
        #expect(settings.mechanisms == [.plain, .login])
        #expect(settings.warnings.contains { $0.contains("cram-md5") })
    }
}

@Suite struct `A user name` {
    @Test(
        arguments: zip(
            ["Bob", "bob@Example.ORG", "", "b b", "b\u{e9}", "a'b", "bob@x%d"],
            ["bob@d.org", "bob@example.org", nil, nil, nil, nil, nil]
        )
    )
    func `gets realm and format, and only allowed characters`(_ name: String, _ expected: String?) throws {
        let settings = try settings("auth_default_realm = d.org")
        let query = UserQuery(user: name, AuthConnectionInfo(service: "imap"))
        #expect((try? settings.normalized(name, query.variables)) == expected)
    }
}
