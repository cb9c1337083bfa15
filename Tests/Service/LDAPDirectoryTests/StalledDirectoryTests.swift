// SPDX-License-Identifier: Apache-2.0
import BlockingPool
import EventLoop
import LDAPDirectory
import LDAPTables
import POSIX
import TestSupport
import Testing

/// Servers that fall silent: at every step the request ends at its deadline, and nobody else waits.
@Suite(.enabled(if: TestDirectory.isInstalled, "\(TestDirectory.reason)"), .timeLimit(.minutes(5)))
struct StalledDirectoryTests {
    private static let key = "bob@example.test"

    /// The ways to a server; each falls silent at another step: at the bind, in StartTLS, in the TLS handshake.
    static let ways = ["plain", "StartTLS", "ldaps", "ldapi", "search"]

    private static func lines(_ way: String, port: UInt16, tlsPort: UInt16, socket: String) -> [String] {
        let filter = "query_filter = (mail=%s)"
        switch way {
        case "StartTLS": return ["server_host = 127.0.0.1:\(port)", "start_tls = yes", filter]
        case "ldaps": return ["server_host = ldaps://127.0.0.1:\(tlsPort)", filter]
        case "ldapi":
            let path = socket.split(separator: "/").map { "%2F\($0)" }.joined()
            return ["server_host = ldapi://\(path)", filter]
        case "search": return ["server_host = 127.0.0.1:\(port)", "bind = no", filter]
        default: return ["server_host = 127.0.0.1:\(port)", filter]
        }
    }

    private static func pool(_ lines: [String]) throws -> (LDAPDirectory, PoolEngine.Limits) {
        let breaker = Breaker.Limits(failures: 100, pause: 10_000_000, longestPause: 10_000_000)
        return (try LDAPDirectory(try Fixture.settings(lines)), PoolEngine.Limits(slots: 1, breaker: breaker))
    }

    /// Asks until there is an answer, for two minutes at the least.
    @Loop private static func hasRecovered(_ pool: BlockingPool<LDAPDirectory>, _ query: LDAPQuery) async throws {
        for _ in 0..<2400 {
            if (try? await pool.ask(query, timeLimit: .seconds(60))) == "bob" { return }
            await Loop.sleep(nanoseconds: .milliseconds(50))
        }
        throw DeadlineError(description: "the directory does not answer again")
    }

    @Test(arguments: ways)
    func `a frozen server ends in a temporary error at the deadline, and serves again after it`(way: String)
        async throws
    {
        let frozen = try TestDirectory(entries: Fixture.entries)
        try await frozen.start()
        let other = try await Fixture.shared.value
        let (directory, limits) = try Self.pool(
            Self.lines(way, port: frozen.port, tlsPort: frozen.tlsPort, socket: frozen.socket)
        )
        let (quick, _) = try Self.pool(Self.lines(way, port: other.port, tlsPort: other.tlsPort, socket: other.socket))
        let query = try #require(directory.query(Self.key))
        frozen.freeze()
        try await onLoop { () async throws in
            let pool = BlockingPool(directory, name: "the directory", limits: limits)
            let quickPool = BlockingPool(quick, name: "the other", limits: limits)
            let order = Channel<String>()
            // The deadline is set so that it passes after the other source has answered; only the order counts.
            Loop.spawn {
                do throws(BlockingFailure) {
                    _ = try await pool.ask(query, timeLimit: .seconds(15))
                    order.send("answered")
                } catch {
                    order.send(error.isOutOfReach ? "temporary error" : "\(error)")
                }
            }
            #expect(try await quickPool.ask(query, timeLimit: .seconds(120)) == "bob")
            order.send("the other")
            #expect(await order.next() == "the other")
            #expect(await order.next() == "temporary error")
            frozen.thaw()
            try await Self.hasRecovered(pool, query)
        }
    }

