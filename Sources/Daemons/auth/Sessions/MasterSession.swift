// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import Logging
internal import POSIX

/// A connection on a master, userdb or ticket socket: mail processes redeem tickets, deliverers look users up.
@Loop
final class MasterSession {
    private static let patience = Int64.seconds(60)
    /// Lines of a list between two looks at the client's progress.
    private static let batch = 1000

    private let connection: Connection
    private let service: AuthService
    private let side: AuthService.Side
    /// The uid of the process at the other end.
    private let peer: UInt32
    private var engine: MasterServerConnectionEngine
    private var running = 0
    private var isRetiring = false

    /// Serves `peer`, a uid, what is offered on a side other than `.client`.
    init(_ connection: Connection, _ service: AuthService, _ side: AuthService.Side, peer: UInt32) {
        self.connection = connection
        self.service = service
        self.side = side
        self.peer = peer
        engine = MasterServerConnectionEngine(processID: UInt32(bitPattern: processID))
    }

    /// Serves until the client leaves or breaks the protocol.
    func run() async {
        connection.post(engine.greeting)
        while (try? await connection.fill()) == true {
            engine.receive(connection.take())
            while let event = engine.next() {
                switch event {
                case .failed(let error):
                    service.log.log.warning("master connection closed: \(error)")
                    return
                case .request(let request):
                    running += 1
                    Loop.spawn { [self] in
                        await answer(request)
                        running -= 1
                        leaveIfIdle()
                    }
                }
            }
            connection.timeout = Self.patience
            guard (try? await connection.drained()) != nil else { return }
            connection.timeout = nil
        }
    }

    /// Ends the connection as soon as nothing runs.
    func retire() {
        isRetiring = true
        leaveIfIdle()
    }

    private func leaveIfIdle() {
        guard isRetiring, running == 0 else { return }
        Loop.spawn { [connection] in await connection.finish() }
    }

    private func answer(_ request: MasterRequest) async {
        switch request {
        case .redeem(let id, let ticket, _): await redeem(id, ticket)
        case .user(let id, let lookup): await user(id, lookup)
        case .pass(let id, let lookup): await pass(id, lookup)
        case .list(let id, _): await list(id)
        case .version, .unknown: break
        }
    }

    private func redeem(_ id: UInt32, _ ticket: AuthTicket) async {
        switch side {
        case .master:
            guard let login = service.tickets.take(ticket) else { return refuse(id, ticket) }
            let query = UserQuery(user: login.user, login.connection, passFields: login.fields)
            await find(id, query, isAuthenticated: true) { [service] entry in
                let uid = service.sharedUser ?? entry.uid ?? service.settings.mailUser
                service.tickets.keep(entry, uid: uid, ticket)
            }
        case .tickets:
            guard let entry = service.tickets.redeem(ticket, as: peer) else { return refuse(id, ticket) }
            reply(.user(id: id, entry))
        case .userLookups, .client: refuse(id, ticket)
        }
    }

    private func refuse(_ id: UInt32, _ ticket: AuthTicket) {
        reply(.fail(id: id, reason: "unknown or expired log-in \(ticket)"))
    }

    private func user(_ id: UInt32, _ lookup: UserLookup) async {
        guard side != .tickets else { return reply(.fail(id: id, reason: Self.notHere)) }
        guard let query = normalized(id, lookup) else { return }
        await find(id, query, isAuthenticated: false)
    }

    private static let notHere = "not on this socket"

    /// Asks the userdbs and replies; `found` sees an entry before the peer does.
    private func find(
        _ id: UInt32,
        _ query: UserQuery,
        isAuthenticated: Bool,
        found: (UserEntry) -> Void = { _ in }
    ) async {
        do throws(ChainFailure) {
            guard let entry = try await service.users.find(query, isAuthenticated: isAuthenticated) else {
                if isAuthenticated { service.log.error("userdb", query.user, "user not found from any userdbs") }
                return reply(.notFound(id: id))
            }
            found(entry)
            reply(.user(id: id, entry))
        } catch {
            reply(.fail(id: id, reason: "Internal auth failure"))
        }
    }

    private func pass(_ id: UInt32, _ lookup: UserLookup) async {
        guard side == .master else { return reply(.fail(id: id, reason: Self.notHere)) }
        guard let query = normalized(id, lookup) else { return }
        do throws(ChainFailure) {
            guard let fields = try await service.passwords.find(query) else { return reply(.notFound(id: id)) }
            reply(.pass(id: id, AuthService.told(query.user, fields)))
        } catch {
            reply(.fail(id: id, reason: "Internal auth failure"))
        }
    }

    private func list(_ id: UInt32) async {
        guard mayList else { return reply(.fail(id: id, reason: Self.notHere)) }
        let (names, isComplete) = await service.users.users()
        for (index, name) in names.enumerated() {
            reply(.listed(id: id, user: name))
            if index % Self.batch == 0, (try? await connection.drained()) == nil { return }
        }
        reply(.listEnd(id: id, isComplete: isComplete))
    }

    /// Whether the peer may have the names of all users: root and this process's own account, as mail_owner is on the
    /// master socket; a `-userdb` socket may be open to anybody.
    private var mayList: Bool {
        switch side {
        case .master: true
        case .userLookups: peer == 0 || peer == Identity.effectiveUser
        case .tickets, .client: false
        }
    }

    /// The question with the name in its normal form; nil once it was answered because there can be no such name.
    private func normalized(_ id: UInt32, _ lookup: UserLookup) -> UserQuery? {
        let query = UserQuery(user: lookup.user, lookup.connection)
        guard let user = try? service.settings.normalized(lookup.user, query.variables) else {
            reply(.notFound(id: id))
            return nil
        }
        return UserQuery(user: user, lookup.connection)
    }

    private func reply(_ reply: MasterReply) {
        connection.post(engine.reply(reply))
    }
}
