// SPDX-License-Identifier: Apache-2.0

import MailConfiguration
import Testing

@Suite("main.cf copied from an example")
struct CopiedExampleTests {
    @Test func `comments after values and the shell's backslashes are taken out and told`() {
        let (configuration, diagnostics) = read(
            """
            smtpd_banner = \\$myhostname ESMTP #the greeting
            myhostname = mail.example.org #our name
            mydestination = \\$myhostname, localhost #ours
            smtpd_sasl_auth_enable = yes #with passwords
            smtp_sasl_password_maps = inline:{ { a = b #c } }
            """
        )
        #expect(configuration[SMTPServerParameters.banner] == "mail.example.org ESMTP")
        #expect(configuration[GeneralParameters.mydestination] == ["mail.example.org", "localhost"])
        #expect(configuration[SMTPServerParameters.saslAuthEnable])
        #expect(configuration.value(named: "smtp_sasl_password_maps") == "inline:{ { a = b #c } }")
        #expect(diagnostics.filter { $0.contains("is taken as a comment") }.count == 4)
        #expect(diagnostics.filter { $0.contains("the backslash before") }.count == 2)
    }

    @Test func `a hash inside a word is no comment`() {
        let (configuration, diagnostics) = read("home_mailbox = a#b\nsmtpd_banner = C# mail")
        #expect(configuration[LocalDeliveryParameters.homeMailbox] == "a#b")
        #expect(configuration[SMTPServerParameters.banner] == "C# mail")
        #expect(diagnostics.isEmpty)
    }
}

@Suite("main.cf of course notes")
struct CourseNoteTests {
    @Test func `virtual mailboxes of a directory`() {
        let (configuration, diagnostics) = read(
            """
            compatibility_level = 3.6
            mailbox_size_limit = 0
            relayhost =
            virtual_mailbox_base = /home/vmail/ #the folder
            virtual_uid_maps = static:5000
            virtual_gid_maps = static:5000
            virtual_transport = dovecot
            virtual_mailbox_domains = $mydomain
            virtual_mailbox_maps = ldap:/etc/relais/virtual_mailbox_maps.cf
            local_recipient_maps = $virtual_mailbox_maps
            smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
            smtpd_sasl_path = private/auth_dovecot
            """
        )
        #expect(diagnostics.count == 1)
        #expect(configuration[VirtualDeliveryParameters.mailboxBase] == "/home/vmail/")
        #expect(configuration[VirtualDeliveryParameters.mailboxDomains] == ["example.org"])
        #expect(
            configuration[LocalDeliveryParameters.localRecipientMaps] == ["ldap:/etc/relais/virtual_mailbox_maps.cf"]
        )
        #expect(configuration[SMTPServerParameters.relayRestrictions].count == 3)
        #expect(configuration[QueueManagerParameters.relayhost].isEmpty)
        #expect(configuration[QueueManagerParameters.virtualTransport] == "dovecot")
    }

    @Test func `a relay host and several domains`() {
        let (configuration, diagnostics) = read(
            """
            myhostname = mail.example.com
            mydomain = example.com
            myorigin = $mydomain
            inet_interfaces = all
            mydestination = $myhostname, localhost.$mydomain, localhost
            mynetworks = 127.0.0.0/8
            relay_domains = $mydestination
            home_mailbox = Maildir/
            virtual_mailbox_domains = example.com, other.com
            virtual_alias_maps = hash:/etc/relais/virtual
            smtpd_tls_cert_file = /etc/ssl/certs/mail.crt
            smtp_tls_security_level = may # STARTTLS
            relayhost = [smtp.relay.example]:587
            """
        )
        #expect(configuration[QueueManagerParameters.relayhost] == ["[smtp.relay.example]:587"])
        #expect(
            configuration[GeneralParameters.relayDomains] == ["mail.example.com", "localhost.example.com", "localhost"]
        )
        #expect(configuration[TLSParameters.smtpdTLSKeyFile] == "/etc/ssl/certs/mail.crt")
        #expect(configuration[CleanupParameters.virtualAliasDomains] == ["hash:/etc/relais/virtual"])
        #expect(diagnostics.allSatisfy { $0.contains("smtp_tls_security_level") })
    }
}
