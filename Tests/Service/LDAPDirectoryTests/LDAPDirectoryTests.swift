// SPDX-License-Identifier: Apache-2.0
import BlockingPool
import LDAPDirectory
import TestSupport
import Testing

/// Look-ups in a real slapd, an option of ldap_table(5) after the other.
@Suite(.enabled(if: TestDirectory.isInstalled, "\(TestDirectory.reason)"), .timeLimit(.minutes(5)))
struct LDAPDirectoryTests {
    private let directory: TestDirectory

    init() async throws {
        directory = try await Fixture.shared.value
    }

    private var server: String { "server_host = 127.0.0.1:\(directory.port)" }
    private var byMail: [String] { [server, "query_filter = (mail=%s)"] }

    @Test func `several values come joined by commas, another key is not found`() async throws {
        #expect(try await Fixture.lookup("alice@example.test", byMail) == "alice@host.test,alice@other.test")
        #expect(try await Fixture.lookup("nobody@example.test", byMail) == nil)
        #expect(try await Fixture.lookup("alice", [server]) == "alice@host.test,alice@other.test", "the default filter")
    }

    @Test func `several entries come joined by commas`() async throws {
        let found = try await Fixture.lookup("staff", [server, "query_filter = (description=%s)"])
        #expect(Set((found ?? "").split(separator: ",")) == ["bob", "bert@host.test"])
    }

    @Test func `non-ASCII keys and values go through as UTF-8`() async throws {
        #expect(try await Fixture.lookup("zoë@example.test", [server]) == "zoë@höst.test")
        #expect(try await Fixture.lookup("zoë", [server]) == "zoë@höst.test")
    }

    @Test(arguments: ["*", "a*", "alice)(uid=*", "*)(objectClass=*", "\\2a", "\0", "alice\0", "(", ")", "\\"])
    func `what is special in a filter is but text in a key`(key: String) async throws {
        #expect(try await Fixture.lookup(key, [server]) == nil)
    }

    @Test func `a value with all that is special is found by itself`() async throws {
        #expect(try await Fixture.lookup("a*(b)\\c", [server]) == "strange")
    }

    @Test func `a search base is made of the key, whatever is in it`() async throws {
        let lines = [
            server, "search_base = uid=%s, \(TestDirectory.suffix)", "query_filter = (objectClass=*)", "scope = base",
        ]
        #expect(try await Fixture.lookup("bob", lines) == "bob")
        #expect(try await Fixture.lookup("a,b=\"c\"", lines) == "comma")
        #expect(try await Fixture.lookup("bob,dc=example,dc=test", lines) == nil)
        #expect(try await Fixture.lookup("no such", lines) == nil, "a base that need not exist")
        #expect(try await Fixture.lookup("\0 #+;<>", lines) == nil)
    }

    @Test func `a fixed search base that does not exist is an error, not an empty table`() async throws {
        let failure = try await Fixture.failure("bob", [server, "search_base = ou=typo,\(TestDirectory.suffix)"])
        #expect(failure.description.contains("No such object"))
        #expect(!failure.isOutOfReach)
    }

    @Test func `the scope holds`() async throws {
        let filter = "query_filter = (uid=%s)"
        #expect(try await Fixture.lookup("deep", [server, filter]) == "deep")
        #expect(try await Fixture.lookup("deep", [server, filter, "scope = one"]) == nil)
        #expect(try await Fixture.lookup("bob", [server, filter, "scope = one"]) == "bob")
        #expect(try await Fixture.lookup("bob", [server, filter, "scope = base"]) == nil)
    }

