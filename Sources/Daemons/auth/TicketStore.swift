// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop

/// Log-ins that wait for their mail process, for a minute at most.
///
/// A fresh mail process looks a ticket up, once, to learn whose process must serve the session. Where that process runs
/// already, it redeems the ticket, once, as the user: so nobody can put a session on it that was not logged in.
@Loop
final class TicketStore {
    /// A finished log-in.
    struct Login: Sendable {
        let user: String
        let fields: AuthParameters
        let connection: AuthConnectionInfo
    }

    /// How far a ticket has come.
    private enum State {
        /// Nobody has asked for it.
        case issued(Login)
        /// A fresh process knows whose it is; the user's own process may ask.
        case lookedUp(UserEntry, uid: UInt32?)
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

    private var young: [Key: State] = [:]
    private var old: [Key: State] = [:]
    private var timer: Timer?

    init() {}

    /// Keeps a log-in.
    func keep(_ login: Login, _ ticket: AuthTicket) {
        if young.count >= Self.limit { turn() }
        young[Self.key(ticket)] = .issued(login)
        arm()
    }

    /// Takes the log-in of a ticket that nobody has asked for; nil for one that is unknown, used or too old.
    func take(_ ticket: AuthTicket) -> Login? {
        let key = Self.key(ticket)
        guard case .issued(let login)? = young[key] ?? old[key] else { return nil }
        remove(key)
        return login
    }

    /// Keeps whose a ticket is, for the user's own process.
    ///
    /// - Parameters:
    ///   - entry: What the userdb knows of the user.
    ///   - uid: Whose process may redeem it.
    ///   - ticket: A ticket that was taken.
    func keep(_ entry: UserEntry, uid: UInt32?, _ ticket: AuthTicket) {
        if young.count >= Self.limit { turn() }
        young[Self.key(ticket)] = .lookedUp(entry, uid: uid)
        arm()
    }

    /// The entry of a ticket that was looked up, for a process of its uid; it is worth nothing afterwards.
    func redeem(_ ticket: AuthTicket, as uid: UInt32) -> UserEntry? {
        let key = Self.key(ticket)
        guard case .lookedUp(let entry, uid)? = young[key] ?? old[key] else { return nil }
        remove(key)
        return entry
    }

    private func remove(_ key: Key) {
        young[key] = nil
        old[key] = nil
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
