// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// One address that wants everything for itself.
    @Suite(.timeLimit(.minutes(20))) struct Floods {
        private static let one = "from=127.0.3.1"
        private static var seconds: Double { Surroundings.wantsLongRounds ? 60 : 5 }

        private func flood(
            _ kind: String,
            _ count: Int,
            port: (InstancePorts) -> UInt16,
            _ options: [String] = [],
            label: String,
            change: (inout InstanceSetup, TemporaryFolder) -> Void = { _, _ in }
        ) async throws -> (tally: Crowd.Tally, log: String) {
            var tally: Crowd.Tally = [:]
            var log = ""
            try await MailInstance.running(change) { relais in
                for user in ["alice", "carol"] { _ = try await relais.prepareReader(user) }
                _ = try await EndToEnd.roundTrip(relais)
                let usage = Usage(relais)
                var longest = 0.0
                tally = try await Crowd.with(relais, kind, count, port: port(relais.ports), [Self.one] + options) {
                    let end = ContinuousClock.now + .seconds(Self.seconds)
                    while ContinuousClock.now < end { longest = max(longest, try await EndToEnd.roundTrip(relais)) }
                }
                #expect(longest < EndToEnd.Crowd.patience)
                EndToEnd.report("\(label): \(tally), a message sent and read meanwhile in \(longest) s")
                try await usage.returns(relais)
                EndToEnd.report("after \(label): \(usage.summary(relais))")
                log = relais.log
            }
            return (tally, log)
        }

        @Test func `Sessions of one address beyond smtpd_client_connection_count_limit are turned away, others served`()
            async throws
        {
            let (tally, log) = try await flood("smtp", 50, port: \.smtp, label: "50 SMTP sessions of one address") {
                setup,
                _ in
                setup.main.append("smtpd_client_connection_count_limit = 50")
            }
            #expect(tally["refused"] == 0)
            #expect(!log.contains("too many connections"))
            let crowd = try await flood("flood", 200, port: \.smtp, label: "connections of one address, 200 at once") {
                setup,
                _ in
                setup.main.append("smtpd_client_connection_count_limit = 20")
            }
            #expect(crowd.tally["refused"] ?? 0 > 0)
            #expect(crowd.log.contains("too many connections from unknown[127.0.3.1]"))
        }

        @Test func `A flood of connections to IMAP delays nobody else`() async throws {
            let (tally, _) = try await flood("flood", 200, port: \.imap, label: "IMAP connections of one address")
            #expect(tally["attempts"] ?? 0 > 0)
        }

        @Test(arguments: ["imap", "submissions"])
        func `A flood of wrong passwords of one address is slowed down, and delays nobody else's log-in`(
            service: String
        ) async throws {
            // A hash that costs what hashes cost.
            let (tally, _) = try await flood(
                "passwords",
                300,
                port: service == "imap" ? \.imap : \.smtp,
                ["user=alice@example.test"] + (service == "imap" ? [] : ["smtp=1"]),
                label: "wrong passwords by \(service), 300 clients of one address"
            ) { setup, folder in
                setup.main.append("smtpd_sasl_auth_enable = yes")
                setup.main.append("smtpd_tls_auth_only = no")
                setup.dovecot.append("auth_failure_delay = 2 secs")
                setup.hashesPasswords = true
            }
            #expect(tally["refused"] ?? 0 > 0)
            #expect(tally["errors"] == 0)
        }
    }
}
