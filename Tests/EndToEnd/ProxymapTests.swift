// SPDX-License-Identifier: Apache-2.0
import EventLoop
import LookupTables
import Service
import TestSupport
import Testing

extension EndToEnd {
    /// The service that asks directories, in a running instance.
    @Suite(.enabled(if: TestDirectory.isInstalled, "\(TestDirectory.reason)"))
    struct Proxymap {
        private static let entries = """
            dn: uid=ann,\(TestDirectory.suffix)
            objectClass: mailAccount
            uid: ann
            maildrop: ann@host.test


            """

        private static func table(_ directory: TestDirectory, _ more: String = "") -> String {
            """
            server_host = 127.0.0.1:\(directory.port)
            version = 3
            search_base = \(TestDirectory.suffix)
            query_filter = (uid=%s)
            bind_dn = \(TestDirectory.administrator.name)
            bind_pw = \(TestDirectory.administrator.password)
            \(more)

            """
        }

        @Test func `it answers what the configuration names and nothing else, and reads a changed file anew`()
            async throws
        {
            let directory = try TestDirectory(entries: Self.entries)
            try await directory.start()
            try await MailInstance.running(
                { setup, folder in
                    // Readable to root alone, as a file with a password should be.
                    _ = try? folder.write("etc/people.cf", Self.table(directory), mode: 0o600)
                    _ = try? folder.write("etc/other.cf", Self.table(directory), mode: 0o600)
                    _ = try? folder.write("etc/broken.cf", "server_hots = x\n")
                    // By a name, and with TLS whose authority root alone may read.
                    _ = try? folder.write(
                        "etc/named.cf",
                        Self.table(directory, "server_host = localhost:\(directory.port)")
                    )
                    _ = try? folder.write("etc/ca.pem", directory.folder.read("cert.pem"), mode: 0o600)
                    let secure = "start_tls = yes\ntls_require_cert = yes\ntls_ca_cert_file = \(folder["etc/ca.pem"])"
                    _ = try? folder.write("etc/secure.cf", Self.table(directory, secure))
                    setup.main.append(
                        "virtual_things = ldap:\(folder["etc/named.cf"]), ldap:\(folder["etc/secure.cf"])"
                    )
                    setup.main.append(
                        "proxy_read_maps = proxy:ldap:\(folder["etc/people.cf"]) ldap:\(folder["etc/broken.cf"])"
                    )
                },
                { instance in
                    let people = "ldap:\(instance.folder["etc/people.cf"])"
                    let client = try await onLoop {
                        ProxymapClient(path: instance.folder["spool/private/proxymap"])
                    }
                    #expect(try await Self.ask(client, people, "ann") == "ann@host.test")
                    #expect(try await Self.ask(client, "proxy:\(people)", "ann") == "ann@host.test")
                    #expect(try await Self.ask(client, people, "bob") == nil)
                    for name in ["named", "secure"] {
                        let table = "ldap:\(instance.folder["etc/\(name).cf"])"
                        #expect(try await Self.ask(client, table, "ann") == "ann@host.test", "\(name)")
                    }
                    await #expect(throws: LookupError.self) {
                        try await Self.ask(client, "ldap:\(instance.folder["etc/other.cf"])", "ann")
                    }
                    await #expect(throws: LookupError.self) {
                        try await Self.ask(client, "ldap:\(instance.folder["etc/broken.cf"])", "ann")
                    }
                    #expect(instance.log.contains("other.cf is not in the configuration"))
                    #expect(instance.log.contains("broken.cf:1: error"))
                    #expect(!instance.log.contains(TestDirectory.administrator.password))

                    let many = try await onLoop { () async in
                        let answers = Channel<String?>()
                        for _ in 0..<100 {
                            Loop.spawn { answers.send(try? await client.lookup("ann", in: people)) }
                        }
                        var values: [String?] = []
                        for _ in 0..<100 { values.append(await answers.next() ?? nil) }
                        return values
                    }
                    #expect(many.allSatisfy { $0 == "ann@host.test" }, "\(many)")

                    try instance.folder.write(
                        "etc/people.cf",
                        Self.table(directory, "result_format = <%s>"),
                        mode: 0o600
                    )
                    try await waiting(until: "the changed file counts", seconds: 120) {
                        try await Self.ask(client, people, "ann") == "<ann@host.test>"
                    }
                }
            )
        }

        @Test func `while a directory is frozen its table is answered with errors, others are served, and it recovers`()
            async throws
        {
            let (frozen, other) = (try TestDirectory(entries: Self.entries), try TestDirectory(entries: Self.entries))
            try await frozen.start()
            try await other.start()
            try await MailInstance.running(
                { setup, folder in
                    _ = try? folder.write("etc/frozen.cf", Self.table(frozen, "timeout = 15"))
                    _ = try? folder.write("etc/other.cf", Self.table(other))
                    setup.main.append(
                        "proxy_read_maps = ldap:\(folder["etc/frozen.cf"]), ldap:\(folder["etc/other.cf"])"
                    )
                },
                { instance in
                    let (slow, quick) = (
                        "ldap:\(instance.folder["etc/frozen.cf"])", "ldap:\(instance.folder["etc/other.cf"])"
                    )
                    let client = try await onLoop {
                        ProxymapClient(path: instance.folder["spool/private/proxymap"])
                    }
                    #expect(try await Self.ask(client, slow, "ann") == "ann@host.test")
                    frozen.freeze()
                    let order = try await onLoop { () async in
                        let order = Channel<String>()
                        // More than there are slots, so that the queue is full of them too.
                        for _ in 0..<20 {
                            Loop.spawn {
                                let found = try? await client.lookup("ann", in: slow)
                                order.send(found == nil ? "error" : "answer")
                            }
                        }
                        Loop.spawn { order.send(((try? await client.lookup("ann", in: quick)) ?? nil) ?? "no answer") }
                        var events: [String] = []
                        for _ in 0..<21 { events.append(await order.next() ?? "") }
                        return events
                    }
                    #expect(order.first == "ann@host.test", "\(order)")
                    #expect(order.dropFirst().allSatisfy { $0 == "error" }, "\(order)")
                    frozen.thaw()
                    try await waiting(until: "it answers again", seconds: 120) {
                        (try? await Self.ask(client, slow, "ann")) == "ann@host.test"
                    }
                    #expect(instance.log.contains("out of reach") && instance.log.contains("answers again"))
                }
            )
        }

        private static func ask(_ client: ProxymapClient, _ table: String, _ key: String) async throws -> String? {
            try await onLoop { try await client.lookup(key, in: table, timeLimit: .seconds(60)) }
        }
    }
}
