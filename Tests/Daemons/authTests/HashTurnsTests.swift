// SPDX-License-Identifier: Apache-2.0
import AuthProtocol
import EventLoop
import TestSupport
import Testing

@testable import auth

@Suite struct `Turns at hashing` {
    @Loop
    private static func full() async throws -> HashTurns {
        let turns = HashTurns()
        for _ in 0..<HashTurns.atOnce { try await turns.take(info("192.0.2.250")) }
        return turns
    }

    private nonisolated static func info(_ address: String?) -> AuthConnectionInfo {
        AuthConnectionInfo(service: "imap", remoteAddress: address)
    }

    /// Who is served in which order, of clients that come in the order given while all places are taken.
    private func served(_ addresses: [String?]) async throws -> [String] {
        try await onLoop {
            let turns = try await Self.full()
            var served: [String] = []
            for address in addresses {
                Loop.spawn {
                    guard (try? await turns.take(Self.info(address))) != nil else { return }
                    served.append(address ?? "local")
                }
                await Loop.yield()
            }
            #expect(served.isEmpty)
            for _ in addresses {
                turns.give()
                await Loop.yield()
            }
            return served
        }
    }

    @Test func `Addresses take turns, so that one that asks a lot delays itself and not the others`() async throws {
        let (guesser, other, third) = ("192.0.2.1", "192.0.2.2", "192.0.2.3")
        #expect(
            try await served([guesser, guesser, guesser, guesser, other, other, third, nil])
                == [guesser, other, third, "local", guesser, other, guesser, guesser]
        )
    }

    @Test func `A network of 64 bits is one client, and an address is the same in both its forms`() async throws {
        let near = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:1"]
        #expect(try await served(near + ["2001:db8:0:1::1"]) == [near[0], "2001:db8:0:1::1", near[1], near[2]])
        #expect(
            try await served(["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"])
                == ["192.0.2.1", "192.0.2.2", "::ffff:192.0.2.1"]
        )
    }

    @Test func `Too many of one address fail at once while others may still wait, up to the limit of all`() async throws
    {
        try await onLoop {
            let turns = try await Self.full()
            var waiting = 0
            @Loop func ask(_ address: String) async {
                Loop.spawn {
                    waiting += 1
                    _ = try? await turns.take(Self.info(address))
                    waiting -= 1
                }
                await Loop.yield()
            }
            for _ in 0..<HashTurns.limitOfAddress { await ask("192.0.2.1") }
            #expect(waiting == HashTurns.limitOfAddress)
            await #expect(throws: ChainFailure.self) { try await turns.take(Self.info("192.0.2.1")) }
            for number in 0..<HashTurns.limit - HashTurns.limitOfAddress {
                await ask("198.51.\(number / 200).\(number % 200)")
            }
            #expect(waiting == HashTurns.limit)
            await #expect(throws: ChainFailure.self) { try await turns.take(Self.info("203.0.113.1")) }
            for _ in 0..<HashTurns.limit {
                turns.give()
                await Loop.yield()
            }
            #expect(waiting == 0)
            // All have been given back: there is room again.
            for _ in 0..<HashTurns.atOnce { turns.give() }
            for _ in 0..<HashTurns.atOnce { try await turns.take(Self.info("192.0.2.1")) }
        }
    }
}
