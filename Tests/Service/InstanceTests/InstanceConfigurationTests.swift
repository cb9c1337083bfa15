// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailConfiguration
import POSIX
import Testing

@testable import Instance

/// From the files to services; without root, and with a name service of the test's own.
@Suite struct InstanceConfigurationTests {
    /// A folder with configuration files and executables that are only there.
    private final class Folder {
        let path = "/tmp/ri\(getpid())-\(UInt32.random(in: 0 ... .max))"

        init(main: String = "", master: String, dovecot: String? = nil, programs: [String] = []) throws {
            try FileManager.default.createDirectory(atPath: "\(path)/bin", withIntermediateDirectories: true)
            for name in ["smtpd", "qmgr", "auth", "imap-login", "imapd", "pop3-login", "pop3d"] + programs {
                try Data().write(to: URL(fileURLWithPath: "\(path)/bin/\(name)"))
            }
            let all = "queue_directory = /q\ndaemon_directory = \(path)/bin\ninet_interfaces = all\n\(main)\n"
            try all.write(toFile: "\(path)/main.cf", atomically: true, encoding: .utf8)
            try master.write(toFile: "\(path)/master.cf", atomically: true, encoding: .utf8)
            try dovecot?.write(toFile: "\(path)/dovecot.conf", atomically: true, encoding: .utf8)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func load() -> (InstanceConfiguration, [Diagnostic]) {
            InstanceConfiguration.load(
                directory: path,
                isRoot: false,
                resolver: InternetAddresses.Resolver(
                    port: { $0 == "smtp" ? 25 : UInt16($0) },
                    addresses: { host, port in
                        if let address = SocketAddress(host: host, port: port) { return [address] }
                        return host == "both.test"
                            ? [.ipv4([192, 0, 2, 1], port: port), .ipv6(Array(repeating: 9, count: 16), port: port)]
                            : []
                    }
                )
            )
        }
    }

    private func listeners(_ configuration: InstanceConfiguration, _ service: String) -> [String] {
        configuration.services.first { $0.name == service }?.listeners.map { "\($0.argument) \($0.address)" } ?? []
    }

    @Test(arguments: [
        ("smtp", "", ["0.0.0.0:25", "[::]:25"]),
        ("smtp", "inet_protocols = ipv4", ["0.0.0.0:25"]),
        ("smtp", "inet_protocols = ipv6", ["[::]:25"]),
        ("2525", "inet_interfaces = loopback-only", ["127.0.0.1:2525", "[::1]:2525"]),
        ("smtp", "inet_interfaces = 192.0.2.7, [2001:db8::1]", ["192.0.2.7:25", "[2001:db8::1]:25"]),
        ("[::1]:2525", "", ["[::1]:2525"]),
        ("127.0.0.1:smtp", "", ["127.0.0.1:25"]),
        ("both.test:smtp", "inet_protocols = ipv4", ["192.0.2.1:25"]),
    ])
    func `An inet service listens where name, inet_interfaces and inet_protocols say`(
        name: String,
        main: String,
        addresses: [String]
    ) throws {
        let folder = try Folder(main: main, master: "\(name) inet n - n - - smtpd\n")
        let (configuration, diagnostics) = folder.load()
        #expect(!diagnostics.containsErrors)
        #expect(listeners(configuration, name) == addresses.map { "\(name) \($0)" })
    }

    @Test(arguments: [
        ("nosuchport inet n - n - - smtpd", "the port \"nosuchport\" is not known"),
        ("nohost.test:25 inet n - n - - smtpd", "the host \"nohost.test\" has no address"),
        ("25 inet n - n - - smtpd\n0.0.0.0:25 inet n - n - - smtpd", "0.0.0.0:25 is taken by"),
        ("x unix n - n - - /bin/sh", "the command is a name in daemon_directory"),
        ("x unix n - n - - nothere", "nothere; it is not started"),
    ])
    func `What cannot be run is told with its line`(master: String, text: String) throws {
        let folder = try Folder(master: master + "\n")
        let (_, diagnostics) = folder.load()
        let about = diagnostics.filter { $0.message.contains(text) }
        #expect(about.count == 1)
        #expect(about.allSatisfy { $0.file == "\(folder.path)/master.cf" && $0.line > 0 })
    }