    @Test func `attributes and formats are those of the table`() async throws {
        let attribute = byMail + ["result_attribute = mailbox"]
        #expect(try await Fixture.lookup("alice@example.test", attribute) == "example.test/alice/")
        let both = byMail + ["result_attribute = maildrop, mailbox", "result_format = <%s>"]
        let found = try await Fixture.lookup("alice@example.test", both)
        #expect(
            Set((found ?? "").split(separator: ",")) == [
                "<alice@host.test>", "<alice@other.test>", "<example.test/alice/>",
            ]
        )
        let parts = byMail + ["result_format = %u at %d for %U (%1)"]
        #expect(
            try await Fixture.lookup("alice@example.test", parts)
                == "alice at host.test for alice (test),alice at other.test for alice (test)"
        )
        #expect(try await Fixture.lookup("bob@example.test", parts) == nil, "bob's maildrop has no domain")
        #expect(try await Fixture.lookup("bob@example.test", byMail + ["result_attribute = mailbox"]) == nil)
    }

    @Test func `limits that are exceeded are errors, limits that are met are none`() async throws {
        let two = try await Fixture.lookup("alice@example.test", byMail + ["expansion_limit = 2"])
        #expect(two == "alice@host.test,alice@other.test")
        let one = try await Fixture.failure("alice@example.test", byMail + ["expansion_limit = 1", "size_limit = 5"])
        #expect(one.description.contains("expansion_limit = 1") && !one.isOutOfReach)
        let staff = [server, "query_filter = (description=%s)"]
        let size = try await Fixture.failure("staff", staff + ["size_limit = 1"])
        #expect(size.description.contains("size_limit = 1") && !size.isOutOfReach)
        #expect(try await Fixture.lookup("staff", staff + ["size_limit = 2"]) != nil)
    }

    @Test func `values that are no text of one line are errors`() async throws {
        for (key, lines) in [("binary", ["result_attribute = blob"]), ("lines", [])] {
            let failure = try await Fixture.failure(key, [server] + lines)
            #expect(!failure.isOutOfReach, "\(failure)")
        }
    }

    @Test func `a broken filter is an error of the question, not of the server`() async throws {
        let failure = try await Fixture.failure("x", [server, "query_filter = (((uid=%s)"])
        #expect(failure.description.contains("filter") && !failure.isOutOfReach, "\(failure)")
    }

    @Test func `aliases of the directory are followed where the table says so`() async throws {
        let lines = [server, "search_base = ou=alias,\(TestDirectory.suffix)", "query_filter = (uid=%s)"]
        #expect(try await Fixture.lookup("bob", lines) == nil)
        #expect(try await Fixture.lookup("bob", lines + ["dereference = 3"]) == "bob")
    }

    @Test func `name and password are checked by the server`() async throws {
        let (name, password) = TestDirectory.administrator
        let right = byMail + ["bind_dn = \(name)", "bind_pw = \(password)"]
        #expect(try await Fixture.lookup("bob@example.test", right) == "bob")
        let wrong = try await Fixture.failure("bob@example.test", byMail + ["bind_dn = \(name)", "bind_pw = wrong"])
        #expect(wrong.description.contains("Invalid credentials"))
        #expect(wrong.isOutOfReach, "so that the breaker keeps a wrong password from being tried for each message")
        #expect(!wrong.description.contains("wrong"))
        #expect(try await Fixture.lookup("bob@example.test", byMail + ["bind = no"]) == "bob")
    }

    @Test func `version 2 is what it is by default, and this server does not want it`() async throws {
        let failure = try await Fixture.failure("bob@example.test", byMail + ["version = 2"])
        #expect(failure.description.contains("historical protocol version"), "\(failure)")
    }

    @Test func `a socket of the file system serves as well`() async throws {
        let path = directory.socket.split(separator: "/").map { "%2F\($0)" }.joined()
        let lines = ["server_host = ldapi://\(path)", "query_filter = (mail=%s)"]
        #expect(try await Fixture.lookup("bob@example.test", lines) == "bob")
    }

    @Test func `the next server is asked where one does not listen`() async throws {
        let lines = [
            "server_host = ldapi://%2Fnowhere 127.0.0.1:\(Ports.free()), ldap://127.0.0.1:\(directory.port)",
            "query_filter = (mail=%s)",
        ]
        #expect(try await Fixture.lookup("bob@example.test", lines) == "bob")
        let none = try await Fixture.failure("bob@example.test", ["server_host = 127.0.0.1:\(Ports.free())"])
        #expect(none.isOutOfReach && none.description.contains("refused"), "\(none)")
    }

    // MARK: TLS

    @Test(arguments: [true, false])
    func `TLS with the right authority, by ldaps and by StartTLS`(isStartTLS: Bool) async throws {
        let lines = tls(isStartTLS) + ["tls_require_cert = yes", "tls_ca_cert_file = \(directory.certificate)"]
        #expect(try await Fixture.lookup("bob@example.test", lines) == "bob")
    }

    @Test(arguments: [true, false])
    func `a certificate of another authority is refused where one is required`(isStartTLS: Bool) async throws {
        let other = try TestCertificate()
        let required = tls(isStartTLS) + ["tls_ca_cert_file = \(other.certificate)"]
        let failure = try await Fixture.failure("bob@example.test", required + ["tls_require_cert = yes"])
        #expect(failure.isOutOfReach && failure.description.contains("certificate"), "\(failure)")
        #expect(try await Fixture.lookup("bob@example.test", required) == "bob", "not required, not checked")
    }

    @Test func `a certificate for another name is refused`() async throws {
        // The certificate names 127.0.0.1, not the whole network.
        let lines = [
            "server_host = ldaps://127.0.0.1.:\(directory.tlsPort)", "query_filter = (mail=%s)",
            "tls_require_cert = yes",
            "tls_ca_cert_file = \(directory.certificate)",
        ]
        let failure = try await Fixture.failure("bob@example.test", lines)
        #expect(failure.isOutOfReach)
    }

    @Test func `a server that wants a certificate gets the table's`() async throws {
        let strict = try TestDirectory(entries: Fixture.entries) { folder in
            ["TLSVerifyClient demand", "TLSCACertificateFile \(folder["cert.pem"])"]
        }
        try await strict.start()
        let lines = ["server_host = ldaps://127.0.0.1:\(strict.tlsPort)", "query_filter = (mail=%s)"]
        #expect(try await Fixture.failure("bob@example.test", lines).isOutOfReach)
        let own = ["tls_cert = \(strict.certificate)", "tls_key = \(strict.folder["key.pem"])"]
        #expect(try await Fixture.lookup("bob@example.test", lines + own) == "bob")
    }

    @Test func `authorities come from a folder too, and ciphers from the table`() async throws {
        let authorities = TemporaryFolder()
        try authorities.write("ca.pem", directory.folder.read("cert.pem"))
        let required = tls(false) + ["tls_require_cert = yes", "tls_ca_cert_dir = \(authorities.path)"]
        #expect(try await Fixture.lookup("bob@example.test", required) == "bob")
        #expect(try await Fixture.lookup("bob@example.test", required + ["tls_cipher_suite = SECURE128"]) == "bob")
        let settings = try Fixture.settings(tls(false) + ["tls_cipher_suite = NO-SUCH-CIPHER"])
        #expect(throws: BlockingFailure.self) { try LDAPDirectory(settings) }
    }

    @Test func `files that cannot be read are told when the table is opened`() throws {
        let settings = try Fixture.settings(["start_tls = yes", "tls_ca_cert_file = /nonexistent/ca.pem"])
        #expect(throws: BlockingFailure.self) { try LDAPDirectory(settings) }
    }

    private func tls(_ isStartTLS: Bool) -> [String] {
        let filter = "query_filter = (mail=%s)"
        guard isStartTLS else { return ["server_host = ldaps://127.0.0.1:\(directory.tlsPort)", filter] }
        return [server, filter, "start_tls = yes"]
    }
}
