// SPDX-License-Identifier: Apache-2.0

import MailConfiguration
import Testing

@Suite("dovecot.conf")
struct DovecotConfigurationTests {
    @Test func `a server for system accounts`() {
        let (configuration, diagnostics) = readDovecot(DovecotFixtures.systemUsers)
        #expect(diagnostics.isEmpty)
        #expect(configuration.protocols == ["imap", "pop3"])
        #expect(configuration.listen == ["*", "::"])
        #expect(configuration.loginGreeting == "Oui allo j'ecoute ?")
        #expect(configuration.allowsCleartext)
        #expect(configuration.usernameFormat == "%Lu")
        #expect(configuration.mailLocation.driver == "mbox")
        #expect(configuration.mailLocation.path == "~/mail")
        #expect(configuration.mailLocation.inboxPath == "/var/spool/mail/%u")
        #expect(configuration.namespaces == [.standard])
    }

    @Test func `a server for users of a directory`() throws {
        let (configuration, diagnostics) = readDovecot(DovecotFixtures.directoryUsers)
        #expect(diagnostics.isEmpty)
        #expect(configuration.mechanisms == ["plain", "login"])
        #expect(configuration.mailUser == "vmail" && configuration.mailGroup == "vmail")
        #expect(configuration.listen == ["*"])
        #expect(
            configuration.value(named: "login_log_format_elements")
                == "user=<%u> method=%m rip=%r lip=%l mpid=%e %c %k"
        )
        #expect(configuration.passwordDatabases.map(\.driver) == ["ldap"])
        #expect(configuration.userDatabases.map(\.arguments) == ["/etc/dovecot/dovecot-ldap-user.conf.ext"])
        let auth = try #require(configuration.service("auth"))
        #expect(auth.user == "root")
        #expect(auth.unixListeners.map(\.path) == ["/var/spool/postfix/private/auth_dovecot", "auth-userdb"])
        #expect(auth.unixListeners.map(\.mode) == [0o660, 0o600])
        #expect(auth.unixListeners.map(\.user) == ["postfix", "vmail"])
        #expect(auth.unixListeners.map(\.group) == ["postfix", ""])
    }

    @Test func `the language of 2,4`() throws {
        let (configuration, diagnostics) = readDovecot(DovecotFixtures.modern)
        #expect(diagnostics.isEmpty)
        #expect(configuration.protocols.contains("imap") && configuration.protocols.contains("lmtp"))
        #expect(configuration.mailHome == "/srv/mail/%{user}")
        #expect(configuration.mailLocation.driver == "sdbox" && configuration.mailLocation.path == "~/mail")
        #expect(configuration.passwordDatabases.map(\.driver) == ["pam"])
        #expect(configuration.certificateFile == "/etc/dovecot/ssl-cert.pem")
        #expect(configuration.keyFile == "/etc/dovecot/ssl-key.pem")
        #expect(configuration.namespaces.map(\.separator) == ["/"])
        #expect(configuration.value(named: "mail_plugins") == nil)
        #expect(configuration.forProtocol("lda").value(named: "mail_plugins") == "sieve")
        #expect(configuration.value(named: "sieve_extensions") == "vacation-seconds")
    }

    @Test func `a private server with a passwd-file`() throws {
        let (configuration, diagnostics) = readDovecot(DovecotFixtures.passwdFile)
        #expect(diagnostics.isEmpty)
        #expect(configuration.certificateFile == "/tmp/tls/cert.pem" && configuration.keyFile == "/tmp/tls/key.pem")
        let passdb = try #require(configuration.passwordDatabases.first)
        #expect(passdb.passwdFile == "/tmp/users")
        #expect(passdb.defaultPasswordScheme == "plain" && passdb.usernameFormat == "%u")
        let userdb = try #require(configuration.userDatabases.first)
        #expect(
            userdb.staticFields == [
                DovecotDatabase.Field(name: "uid", value: "8"), DovecotDatabase.Field(name: "gid", value: "8"),
                DovecotDatabase.Field(name: "home", value: "/tmp/mail/%n"),
            ]
        )
        let inbox = try #require(configuration.namespaces.first)
        #expect(inbox.isInbox && inbox.separator == "/" && inbox.mailboxes.map(\.name) == ["Drafts", "Sent Messages"])
        #expect(inbox.mailboxes.map(\.specialUse) == [["\\Drafts"], ["\\Sent"]])
        #expect(inbox.mailboxes.map(\.creation) == [.no, .subscribe])
        let login = try #require(configuration.service("imap-login"))
        #expect(login.inetListeners.map(\.port) == [20143, 20993])
        #expect(login.inetListeners.map(\.isTLS) == [false, true])
        #expect(login.clientLimit == 500 && login.serviceCount == 0)
        #expect(configuration.userAddressLimit == 0)
        #expect(configuration.forProtocol("imap").userAddressLimit == 5)
        #expect(configuration.forProtocol("imap").value(named: "mail_plugins") == "quota imap_quota")
        #expect(configuration.forProtocol("pop3").value(named: "mail_plugins") == "quota")
    }

    @Test func `an empty file gives the defaults`() throws {
        let (configuration, diagnostics) = readDovecot("")
        #expect(diagnostics.isEmpty)
        #expect(configuration.internalUser == "relais" && configuration.loginUser == "relais-login")
        #expect(!configuration.allowsCleartext && configuration.tls == .yes && configuration.certificateFile == nil)
        #expect(configuration.failureDelay == .seconds(2))
        #expect(configuration.firstValidUID == 500)
        #expect(configuration.service("imap-login")?.inetListeners.map(\.port) == [143, 993])
        #expect(configuration.service("pop3-login")?.inetListeners.map(\.isTLS) == [false, true])
    }

    @Test func `databases of 2,4 have files and fields of their own`() throws {
        let (configuration, diagnostics) = readDovecot(
            """
            passdb first {
              passdb_driver = passwd-file
              passwd_file_path = /etc/relais/users
              passdb_default_password_scheme = sha512-crypt
              result_failure = return-fail
            }
            userdb static {
              fields {
                uid = vmail
                home:default = /srv/%{user | username}
              }
            }
            """
        )
        #expect(diagnostics.isEmpty)
        let passdb = try #require(configuration.passwordDatabases.first)
        #expect(passdb.driver == "passwd-file" && passdb.passwdFile == "/etc/relais/users")
        #expect(passdb.defaultPasswordScheme == "sha512-crypt" && passdb.resultFailure == .returnFail)
        let userdb = try #require(configuration.userDatabases.first)
        #expect(userdb.driver == "static" && userdb.staticFields.map(\.name) == ["uid"])
        #expect(userdb.defaultFields.map(\.value) == ["/srv/%{user | username}"])
    }

    @Test func `sections of one name continue each other, nameless databases do not`() {
        let (configuration, diagnostics) = readDovecot(
            """
            namespace inbox {
              inbox = yes
            }
            namespace inbox { separator = . }
            passdb { driver = pam }
            passdb { driver = static }
            service auth { client_limit = 7 }
            service auth { process_limit = 1 }
            """
        )
        #expect(diagnostics.isEmpty)
        #expect(configuration.namespaces.count == 1)
        #expect(configuration.namespaces.first?.separator == "." && configuration.namespaces.first?.isInbox == true)
        #expect(configuration.passwordDatabases.map(\.driver) == ["pam", "static"])
        #expect(configuration.service("auth")?.clientLimit == 7 && configuration.service("auth")?.processLimit == 1)
    }

    @Test func `files are included in order, and a broken one is named`() {
        let files = MemoryFiles(files: [
            "/etc/d/dovecot.conf": """
            protocols = imap
            !include conf.d/*.conf
            !include_try local.conf
            !include_try /nowhere
            !include nowhere.conf
            !include dovecot.conf
            """,
            "/etc/d/conf.d/10-auth.conf": "auth_mechanisms = plain login\n!include auth-system.conf.ext",
            "/etc/d/conf.d/20-x.conf": "auth_mechanisms = plain\nlisten 10.11.12.9",
            "/etc/d/conf.d/auth-system.conf.ext": "passdb {\n driver = pam\n}\n",
            "/etc/d/local.conf": "service auth {\n unix_listener a {\n",
        ])
        let (configuration, diagnostics) = files.load("/etc/d/dovecot.conf")
        #expect(configuration.mechanisms == ["plain"])
        #expect(configuration.passwordDatabases.map(\.place.file) == ["/etc/d/conf.d/auth-system.conf.ext"])
        #expect(
            Set(diagnostics) == [
                "/etc/d/conf.d/20-x.conf:2: error: there is no \"=\" after \"listen\"; did you mean \"listen = 10.11.12.9\"?",
                "/etc/d/local.conf:2: error: the section \"unix_listener a\" is never closed with \"}\"",
                "/etc/d/local.conf:1: error: the section \"service auth\" is never closed with \"}\"",
                "/etc/d/dovecot.conf:5: error: !include: /etc/d/nowhere.conf does not exist",
                "/etc/d/dovecot.conf:6: error: !include: /etc/d/dovecot.conf includes itself",
            ]
        )
    }
}
