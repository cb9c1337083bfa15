// SPDX-License-Identifier: Apache-2.0

/// The defaults of dovecot.conf, in its own language: the files are laid over this text.
package enum DovecotDefaults {
    /// The name that diagnostics and listings give this text.
    package static let file = "built-in defaults"

    /// The nodes of ``text``.
    package static let nodes: [DovecotNode] = {
        var parser = DovecotParser(source: DovecotParser.Source(files: { _ in [] }, read: { _ in .success([]) }))
        return parser.parse(Array(text.utf8), file: file)
    }()

    /// Dovecot's own defaults, except the accounts and the folder, which are relais' own.
    package static let text = """
        protocols = imap pop3 lmtp
        listen = *, ::
        base_dir = /run/relais
        default_internal_user = relais
        default_login_user = relais-login
        default_client_limit = 1000
        default_process_limit = 100
        log_path = syslog
        syslog_facility = mail
        login_greeting = relais ready.
        # A password without TLS is refused, except from the host itself.
        disable_plaintext_auth = yes
        auth_mechanisms = plain
        auth_username_format = %Lu
        auth_failure_delay = 2 secs
        ssl = yes
        ssl_min_protocol = TLSv1.2
        # No mail belongs to a system account.
        first_valid_uid = 500
        last_valid_uid = 0
        first_valid_gid = 1
        last_valid_gid = 0
        mail_max_userip_connections = 10
        service imap-login {
          inet_listener imap {
            port = 143
          }
          inet_listener imaps {
            port = 993
            ssl = yes
          }
        }
        service pop3-login {
          inet_listener pop3 {
            port = 110
          }
          inet_listener pop3s {
            port = 995
            ssl = yes
          }
        }
        """
}
