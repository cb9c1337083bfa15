// SPDX-License-Identifier: Apache-2.0

import MailConfiguration

/// A folder of configuration files in memory.
struct MemoryFiles {
    let files: [String: String]

    var source: DovecotParser.Source {
        let files = files
        return DovecotParser.Source { pattern in
            guard let star = pattern.firstIndex(of: "*") else { return files[pattern] == nil ? [] : [pattern] }
            let head = String(pattern[..<star])
            let tail = String(pattern[pattern.index(after: star)...])
            return files.keys.filter { $0.hasPrefix(head) && $0.hasSuffix(tail) }.sorted()
        } read: { path in
            files[path].map { .success(Array($0.utf8)) } ?? .failure(BadValue("cannot be read: ENOENT"))
        }
    }

    func load(_ file: String = "dovecot.conf") -> (configuration: DovecotConfiguration, diagnostics: [String]) {
        let (configuration, diagnostics) = DovecotConfiguration.load(file: file, source: source)
        return (configuration, diagnostics.map(\.description))
    }
}

/// Reads a dovecot.conf out of a string; those of `info` are left out.
func readDovecot(_ text: String) -> (configuration: DovecotConfiguration, diagnostics: [String]) {
    let (configuration, diagnostics) = DovecotConfiguration.parse(
        Array(text.utf8),
        file: "dovecot.conf",
        source: MemoryFiles(files: [:]).source
    )
    return (configuration, diagnostics.filter { $0.severity > .info }.map(\.description))
}

/// What people really write, in short.
enum DovecotFixtures {
    /// A server for system accounts with mbox.
    static let systemUsers = """
        protocols = imap pop3

        listen = *, ::

        login_greeting = Oui allo j'ecoute ?   # said to everybody
        disable_plaintext_auth = no
        auth_username_format = %Lu
        mail_location = mbox:~/mail:INBOX=/var/spool/mail/%u
        """

    /// Virtual users in a directory, and sockets for a mail server.
    static let directoryUsers = """
        auth_mechanisms = plain login
        disable_plaintext_auth = no
        mail_uid = vmail
        mail_gid = vmail
        login_log_format_elements = "user=<%u> method=%m rip=%r lip=%l mpid=%e %c %k"
        protocols = imap
        listen = * #every address

        userdb {
          args = /etc/dovecot/dovecot-ldap-user.conf.ext
          driver = ldap
        }
        passdb {
          args = /etc/dovecot/dovecot-ldap-pass.conf.ext
          driver = ldap
        }
        service auth {
          unix_listener /var/spool/postfix/private/auth_dovecot {
            group = postfix
            mode = 0660
            user = postfix
          }
          unix_listener auth-userdb {
            mode = 0600
            user = vmail #only this account
          }
          user = root #as root
        }
        service dict {
            unix_listener dict {
                mode = 0660
                user = vmail
                group = vmail
            }
        }
        """

    /// The language of 2.4.
    static let modern = """
        dovecot_config_version = 2.4.0
        dovecot_storage_version = 2.4.0

        protocols {
          imap = yes
          lmtp = yes
        }

        mail_home = /srv/mail/%{user}
        mail_driver = sdbox
        mail_path = ~/mail
        mail_uid = vmail
        mail_gid = vmail
        #first_valid_uid = 100

        namespace inbox {
          inbox = yes
          separator = /
        }

        passdb pam {
        }

        ssl_server_cert_file = /etc/dovecot/ssl-cert.pem
        ssl_server_key_file = /etc/dovecot/ssl-key.pem

        protocol lda {
          mail_plugins {
            sieve = yes
          }
        }
        sieve_extensions {
          vacation-seconds = yes
        }
        sieve_vacation_min_period = 1h
        """

    /// A private server on high ports with a passwd-file.
    static let passwdFile = """
        protocols = imap pop3 lmtp
        listen = 127.0.0.1
        base_dir = /tmp/run
        login_trusted_networks =
        auth_mechanisms = plain login cram-md5 scram-sha-256
        auth_username_format = %Ln
        ssl = yes
        ssl_cert = </tmp/tls/cert.pem
        ssl_key = </tmp/tls/key.pem
        ssl_dh =
        first_valid_uid = 8
        mail_home = /tmp/mail/%n
        mail_location = maildir:~/Maildir
        mail_max_userip_connections = 0
        mail_plugins = quota
        passdb {
          driver = passwd-file
          args = scheme=plain username_format=%u /tmp/users
        }
        userdb {
          driver = static
          args = uid=8 gid=8 home=/tmp/mail/%n
        }
        namespace inbox {
          inbox = yes
          separator = /
          mailbox Drafts {\u{20}
            special_use = \\Drafts\u{20}
          }
          mailbox "Sent Messages" {
            special_use = \\Sent
            auto = subscribe
          }
        }
        plugin {
          quota = count:User quota
          sieve = file:~/sieve;active=~/.dovecot.sieve
        }
        protocol imap {
          mail_plugins = $mail_plugins imap_quota
          mail_max_userip_connections = 5
        }
        service imap-login {
          inet_listener imap {\u{20}
            port = 20143\u{20}
          }
          inet_listener imaps {
            port = 20993
            ssl = yes
          }
          service_count = 0
          client_limit = 500
        }
        """
}
