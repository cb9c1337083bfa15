// SPDX-License-Identifier: Apache-2.0

import MailConfiguration
import TestSupport
import Testing

@Suite("master.cf")
struct MasterConfigurationTests {
    static func parse(_ text: String) -> (entries: [ServiceEntry], diagnostics: [String]) {
        let parsed = MasterConfiguration.parse(Array(text.utf8), file: "master.cf")
        return (parsed.entries, parsed.diagnostics.map(\.description))
    }

    @Test func `columns, defaults, arguments and overrides are read`() throws {
        let (entries, diagnostics) = Self.parse(
            """
            # service type  private unpriv  chroot  wakeup  maxproc command + args
            smtp      inet  n       -       y       -       -       smtpd
            submission inet n       -       n       -       20      smtpd -v
              -o syslog_name=relais/submission
              # off for now
              -o { smtpd_relay_restrictions = permit_sasl_authenticated, reject }
              -osmtpd_tls_security_level=encrypt
            qmgr      unix  n       -       n       300?      1     qmgr
            pickup    fifo  n       n       n       60      0       pickup
            dovecot   unix  -       n       n       -       -       pipe
              flags=DRhu user=vmail:vmail argv=/usr/lib/dovecot/deliver -d ${recipient}
            """
        )
        #expect(diagnostics.isEmpty)
        #expect(entries.map(\.name) == ["smtp", "submission", "qmgr", "pickup", "dovecot"])
        let smtp = entries[0]
        #expect(smtp.kind == .inet && !smtp.isPrivate && smtp.isUnprivileged && smtp.isChrooted)
        #expect(smtp.wakeUp == ServiceEntry.WakeUp(seconds: 0) && smtp.processLimit == nil && smtp.line == 2)
        let submission = entries[1]
        #expect(submission.arguments == ["-v"] && submission.processLimit == 20 && !submission.isChrooted)
        #expect(
            submission.overrides == [
                ServiceEntry.Override(name: "syslog_name", value: "relais/submission"),
                ServiceEntry.Override(name: "smtpd_relay_restrictions", value: "permit_sasl_authenticated, reject"),
                ServiceEntry.Override(name: "smtpd_tls_security_level", value: "encrypt"),
            ]
        )
        #expect(entries[2].wakeUp == ServiceEntry.WakeUp(seconds: 300, onlyIfUsed: true))
        #expect(entries[3].kind == .fifo && !entries[3].isUnprivileged && entries[3].processLimit == 0)
        #expect(entries[4].isPrivate && entries[4].endpoint == nil)
        #expect(
            entries[4].arguments == [
                "flags=DRhu", "user=vmail:vmail", "argv=/usr/lib/dovecot/deliver", "-d", "${recipient}",
            ]
        )
    }

    @Test(
        arguments: [
            ("smtp", nil, "smtp"), ("25", nil, "25"), ("127.0.0.1:10025", "127.0.0.1", "10025"), (":25", nil, "25"),
            ("[::1]:587", "::1", "587"), ("mail.example.org:submission", "mail.example.org", "submission"),
            ("[127.0.0.1]:25", "127.0.0.1", "25"),
        ] as [(String, String?, String)]
    )
    func `an inet service names host and port`(_ name: String, _ host: String?, _ port: String) throws {
        let endpoint = try #require(ServiceEntry.Endpoint(name))
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
    }

    @Test(
        arguments: [
            "", "0", "65536", "::1:25", "[::1]", "[::1", "[]:25", "host:", "a b", "25x", "ç", "../1]:587", "[../1]:587",
            "a/b:25", "a b:25", "a[:25",
        ]
    )
    func `what is no endpoint is refused`(_ name: String) {
        #expect(ServiceEntry.Endpoint(name) == nil)
    }

    @Test func `all errors come at once, with their lines`() {
        let (entries, diagnostics) = Self.parse(
            """
              orphan
            smtp inet n - n - smtpd
            smtp inett n - n - - smtpd
            25 inet y - n - - smtpd
            ::1:25 inet n - n - - smtpd
            ../1]:587 inet n - n - - smtpd
            a unix x - n - - smtpd
            a unix - - n soon - smtpd
            a unix - - n - -1 smtpd
            a unix - - n - - smtpd -o name
            a unix - - n - - smtpd -o
            ../../etc/passwd unix - - n - - smtpd
            a unix - - n - - smtpd
            a unix - - n - - smtpd -o mynetworks= 127.0.0.1
            """
        )
        #expect(entries.map(\.line) == [14])
        #expect(
            diagnostics == [
                "master.cf:1: error: the line starts with white space, but continues nothing",
                "master.cf:2: error: the line has 7 of the 8 columns service, type, private, unpriv, chroot, wakeup, maxproc, command",
                "master.cf:3: error: \"inett\" is not a service type: inet, unix, unix-dgram, fifo or pass; did you mean \"inet\"?",
                "master.cf:4: error: an inet service cannot be private: write n in column private",
                "master.cf:5: error: \"::1:25\" is not a port, host:port or [address]:port",
                "master.cf:6: error: \"../1]:587\" is not a port, host:port or [address]:port",
                "master.cf:7: error: column private: \"x\" is none of y, n, -",
                "master.cf:8: error: column wakeup: \"soon\" is not a number of seconds",
                "master.cf:9: error: column maxproc: \"-1\" is not a number of processes",
                "master.cf:10: error: -o name: there is no \"=\"; write -o name=value or -o { name = value }",
                "master.cf:11: error: there is no name=value after -o",
                "master.cf:12: error: \"../../etc/passwd\" leaves the queue's folder",
                "master.cf:14: warning: -o mynetworks= is empty, and \"127.0.0.1\" is an argument: no white space around \"=\", or braces",
                "master.cf:14: warning: a/unix is defined again; line 13 is not used",
            ]
        )
    }

    @Test func `an inet service with a dash in column private is said to be wrong`() {
        let (_, diagnostics) = Self.parse("smtp inet - - n - - smtpd")
        #expect(diagnostics.count == 1)
    }

    @Test func `mutated files never trap`() {
        let sample = Array(
            "smtp inet n - y - - smtpd\n  -o { a = b, c }\n  -o x=$y\n[::1]:587 inet n - n 3? 7 smtpd -v\n# c\n".utf8
        )
        var random = SeededGenerator(seed: 11)
        for _ in 0..<1500 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1..<8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let parsed = MasterConfiguration.parse(bytes, file: "master.cf")
            #expect(parsed.entries.count <= 6)
        }
    }
}
