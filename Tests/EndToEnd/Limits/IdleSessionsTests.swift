// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

extension EndToEnd {
    /// Thousands of clients that wait, and one that works.
    @Suite(.timeLimit(.minutes(20))) struct IdleSessions {
        static var count: Int { Surroundings.wantsLongRounds ? 10_000 : 1_000 }

        private func hold(
            _ kind: String,
            _ count: Int,
            port: (InstancePorts) -> UInt16,
            _ options: [String] = [],
            label: String,
            most: Int
        ) async throws {
            try await MailInstance.running { relais in
                for user in ["alice", "carol"] { _ = try await relais.prepareReader(user) }
                _ = try await EndToEnd.roundTrip(relais)
                let usage = Usage(relais)
                var size = 0
                try await Crowd.with(relais, kind, count, port: port(relais.ports), options) {
                    size = usage.growth(relais)
                    let longest = try await EndToEnd.longestTrip(relais)
                    #expect(longest < EndToEnd.Crowd.patience)
                    EndToEnd.report(
                        "\(count) \(label): \(size / max(1, count)) KiB each, a message sent and read in \(longest) s"
                    )
                }
                #expect(size <= most * count, "\(usage.summary(relais))")
                try await usage.returns(relais)
                #expect(try await EndToEnd.longestTrip(relais) < 10)
                EndToEnd.report("after \(count) \(label): \(usage.summary(relais))")
            }
        }

        @Test func `Idle SMTP sessions by the thousand leave room for a user, and take their memory with them`()
            async throws
        {
            try await hold("smtp", Self.count, port: \.smtp, label: "idle SMTP sessions", most: 40)
        }

        @Test func `IMAP sessions in IDLE by the thousand leave room for a user, and take their memory with them`()
            async throws
        {
            let options = ["user=alice@example.test", "password=secret-a"]
            try await hold("imap", Self.count, port: \.imap, options, label: "IMAP sessions in IDLE", most: 60)
        }

        @Test func `IMAP sessions over TLS by the hundred leave room for a user, and take their memory with them`()
            async throws
        {
            let options = ["user=alice@example.test", "password=secret-a", "tls=1"]
            try await hold("imap", Self.count / 5, port: \.imaps, options, label: "IMAP sessions over TLS", most: 200)
        }
    }
}