    @Test func `a server that freezes under a kept connection ends in a temporary error too`() async throws {
        let frozen = try TestDirectory(entries: Fixture.entries)
        try await frozen.start()
        for way in ["plain", "StartTLS", "ldaps"] {
            let (directory, limits) = try Self.pool(
                Self.lines(way, port: frozen.port, tlsPort: frozen.tlsPort, socket: frozen.socket)
            )
            let query = try #require(directory.query(Self.key))
            try await onLoop { () async throws in
                let pool = BlockingPool(directory, name: "the directory", limits: limits)
                #expect(try await pool.ask(query, timeLimit: .seconds(120)) == "bob")
                frozen.freeze()
                await #expect(throws: BlockingFailure.self) { try await pool.ask(query, timeLimit: .milliseconds(300)) }
                frozen.thaw()
                try await Self.hasRecovered(pool, query)
            }
        }
    }

    @Test func `a server that was replaced under a kept connection is asked again at once`() async throws {
        let server = try TestDirectory(entries: Fixture.entries)
        try await server.start()
        let (directory, limits) = try Self.pool(
            Self.lines("plain", port: server.port, tlsPort: server.tlsPort, socket: server.socket)
        )
        let query = try #require(directory.query(Self.key))
        let pool = try await onLoop { BlockingPool(directory, name: "the directory", limits: limits) }
        #expect(try await onLoop { try await pool.ask(query, timeLimit: .seconds(120)) } == "bob")
        server.stop()
        try await server.start()
        #expect(try await onLoop { try await pool.ask(query, timeLimit: .seconds(120)) } == "bob")
    }

    @Test func `referrals are followed where the table says so, and a silent server behind one ends at the deadline`()
        async throws
    {
        let behind = try TestDirectory(entries: Fixture.entries)
        try await behind.start()
        let front = try TestDirectory(
            entries: """
                dn: ou=away,\(TestDirectory.suffix)
                objectClass: referral
                objectClass: extensibleObject
                ou: away
                ref: ldap://127.0.0.1:\(behind.port)/\(TestDirectory.suffix)


                """
        )
        try await front.start()
        let lines = Self.lines("plain", port: front.port, tlsPort: front.tlsPort, socket: front.socket)
        let (still, limits) = try Self.pool(lines)
        let (following, _) = try Self.pool(lines + ["chase_referrals = yes"])
        let query = try #require(still.query(Self.key))
        try await onLoop { () async throws in
            let stillPool = BlockingPool(still, name: "the directory", limits: limits)
            #expect(try await stillPool.ask(query, timeLimit: .seconds(120)) == nil)
            let pool = BlockingPool(following, name: "the directory", limits: limits)
            #expect(try await pool.ask(query, timeLimit: .seconds(120)) == "bob")
            behind.freeze()
            await #expect(throws: BlockingFailure.self) { try await pool.ask(query, timeLimit: .seconds(2)) }
            behind.thaw()
            // There is one slot: an answer shows that its thread has come back.
            try await Self.hasRecovered(pool, query)
        }
    }

    /// A listener whose connections nobody takes: the kernel completes them, and then there is silence.
    @Test(arguments: ["plain", "StartTLS", "ldaps"])
    func `behind a silent first server the second one answers, within the same request`(way: String) async throws {
        let other = try await Fixture.shared.value
        let port = Ports.free()
        let listener = try Descriptor.listen(on: .ipv4([127, 0, 0, 1], port: port))
        var lines = Self.lines(way, port: other.port, tlsPort: other.tlsPort, socket: other.socket)
        let scheme = way == "ldaps" ? "ldaps" : "ldap"
        let second = way == "ldaps" ? other.tlsPort : other.port
        lines[0] = "server_host = \(scheme)://127.0.0.1:\(port) \(scheme)://127.0.0.1:\(second)"
        let (directory, limits) = try Self.pool(lines)
        let query = try #require(directory.query(Self.key))
        try await onLoop { () async throws in
            let pool = BlockingPool(directory, name: "the directory", limits: limits)
            // Half of the time is the first server's; the rest is plenty for the second.
            let answer = try await pool.ask(query, timeLimit: .seconds(40))
            #expect(answer == "bob")
        }
        withExtendedLifetime(listener.number) {}
        _ = consume listener
    }
}