    @Test func `A service without its executable is left out, and the others stay`() throws {
        let folder = try Folder(master: "a unix n - n - - nothere\nb unix - - n 300 1 qmgr\n")
        let (configuration, diagnostics) = folder.load()
        #expect(!diagnostics.containsErrors)
        #expect(configuration.services.map(\.name) == ["b"])
        let service = try #require(configuration.services.first)
        #expect(service.processLimit == 1 && service.wakeUp.seconds == 300)
        #expect(service.listeners.first?.address == .unix(path: "/q/private/b"))
    }

    @Test(arguments: [
        ("rewrite unix - - y - - trivial-rewrite", "each daemon resolves addresses in place"),
        ("proxywrite unix - - n - 1 proxymap", "nothing writes to tables"),
        ("postlog unix-dgram n - n - 1 postlogd", "each daemon writes its own log lines"),
    ])
    func `A line for what relais does otherwise is noted and starts nothing`(line: String, reason: String) throws {
        let folder = try Folder(master: "qmgr unix n - n 300 1 qmgr\n\(line)\n", programs: ["proxymap"])
        let (configuration, diagnostics) = folder.load()
        #expect(diagnostics.contains { $0.severity == .info && $0.line == 2 && $0.message.contains(reason) })
        #expect(!diagnostics.contains { $0.severity != .info && $0.line == 2 })
        #expect(configuration.services.map(\.name) == ["qmgr", "proxymap"])
    }

    @Test func `What relais needs runs without a line, and a line of its name sets processes and overrides`() throws {
        let without = try Folder(master: "qmgr unix n - n 300 1 qmgr\n", programs: ["proxymap"]).load()
        let implied = try #require(without.0.services.first { $0.name == "proxymap" })
        #expect(implied.isImplied && implied.listeners.map(\.address) == [.unix(path: "/q/private/proxymap")])
        #expect(!without.1.containsErrors)
        let line = "proxymap unix - - n - 7 proxymap -o max_idle=9\n"
        let with = try Folder(master: "qmgr unix n - n 300 1 qmgr\n\(line)", programs: ["proxymap"]).load()
        let named = with.0.services.filter { $0.name == "proxymap" }
        #expect(named.map(\.processLimit) == [7] && named.map(\.overrides) == [["max_idle=9"]])
        // Not yet installed, as while an upgrade goes on: nothing to say, since nobody has asked for it.
        let absent = try Folder(master: "qmgr unix n - n 300 1 qmgr\n").load()
        #expect(absent.0.services.map(\.name) == ["qmgr"] && absent.1 == [])
    }

    @Test func `A queue folder with mail of a Postfix is refused`() throws {
        let folder = try Folder(main: "", master: "qmgr unix n - n 300 1 qmgr\n")
        let queue = "\(folder.path)/spool"
        try FileManager.default.createDirectory(atPath: "\(queue)/deferred/A", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(queue)/incoming/0", withIntermediateDirectories: true)
        try "queue_directory = \(queue)\n".appended(to: "\(folder.path)/main.cf")
        try "Some text that is no message of Postfix".write(
            toFile: "\(queue)/incoming/0/odd",
            atomically: true,
            encoding: .utf8
        )
        #expect(!folder.load().1.contains { $0.message.contains("Postfix") })
        try "C_            1234             567".write(
            toFile: "\(queue)/deferred/A/A1B2C3",
            atomically: true,
            encoding: .utf8
        )
        let errors = folder.load().1.filter { $0.severity == .error }
        #expect(
            errors.map { $0.message.contains("\(queue)/deferred/A/A1B2C3 is mail in the queue of a Postfix") } == [true]
        )
        #expect(errors.first?.line == 5)
    }

    @Test func `Where nothing can be started there is an error`() throws {
        let folder = try Folder(master: "a unix n - n - - nothere\n")
        #expect(folder.load().1.contains { $0.severity == .error && $0.message.contains("no service") })
    }

    @Test func `Without dovecot.conf nobody reads mail`() throws {
        let folder = try Folder(master: "qmgr unix n - n 300 1 qmgr\n")
        let (configuration, _) = folder.load()
        #expect(configuration.dovecot == nil)
        #expect(configuration.services.map(\.name) == ["qmgr"])
    }

