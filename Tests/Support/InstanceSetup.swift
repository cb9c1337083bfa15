// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How an instance for tests is configured; each list of lines is added to what all instances have.
package struct InstanceSetup: Sendable {
    /// The domain of the virtual mailboxes.
    package static let domain = "example.test"

    /// Users with virtual mailboxes, their name and password.
    package var users = [("alice", "secret-a"), ("bob", "secret-b"), ("carol", "secret-c")]
    /// Lines of `virtual_alias_maps`.
    package var aliases: [String] = []
    /// Lines of main.cf; a later line overrides an earlier one.
    package var main: [String] = []
    /// Lines of master.cf.
    package var master: [String] = []
    /// Lines of dovecot.conf.
    package var dovecot: [String] = []
    /// Whether passwords are kept as SHA512-CRYPT, which takes its time, instead of in the clear.
    package var hashesPasswords = false
    /// Whether imap, pop3 and auth run too.
    package var servesReaders = true

    package init() {}
}

/// The files of an instance's configuration.
struct InstanceFiles {
    let setup: InstanceSetup
    let folder: TemporaryFolder
    let ports: InstancePorts
    /// Whose the virtual mailboxes are.
    let owner: UInt32

    func write() throws {
        try folder.write("etc/main.cf", main + setup.main.map { $0 + "\n" }.joined())
        try folder.write("etc/master.cf", master + setup.master.map { $0 + "\n" }.joined())
        if setup.servesReaders {
            try folder.write("etc/dovecot.conf", dovecot + setup.dovecot.map { $0 + "\n" }.joined())
        }
        try folder.write("etc/virtual", setup.aliases.map { $0 + "\n" }.joined())
        try folder.write(
            "etc/mailboxes",
            setup.users.map { "\($0.0)@\(InstanceSetup.domain) \($0.0)/Maildir/\n" }.joined()
        )
        let accounts = try setup.users.map { name, password in
            "\(name)@\(InstanceSetup.domain):\(try stored(password)):\(owner):\(owner)::\(folder["mail"])/\(name)::\n"
        }
        try folder.write("etc/users", accounts.joined(), mode: 0o600)
        try FileManager.default.createDirectory(atPath: folder["mail"], withIntermediateDirectories: true)
        chown(folder["mail"], owner, owner)
        chmod(folder["mail"], 0o755)
    }

    private func stored(_ password: String) throws -> String {
        guard setup.hashesPasswords else { return "{PLAIN}\(password)" }
        let hash = try Command.runHere(["openssl", "passwd", "-6", password])
        return "{SHA512-CRYPT}\(hash.text.filter { !$0.isWhitespace })"
    }

    private var main: String {
        """
        compatibility_level = 3.7
        queue_directory = \(folder["spool"])
        data_directory = \(folder["data"])
        daemon_directory = \(Surroundings.products)
        maillog_file = \(folder["log"])
        myhostname = mx.\(InstanceSetup.domain)
        mydestination = localhost.\(InstanceSetup.domain)
        inet_interfaces = loopback-only
        inet_protocols = ipv4
        mynetworks = 127.0.0.2/32
        alias_maps =
        local_recipient_maps =
        recipient_delimiter = +
        virtual_alias_maps = texthash:\(folder["etc/virtual"])
        virtual_mailbox_domains = \(InstanceSetup.domain)
        virtual_mailbox_base = \(folder["mail"])
        virtual_mailbox_maps = texthash:\(folder["etc/mailboxes"])
        virtual_mailbox_limit = 0
        virtual_uid_maps = static:\(owner)
        virtual_gid_maps = static:\(owner)
        virtual_minimum_uid = 1
        smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
        smtpd_sasl_type = dovecot
        smtpd_sasl_path = private/auth
        smtpd_tls_security_level = may
        smtpd_tls_cert_file = \(folder["tls/cert.pem"])
        smtpd_tls_key_file = \(folder["tls/key.pem"])
        smtpd_client_connection_count_limit = 0
        message_size_limit = 52428800

        """
    }

    private var master: String {
        """
        127.0.0.1:\(ports.smtp) inet n - n - - smtpd
        127.0.0.1:\(ports.submission) inet n - n - - smtpd
          -o smtpd_sasl_auth_enable=yes -o smtpd_tls_security_level=encrypt
          -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
        127.0.0.1:\(ports.submissions) inet n - n - - smtpd
          -o smtpd_sasl_auth_enable=yes -o smtpd_tls_wrappermode=yes
          -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
        cleanup unix n - n - 0 cleanup
        qmgr    unix n - n 300 1 qmgr
        bounce  unix - - n - 0 bounce
        proxymap unix - - n - - proxymap
        virtual unix - n n - - virtual
        local   unix - n n - - local

        """
    }

    private var dovecot: String {
        """
        protocols = imap pop3
        listen = 127.0.0.1
        base_dir = \(folder["run"])
        ssl = yes
        ssl_cert = <\(folder["tls/cert.pem"])
        ssl_key = <\(folder["tls/key.pem"])
        disable_plaintext_auth = no
        auth_mechanisms = plain login
        auth_failure_delay = 200 msecs
        mail_location = maildir:~/Maildir
        mail_max_userip_connections = 0
        first_valid_uid = 1
        passdb {
          driver = passwd-file
          args = username_format=%Lu \(folder["etc/users"])
        }
        userdb {
          driver = passwd-file
          args = username_format=%Lu \(folder["etc/users"])
        }
        service imap-login {
          inet_listener imap {
            port = \(ports.imap)
          }
          inet_listener imaps {
            port = \(ports.imaps)
            ssl = yes
          }
        }
        service pop3-login {
          inet_listener pop3 {
            port = \(ports.pop3)
          }
          inet_listener pop3s {
            port = \(ports.pop3s)
            ssl = yes
          }
        }

        """
    }
}

/// The ports of an instance.
package struct InstancePorts: Sendable {
    package let smtp = Ports.free()
    package let submission = Ports.free()
    package let submissions = Ports.free()
    package let imap = Ports.free()
    package let imaps = Ports.free()
    package let pop3 = Ports.free()
    package let pop3s = Ports.free()
}
