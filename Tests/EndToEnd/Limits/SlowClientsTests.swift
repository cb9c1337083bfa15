// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Clients that take their time, or are gone and do not say so.
    @Suite(.timeLimit(.minutes(20))) struct SlowClients {
        private static var hundreds: Int { Surroundings.wantsLongRounds ? 1000 : 300 }

        private func endure(
            _ kind: String,
            _ count: Int,
            port: (InstancePorts) -> UInt16,
            _ options: [String] = [],
            label: String,
            most: Int,
            seconds: Double = 2,
            change: (inout InstanceSetup, TemporaryFolder) -> Void = { _, _ in },
            prepare: (MailInstance) async throws -> Void = { _ in }
        ) async throws {
            try await MailInstance.running(change) { relais in
                try await prepare(relais)
                for user in ["alice", "carol"] { _ = try await relais.prepareReader(user) }
                _ = try await EndToEnd.roundTrip(relais)
                let usage = Usage(relais)
                var size = 0
                try await Crowd.with(relais, kind, count, port: port(relais.ports), options) {
                    var longest = 0.0
                    let end = ContinuousClock.now + .seconds(seconds)
                    while ContinuousClock.now < end {
                        longest = max(longest, try await EndToEnd.roundTrip(relais))
                        // Not without bound: what is formatted of each message stays in memory for a while.
                        try await Task.sleep(for: .seconds(seconds / 50))
                    }
                    size = usage.growth(relais)
                    #expect(longest < EndToEnd.Crowd.patience)
                    EndToEnd.report(
                        "\(count) \(label): \(size / count) KiB each, a message sent and read in \(longest) s"
                    )
                }
                #expect(size <= most * count, "\(usage.summary(relais))")
                try await usage.returns(relais)
                EndToEnd.report("after \(count) \(label): \(usage.summary(relais))")
            }
        }

        @Test func `TLS handshakes that go no further by the hundred delay nobody`() async throws {
            try await endure(
                "handshake",
                Self.hundreds,
                port: \.imaps,
                label: "stalled handshakes of IMAP",
                most: 100
            )
            try await endure(
                "handshake",
                Self.hundreds,
                port: \.smtp,
                ["starttls=1"],
                label: "stalled STARTTLS",
                most: 100
            )
        }

        @Test func `Messages that come a byte at a time by the hundred delay nobody`() async throws {
            try await endure(
                "drip",
                Self.hundreds,
                port: \.smtp,
                ["user=bob@example.test", "pause=0.2"],
                label: "dripping messages",
                most: 100
            )
        }

        private static func addAuthentication(_ setup: inout InstanceSetup, _: TemporaryFolder) {
            setup.main += [
                "smtpd_sasl_auth_enable = yes", "smtpd_tls_auth_only = no", "smtpd_error_sleep_time = 0",
                "smtpd_hard_error_limit = 100000",
            ]
        }

        @Test(arguments: ["smtp", "imap", "pop3"])
        func `Log-ins that come a byte at a time or are far too long delay nobody`(service: String) async throws {
            let port: (InstancePorts) -> UInt16 = {
                service == "smtp" ? $0.smtp : service == "imap" ? $0.imap : $0.pop3
            }
            try await endure(
                "auth",
                Self.hundreds,
                port: port,
                ["protocol=\(service)", "pause=0.1"],
                label: "dripping log-ins by \(service)",
                most: 100,
                change: Self.addAuthentication
            )
            try await endure(
                "oversized",
                20,
                port: port,
                ["protocol=\(service)"],
                label: "oversized log-ins by \(service)",
                most: 1024,
                change: Self.addAuthentication
            )
        }

        @Test func `Clients that send as fast as they can, chunks of one byte among them, delay nobody`() async throws {
            try await endure(
                "chunks",
                20,
                port: \.smtp,
                ["user=bob@example.test"],
                label: "senders of chunks of one byte",
                most: 1024,
                change: Self.addAuthentication
            )
            for service in ["imap", "pop3"] {
                try await endure(
                    "busy",
                    20,
                    port: service == "imap" ? \.imap : \.pop3,
                    ["protocol=\(service)"],
                    label: "busy clients of \(service)",
                    most: 1024
                )
            }
        }

        /// A message of fifty megabytes in two parts for alice.
        private static func giveLargeMessage(_ relais: MailInstance) throws {
            let line = String(repeating: "0123456789abcdef", count: 4) + "\r\n"
            let half = String(repeating: line, count: 25_000_000 / line.utf8.count)
            let content =
                "Subject: big\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\(half)"
                + "\r\n--b\r\nContent-Type: text/plain\r\n\r\n\(half)\r\n--b--\r\n"
            try relais.folder.write("mail/alice/Maildir/cur/1.big.host:2,", content)
            for place in ["", "/Maildir", "/Maildir/cur", "/Maildir/new", "/Maildir/tmp", "/Maildir/cur/1.big.host:2,"]
            {
                if !place.hasSuffix(",") { try relais.folder.makeFolder("mail/alice\(place)") }
                chown(relais.folder["mail/alice\(place)"], relais.owner, relais.owner)
            }
        }

        @Test(arguments: ["BODY.PEEK[]", "(BODY.PEEK[1] RFC822.SIZE)", "BODY.PEEK[TEXT]", "RETR"], ["", "pause=0.05"])
        func `Clients that fetch fifty megabytes and read nothing or a byte at a time hold a window of it, not all`(
            item: String,
            pace: String
        ) async throws {
            try await endure(
                "unread",
                20,
                port: item == "RETR" ? \.pop3 : \.imap,
                ["user=alice@example.test", "password=secret-a", item == "RETR" ? "protocol=pop3" : "fetch=\(item)"]
                    + (pace.isEmpty ? [] : [pace]),
                label: "readers of \(item) who read \(pace.isEmpty ? "nothing" : "a byte at a time")",
                most: 4096,
                seconds: 3,
                prepare: Self.giveLargeMessage
            )
        }

        @Test(.enabled(if: Surroundings.isRoot, "only root can close a connection without telling the peer"))
        func `SMTP clients that vanish without a word are given up after smtpd_timeout`() async throws {
            try await endure(
                "vanish",
                200,
                port: \.smtp,
                label: "vanished SMTP clients",
                most: 100,
                seconds: 1
            ) { setup, _ in
                setup.main.append("smtpd_timeout = 3s")
            }
        }

        @Test(
            .enabled(if: Surroundings.isRoot, "only root can close a connection without telling the peer"),
            .enabled(if: Surroundings.wantsLongRounds, "a log-in has three minutes")
        )
        func `Clients that vanish before they log in are given up when the time for it is over`() async throws {
            for service in ["imap", "pop3"] {
                try await endure(
                    "vanish",
                    200,
                    port: service == "imap" ? \.imap : \.pop3,
                    ["greeted=1", "protocol=\(service)"],
                    label: "clients of \(service) that vanished before they logged in",
                    most: 100,
                    seconds: 185
                )
            }
        }

        @Test(
            .enabled(if: Surroundings.isRoot, "only root can close a connection without telling the peer"),
            .enabled(if: Surroundings.wantsLongRounds, "IDLE says something every two minutes only")
        )
        func `IMAP clients that vanish in IDLE are given up with the next word`() async throws {
            try await endure(
                "vanish",
                200,
                port: \.imap,
                ["user=alice@example.test", "password=secret-a", "imap=1"],
                label: "vanished IMAP clients",
                most: 100,
                seconds: 130
            )
        }
    }
}
