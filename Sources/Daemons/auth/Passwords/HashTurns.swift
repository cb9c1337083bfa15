// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import LookupTables

/// Whose password is hashed next: addresses take turns, so that whoever guesses delays himself and nobody else.
@Loop
final class HashTurns {
    /// Hashes at once: fewer than there are threads, which read files too.
    static let atOnce = 6
    /// Passwords of all addresses that may wait at once; over it, log-ins fail for the moment.
    static let limit = 4000
    /// Those of one address.
    static let limitOfAddress = 500

    private var running = 0
    private var count = 0
    private var waiting: [IPAddress?: [Promise<Void>]] = [:]
    /// The addresses that wait, the next one first.
    private var order: [IPAddress?] = []

    /// Waits for a turn; every turn that was taken is given back.
    ///
    /// - Throws: `ChainFailure` when too many wait.
    func take(_ connection: AuthConnectionInfo) async throws(ChainFailure) {
        if running < Self.atOnce {
            running += 1
            return
        }
        let address = Self.origin(connection)
        let own = waiting[address]?.count ?? 0
        guard count < Self.limit, own < Self.limitOfAddress else { throw ChainFailure() }
        if own == 0 { order.append(address) }
        let turn = Promise<Void>()
        waiting[address, default: []].append(turn)
        count += 1
        await turn.get()
    }

    /// Gives a turn back, to the next address.
    func give() {
        guard !order.isEmpty else {
            running -= 1
            return
        }
        let address = order.removeFirst()
        guard var own = waiting[address], !own.isEmpty else { return give() }
        let turn = own.removeFirst()
        count -= 1
        waiting[address] = own.isEmpty ? nil : own
        if !own.isEmpty { order.append(address) }
        turn.fulfil(())
    }

    /// The client's address, or its network of 64 bits where it is IPv6, for a host has as many as it likes; nil for local
    /// clients.
    private static func origin(_ connection: AuthConnectionInfo) -> IPAddress? {
        guard let address = connection.remoteAddress.flatMap({ IPAddress(text: $0.utf8[...]) })?.unmapped else {
            return nil
        }
        guard address.family == .v6 else { return address }
        return IPAddress(bytes: Array(address.bytes.prefix(8)) + Array(repeating: 0, count: 8))
    }
}
