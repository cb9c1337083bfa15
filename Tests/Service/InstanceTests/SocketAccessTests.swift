// SPDX-License-Identifier: Apache-2.0
import MailConfiguration
import POSIX
import Testing

@testable import Instance

/// Whose the sockets of an instance of root are.
@Suite struct SocketAccessTests {
    private static let uids: [AccountRole: UInt32] = [.mailOwner: 901, .network: 902, .secrets: 903, .login: 904]

    /// Accounts as an installed relais has them, group numbers a thousand above those of the users.
    private let accounts = Accounts(
        isRoot: true,
        identities: Dictionary(
            uniqueKeysWithValues: uids.map {
                ($0.key, Identity(name: $0.key.rawValue, uid: $0.value, gid: $0.value + 1000))
            }
        ),
        dropGroup: 2000,
        own: Identity(name: "root", uid: 0, gid: 0)
    )

    private func access(of services: [ServiceDefinition], _ name: String) -> ListenerSpecification.Access? {
        services.flatMap(\.listeners).first { $0.name == name }?.access
    }

    private var addresses: InternetAddresses { InternetAddresses(main: main, resolver: .system) }
    private var main: MainConfiguration {
        MainConfiguration.parse(
            Array("queue_directory = /q\n".utf8),
            file: "/etc/relais/main.cf",
            directory: "/etc/relais",
            hostFacts: .loopback
        ).0
    }

    @Test(
        arguments: [
            ("cleanup unix n - n - 0 cleanup", "cleanup", 901, 1902, 0o660),
            ("qmgr unix n - n 300 1 qmgr", "qmgr", 901, 1901, 0o600),
            ("virtual unix - - n - - virtual", "virtual", 901, 1901, 0o600),
            ("box unix - - n - - local", "box", 901, 1901, 0o600),
            ("smtpd pass - - n - - smtpd", "smtpd", 902, 1901, 0o660),
            ("smtpd unix n - n - - smtpd", "smtpd", 902, 1902, 0o666),
            ("other unix - - n - - theirs", "other", 901, 1901, 0o600),
            ("other unix n - n - - theirs", "other", 901, 1901, 0o666),
        ] as [(String, String, UInt32, UInt32, UInt32)]
    )
    func `A socket belongs to its program's account, and only its callers may connect`(
        line: String,
        name: String,
        owner: UInt32,
        group: UInt32,
        mode: UInt32
    ) {
        var derived = MasterServices(main: main, accounts: accounts, addresses: addresses)
        derived.derive(
            MasterConfiguration.parse(Array("\(line)\n".utf8), file: "/etc/relais/master.cf").entries,
            file: "/etc/relais/master.cf"
        )
        #expect(
            access(of: derived.services, name) == ListenerSpecification.Access(owner: owner, group: group, mode: mode)
        )
        #expect(
            access(of: derived.services, "proxymap")
                == ListenerSpecification.Access(owner: 903, group: 1903, mode: 0o666)
        )
    }

    private func dovecot(_ text: String) -> DovecotServices {
        let (configuration, _) = DovecotConfiguration.parse(
            Array("protocols = imap\n\(text)".utf8),
            file: "/etc/relais/dovecot.conf"
        )
        var services = DovecotServices(
            configuration,
            file: "/etc/relais/dovecot.conf",
            queueDirectory: "/q",
            accounts: accounts,
            addresses: addresses
        )
        services.derive()
        return services
    }

    @Test(
        arguments: [
            ("private/auth", 903, 1902, 0o660), ("private/auth-master", 903, 1901, 0o660),
            ("private/auth-ticket", 903, 1903, 0o666), ("login/auth", 903, 1904, 0o660),
            ("login/imap", 901, 1904, 0o660),
        ] as [(String, UInt32, UInt32, UInt32)]
    )
    func `Sockets of auth and of readers have one other account that connects, and tickets are everybody's`(
        name: String,
        owner: UInt32,
        group: UInt32,
        mode: UInt32
    ) {
        #expect(
            access(of: dovecot("").services, name)
                == ListenerSpecification.Access(owner: owner, group: group, mode: mode)
        )
    }

    @Test(.enabled(if: (try? Identity.named("postfix")) == nil, "there is an account of Postfix here"))
    func `Names of the originals' accounts mean relais' own where there are no such accounts`() throws {
        let services = dovecot(
            """
            service auth {
              unix_listener /var/spool/postfix/private/sasl {
                mode = 0660
                user = postfix
                group = postdrop
              }
              unix_listener own {
                user = dovenull
                group = dovecot
              }
              unix_listener wrong {
                user = postfxi
              }
            }

            """
        )
        let hasPostfix = OriginalAccounts.hasPostfix()
        let sasl = services.services[0].listeners.first { $0.name == "/var/spool/postfix/private/sasl" }
        #expect(sasl?.address == .unix(path: hasPostfix ? "/var/spool/postfix/private/sasl" : "/q/private/sasl"))
        #expect(sasl?.access == ListenerSpecification.Access(owner: 901, group: 2000, mode: 0o660))
        let own = access(of: services.services, "own")
        #expect(own?.owner == 904 && own?.group == 1903)
        let infos = services.diagnostics.filter { $0.severity == .info }
        #expect(infos.contains { $0.message == "there is no user postfix; mailOwner is meant" && $0.line > 0 })
        #expect(
            services.diagnostics.filter { $0.severity == .error }.map(\.message) == ["the user postfxi does not exist"]
        )
    }
}
