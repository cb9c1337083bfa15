// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import InternalProtocols
internal import POSIX

/// Asks auth's master socket whom a ticket stands for.
///
/// One question at a time. The connection is kept between tickets; a fresh process closes it before it becomes a user.
@Loop
final class TicketRedeemer {
    /// How long auth may take.
    private static let patience: Int64 = .seconds(30)

    /// What came of a ticket.
    enum Outcome {
        case user(UserEntry)
        /// No such ticket, or auth is out of order; the text is for the log.
        case failed(String)
    }

    private let path: String
    private var connection: Connection?
    private var engine = MasterClientConnectionEngine()

    init(path: String) {
        self.path = path
    }

    /// Redeems a ticket; a kept connection that auth has closed meanwhile is made anew once.
    func redeem(_ handOver: SessionHandOver, service: String) async -> Outcome {
        guard let pid = UInt32(exactly: handOver.clientPID), let id = UInt32(exactly: handOver.requestID) else {
            return .failed("the log-in process sent a ticket that is none")
        }
        let ticket = AuthTicket(clientProcessID: pid, requestID: id, cookie: handOver.cookie)
        let wasKept = connection != nil
        do {
            return try await ask(ticket, service)
        } catch {
            close()
            guard wasKept else { return .failed("auth at \(path): \(error)") }
        }
        do {
            return try await ask(ticket, service)
        } catch {
            close()
            return .failed("auth at \(path): \(error)")
        }
    }

    /// Gives the connection up.
    func close() {
        connection?.close()
        connection = nil
        engine = MasterClientConnectionEngine()
    }

    private func ask(_ ticket: AuthTicket, _ service: String) async throws -> Outcome {
        let connection = try open()
        guard let request = engine.redeem(ticket) else { return .failed("too many requests to auth") }
        connection.post(request.bytes)
        while true {
            while let event = engine.next() {
                switch event {
                case .ready: continue
                case .failed(let error): throw error
                case .reply(let reply):
                    guard reply.id == request.id else { continue }
                    switch reply {
                    case .user(_, let entry): return .user(entry)
                    case .fail(_, let reason): return .failed("auth refused the ticket: \(reason)")
                    default: return .failed("auth knows no user for the ticket")
                    }
                }
            }
            guard try await connection.fill() else { throw ConnectionError.unexpectedEnd }
            engine.receive(connection.take())
        }
    }

    private func open() throws -> Connection {
        if let connection {
            if !connection.isBroken { return connection }
            close()
        }
        let made = try Connection(try Descriptor.connect(toPath: path))
        made.timeout = Self.patience
        made.post(engine.greeting)
        connection = made
        return made
    }
}