    @Test func `dovecot.conf asks for auth, and for two services a protocol`() throws {
        let folder = try Folder(
            master: "qmgr unix n - n 300 1 qmgr\n",
            dovecot: "protocols = imap pop3\nlisten = *\nssl = yes\nssl_cert = </c\nssl_key = </k\n"
        )
        let (configuration, _) = folder.load()
        let names = configuration.services.map(\.name)
        #expect(names == ["qmgr", "auth", "imap-login", "imap", "pop3-login", "pop3"])
        #expect(listeners(configuration, "imap-login") == ["imap 0.0.0.0:143", "imaps+ssl 0.0.0.0:993"])
        #expect(listeners(configuration, "pop3-login") == ["pop3 0.0.0.0:110", "pop3s+ssl 0.0.0.0:995"])
        #expect(listeners(configuration, "imap") == ["login/imap /q/login/imap"])
        #expect(configuration.services.first { $0.name == "imap" }?.program == "imapd")
        #expect(
            listeners(configuration, "auth") == [
                "private/auth /q/private/auth", "private/auth-master /q/private/auth-master",
                "private/auth-ticket /q/private/auth-ticket", "login/auth /q/login/auth",
            ]
        )
        #expect(
            configuration.services.first { $0.name == "auth" }?.listeners.map(\.access.mode)
                == [0o660, 0o660, 0o666, 0o660]
        )
    }

    @Test(arguments: ["ssl = no\nssl_cert = </c\nssl_key = </k", "ssl = yes"])
    func `Without TLS or a certificate there are no TLS ports`(tls: String) throws {
        let folder = try Folder(master: "qmgr unix n - n - 1 qmgr\n", dovecot: "protocols = imap\nlisten = *\n\(tls)\n")
        #expect(listeners(folder.load().0, "imap-login") == ["imap 0.0.0.0:143"])
    }

    @Test func `Listeners of service sections replace, add and remove`() throws {
        let folder = try Folder(
            master: "qmgr unix n - n - 1 qmgr\n",
            dovecot: """
                protocols = imap
                listen = *
                base_dir = /run/base
                service imap-login {
                  process_limit = 3
                  process_min_avail = 2
                  inet_listener imap {
                    port = 10143
                    address = 127.0.0.1
                  }
                  inet_listener imaps {
                    port = 0
                  }
                }
                service auth {
                  unix_listener auth-userdb {
                    mode = 0600
                  }
                  unix_listener /var/spool/other/auth {
                    mode = 0666
                  }
                  unix_listener gone {
                    mode = 0
                  }
                }

                """
        )
        let (configuration, diagnostics) = folder.load()
        #expect(!diagnostics.containsErrors)
        #expect(listeners(configuration, "imap-login") == ["imap 127.0.0.1:10143"])
        #expect(configuration.services.first { $0.name == "imap-login" }?.processLimit == 3)
        #expect(configuration.services.first { $0.name == "imap-login" }?.idleMinimum == 2)
        #expect(configuration.services.first { $0.name == "imap" }?.idleMinimum == 0)
        #expect(
            listeners(configuration, "auth").suffix(2) == [
                "auth-userdb /run/base/auth-userdb", "/var/spool/other/auth /var/spool/other/auth",
            ]
        )
    }

    @Test func `An error of any of the three files is among the diagnostics, in the order of the files`() throws {
        let folder = try Folder(
            main: "message_size_limit = 5M",
            master: "qmgr unix n - n 300 1 qmgr\nx y\n",
            dovecot: "first_valid_uid = x\n"
        )
        let errors = folder.load().1.filter { $0.severity == .error }
        #expect(
            errors.map { String($0.file.dropFirst(folder.path.count + 1)) } == ["main.cf", "master.cf", "dovecot.conf"]
        )
    }

    @Test func `The installed files are without fault`() {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../etc")
        let found = ConfigurationCheck.run(directory: root.standardized.path, hostFacts: .loopback)
        #expect(found.filter { $0.severity != .info } == [])
    }
}

extension String {
    /// Puts the text behind what a file holds.
    fileprivate func appended(to path: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(utf8))
        try handle.close()
    }
}
