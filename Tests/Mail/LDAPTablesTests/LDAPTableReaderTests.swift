// SPDX-License-Identifier: Apache-2.0
import MailConfiguration
import Testing

@testable import LDAPTables

@Suite struct LDAPTableReaderTests {
    private static func read(_ text: String) -> (settings: LDAPTableSettings?, said: [String]) {
        let (settings, diagnostics) = LDAPTableReader.read(Array(text.utf8), file: "t.cf")
        return (settings, diagnostics.map(\.description))
    }

    @Test func `what is not set has the defaults of the manual page`() throws {
        let (settings, said) = Self.read("search_base = dc=x\n")
        let table = try #require(settings)
        #expect(said == [])
        #expect(table.servers == [LDAPServer(.host("localhost", port: 389))])
        #expect(table.timeout == 10)
        #expect(table.queryFilter == (try QueryTemplate("mailacceptinggeneralid=%s")))
        #expect(table.resultFormat == (try QueryTemplate("%s")))
        #expect(table.resultAttributes == ["maildrop"])
        #expect(table.scope == .sub && table.bind == .simple && table.version == 2)
        #expect(table.expansionLimit == 0 && table.sizeLimit == 0 && table.domains == nil)
        #expect(!table.chasesReferrals && !table.tls.startTLS && !table.tls.requiresCertificate)
    }

