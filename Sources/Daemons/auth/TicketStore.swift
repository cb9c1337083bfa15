// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop

/// Log-ins that wait for their mail process: each can be redeemed once, within a minute.
@Loop
final class TicketStore {
    /// A finished log-in.
    struct Login: Sendable {
        let user: String
        let fields: AuthParameters
        let connection: AuthConnectionInfo
    }

    private struct Key: Hashable {
        let client: UInt32
        let request: UInt32
        let cookie: String
    }

    /// Tickets beyond this push the older half out.
    private static let limit = 50_000
    /// Each ticket lives for one or two of these.
    private static let period = Int64.seconds(30)

    private var young: [Key: Login] = [:]
    private var old: [Key: Login] = [:]
    private var timer: Timer?

    init() {}

    /// Keeps a log-in.
    func keep(_ login: Login, _ ticket: AuthTicket) {
        if young.count >= Self.limit { turn() }
        young[Self.key(ticket)] = login
        arm()
    }

    /// The log-in of a ticket, which is worth nothing afterwards; nil for a ticket that is unknown, used or too old.
    func redeem(_ ticket: AuthTicket) -> Login? {
        let key = Self.key(ticket)
        return young.removeValue(forKey: key) ?? old.removeValue(forKey: key)
    }

    /// How many wait.
    var count: Int { young.count + old.count }

    /// Drops what has lived for a whole period.
    func turn() {
        old = young
        young = [:]
    }

    private func arm() {
        guard timer == nil else { return }
        timer = Loop.after(Self.period) { [weak self] in
            guard let self else { return }
            self.timer = nil
            self.turn()
            if self.count > 0 { self.arm() }
        }
    }

    private static func key(_ ticket: AuthTicket) -> Key {
        Key(client: ticket.clientProcessID, request: ticket.requestID, cookie: ticket.cookie)
    }
}