    @Test func `all parameters are read`() throws {
        let (settings, said) = Self.read(
            """
            # A comment, and a list over two lines.
            server_host = one.example, two.example:1389
              [2001:db8::1]:390 2001:db8::2
            server_port = 3890
            timeout = 5
            search_base = ou=%d, dc=x
            query_filter = (&(mail=%s)(x=y))
            result_format = %u@%D
            domain = One.Example, two.example
            result_attribute = mail, maildrop;binary
            scope = one
            bind = yes
            bind_dn = cn=reader, dc=x
            bind_pw = pa$$ # "word"
            expansion_limit = 3
            dereference = 3
            chase_referrals = yes
            debuglevel = 1
            version = 3
            start_tls = yes
            tls_ca_cert_dir = /ca
            tls_ca_cert_file = /ca.pem
            tls_cert = /c.pem
            tls_key = /k.pem
            tls_require_cert = yes
            tls_cipher_suite = SECURE256

            """
        )
        let table = try #require(settings, "\(said)")
        #expect(said == [])
        #expect(
            table.servers == [
                LDAPServer(.host("one.example", port: 3890)), LDAPServer(.host("two.example", port: 1389)),
                LDAPServer(.host("2001:db8::1", port: 390)), LDAPServer(.host("2001:db8::2", port: 3890)),
            ]
        )
        #expect(table.timeout == 5 && table.expansionLimit == 3 && table.sizeLimit == 3)
        #expect(table.domains == ["one.example", "two.example"])
        #expect(table.resultAttributes == ["mail", "maildrop;binary"])
        #expect(table.scope == .one && table.dereference == .always && table.chasesReferrals && table.debugLevel == 1)
        #expect(table.bindDN == "cn=reader, dc=x")
        #expect(table.bindPassword == Secret("pa$$ # \"word\""))
        #expect(table.tls.startTLS && table.tls.requiresCertificate && table.version == 3)
        #expect(table.tls.caDirectory == "/ca" && table.tls.caFile == "/ca.pem")
        #expect(table.tls.certificate == "/c.pem" && table.tls.key == "/k.pem" && table.tls.cipherSuite == "SECURE256")
    }

    /// Lines after a search base, and a part of what must be said, with its line.
    static let bad = [
        (
            "server_hots = x",
            "t.cf:2: error: \"server_hots\" is no parameter of an ldap: table; did you mean \"server_host\"?"
        ),
        ("nonsense", "t.cf:2: error: the line is no \"name = value\""),
        ("server_host = http://x", "none of ldap://, ldaps://, ldapi://"),
        ("server_host =", "no server is named"),
        ("server_host = a:0", "is no port"),
        ("server_host = a:99999", "is no port"),
        ("server_host = [::1", "closing bracket"),
        ("server_host = a/b", "no host, host:port or URL"),
        ("server_host = ldapi://%zz", "broken % sequence"),
        ("server_host = ldapi://relative", "names no socket"),
        ("server_port = ldap", "server_port: \"ldap\" is no number from 1 to 65535"),
        ("timeout = 0", "timeout: \"0\" is no number"),
        ("timeout = 9223372036854775808", "is no number"),
        ("query_filter = (a=%x)", "\"%x\" is none of"),
        ("query_filter = \"(a=b)\"", "no quotes"),
        ("scope = subtree", "none of sub, base, one"),
        ("bind = sasl", "t.cf:2: error: bind: binding by SASL is not built in"),
        ("bind = maybe", "none of yes, no, simple, none"),
        ("bind_dn = cn=x", "bind_dn without bind_pw"),
        ("special_result_attribute = member", "t.cf:2: error: special_result_attribute: searches that lead to further"),
        ("leaf_result_attribute = x", "leaf_result_attribute"),
        ("terminal_result_attribute = x", "terminal_result_attribute"),
        ("result_attribute =", "no attribute is named"),
        ("result_attribute = a(b", "no attribute's name"),
        ("domain = hash:/etc/domains", "only names of domains"),
        ("dereference = 4", "is no number from 0 to 3"),
        ("version = 4", "is no number from 2 to 3"),
        ("chase_referrals = perhaps", "neither yes nor no"),
        ("start_tls = yes\nversion = 2", "t.cf:3: error: version: TLS needs version 3"),
        ("start_tls = yes\nserver_host = ldaps://x", "t.cf:2: error: start_tls"),
        ("tls_cert = /c", "tls_cert and tls_key"),
    ]

    @Test(arguments: bad)
    func `a bad value is an error with its line`(lines: String, part: String) {
        let (settings, said) = Self.read("search_base = dc=x\n\(lines)\n")
        #expect(settings == nil)
        #expect(said.contains { $0.contains(part) && $0.contains("error") }, "\(said)")
    }

    @Test func `without search_base there is no table`() {
        let (settings, said) = Self.read("version = 3\n")
        #expect(settings == nil)
        #expect(said == ["t.cf: error: search_base is not set"])
    }

    @Test(arguments: [
        ("cache = yes", "t.cf:2: warning: cache has no effect"), ("cache_size = 1", "cache_size has no effect"),
        ("sasl_mechs = gssapi", "sasl_mechs has no effect"), ("recursion_limit = 5", "recursion_limit has no effect"),
        ("tls_random_file = /dev/urandom", "tls_random_file has no effect"),
        ("timeout = 1\ntimeout = 2", "t.cf:3: warning: timeout is set again; the value of line 2 is not used"),
        ("result_format = a%s\nresult_filter = b%s", "result_filter has no effect"),
    ])
    func `what has no effect is said and changes nothing`(lines: String, part: String) {
        let (settings, said) = Self.read("search_base = dc=x\n\(lines)\n")
        #expect(settings != nil)
        #expect(said.contains { $0.contains(part) }, "\(said)")
    }

    @Test func `the old name of result_format counts where the new one is missing`() throws {
        let settings = try #require(Self.read("search_base = dc=x\nresult_filter = a%s\n").settings)
        #expect(try settings.resultFormat.result("b", key: LookupKeyParts("k")) == "ab")
    }

    @Test func `TLS asks for version 3 of the protocol by itself`() throws {
        for line in ["start_tls = yes", "server_host = ldaps://x"] {
            #expect(try #require(Self.read("search_base = dc=x\n\(line)\n").settings).version == 3)
        }
    }

    @Test(arguments: [
        ("ldap://h", LDAPServer(.host("h", port: 389))), ("LDAP://h:390/dc=x??sub", LDAPServer(.host("h", port: 390))),
        ("ldaps://h", LDAPServer(.host("h", port: 636), isTLS: true)),
        ("ldaps://[::1]:1636", LDAPServer(.host("::1", port: 1636), isTLS: true)),
        ("ldap:///", LDAPServer(.host("localhost", port: 389))),
        ("ldapi://%2Frun%2fslapd", LDAPServer(.socket(path: "/run/slapd"))),
        ("ldapi:///", LDAPServer(.socket(path: "/var/run/slapd/ldapi"))),
    ])
    func `a server is a URL too`(text: String, server: LDAPServer) throws {
        #expect(try LDAPServer(text, defaultPort: 1) == server)
    }

    @Test func `a password shows in no description`() throws {
        let settings = try #require(Self.read("search_base = dc=x\nbind_dn = cn=x\nbind_pw = hush\n").settings)
        #expect(!"\(settings)".contains("hush"))
        #expect(!String(reflecting: settings).contains("hush"))
        #expect(!"\(settings.bindPassword)".contains("hush"))
    }

    @Test func `what is no text is refused`() {
        #expect(LDAPTableReader.read([0x61, 0, 0x62], file: "t").settings == nil)
        #expect(LDAPTableReader.read(Array(repeating: 0x61, count: 2 << 20), file: "t").settings == nil)
    }

    @Test(arguments: [
        ("a@one.example", true), ("a@ONE.example", true), ("a@sub.one.example", false), ("one.example", false),
        ("@one.example", false), ("a@", false), ("", false),
    ])
    func `with a list of domains only full addresses of them are asked for`(key: String, isAsked: Bool) throws {
        let settings = try #require(Self.read("search_base = dc=x\ndomain = one.example\n").settings)
        #expect((LDAPQuery(key, settings) != nil) == isAsked)
    }

    @Test func `a key that lacks what the result format asks for is not looked up`() throws {
        let settings = try #require(Self.read("search_base = dc=x\nresult_format = %D\n").settings)
        #expect(LDAPQuery("plain", settings) == nil)
        #expect(LDAPQuery("a@b", settings) != nil)
        #expect(LDAPQuery(String(repeating: "a", count: LDAPQuery.keyLimit + 1) + "@b", settings) == nil)
    }

    @Test func `results are joined by commas, within the limits`() throws {
        let settings = try #require(Self.read("search_base = dc=x\nexpansion_limit = 2\n").settings)
        let query = try #require(LDAPQuery("k", settings))
        var results = LDAPResults(query, settings)
        #expect(results.text == nil)
        try results.add(Array("".utf8))
        try results.add(Array("a,b".utf8))
        try results.add(Array("ü".utf8))
        #expect(results.text == "a,b,ü")
        #expect(throws: LDAPResults.Failure.expansionLimit(2)) { try results.add([0x63]) }
        for value: [UInt8] in [[0], [0x61, 10], [13], [0xFF]] {
            #expect(throws: LDAPResults.Failure.unusable) { try results.add(value) }
        }
        var long = LDAPResults(query, try #require(Self.read("search_base = dc=x\n").settings))
        #expect(throws: LDAPResults.Failure.tooLong) {
            for _ in 0..<3 { try long.add(Array(repeating: 0x61, count: 500_000)) }
        }
    }
}
