// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import Logging
internal import POSIX
internal import SASL

/// A connection on a client socket: smtpd, a log-in process, or a Postfix that asks for its users.
@Loop
final class ClientSession {
    /// How long a client may take to greet, and a user to answer a challenge.
    private static let patience = Int64.seconds(60)

    private struct Exchange {
        let request: AuthRequest
        var mechanism: any SASLServerMechanism
        var timer: Timer?
    }

    private let connection: Connection
    private let service: AuthService
    private var engine: AuthServerConnectionEngine
    private let cookie: String
    private var clientProcessID: UInt32 = 0
    private var exchanges: [UInt32: Exchange] = [:]
    private var isRetiring = false
    private var isOver = false

    init(_ connection: Connection, _ service: AuthService, connectionID: UInt32) {
        self.connection = connection
        self.service = service
        cookie = randomBytes(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        engine = AuthServerConnectionEngine(
            processID: UInt32(bitPattern: processID),
            connectionID: connectionID,
            cookie: cookie,
            mechanisms: service.settings.mechanisms.map { AuthMechanism($0) }
        )
    }

    /// Serves until the client leaves or breaks the protocol.
    func run() async {
        connection.timeout = Self.patience
        connection.post(engine.greeting)
        reading: while (try? await connection.fill()) == true {
            engine.receive(connection.take())
            while let event = engine.next() {
                if case .failed(let error) = event {
                    service.log.log.warning("client connection closed: \(error)")
                    break reading
                }
                handle(event)
            }
            // A client that asks and does not read waits here, and is cut off in time.
            connection.timeout = Self.patience
            guard (try? await connection.drained()) != nil else { break }
            connection.timeout = clientProcessID == 0 ? Self.patience : nil
        }
        for exchange in exchanges.values { exchange.timer?.cancel() }
        exchanges = [:]
        isOver = true
        service.openRequests -= engine.openRequests.count
    }

    /// Ends the connection as soon as nobody waits for an answer.
    func retire() {
        isRetiring = true
        leaveIfIdle()
    }

    private func leaveIfIdle() {
        guard isRetiring, engine.openRequests.isEmpty else { return }
        Loop.spawn { [connection] in await connection.finish() }
    }

    private func handle(_ event: AuthServerEvent) {
        switch event {
        case .ready(let pid): clientProcessID = pid
        case .request(let id, let request):
            service.openRequests += 1
            begin(id, request)
        case .response(let id, let response): respond(id, response)
        case .cancelled(let id):
            service.openRequests -= 1
            exchanges.removeValue(forKey: id)?.timer?.cancel()
            leaveIfIdle()
        case .failed: break
        }
    }

    private func begin(_ id: UInt32, _ request: AuthRequest) {
        guard service.openRequests <= AuthService.requestLimit else { return fail(id, AuthFailure(.temporary)) }
        guard let mechanism = SASLMechanism(name: request.mechanism), service.settings.mechanisms.contains(mechanism)
        else {
            return fail(id, AuthFailure(.credentials, reason: "Unsupported mechanism"))
        }
        var exchange = Exchange(request: request, mechanism: mechanism.makeServer())
        var initial: [UInt8]?
        if let response = request.initialResponse {
            guard let bytes = Self.decode(response) else { return fail(id, Self.malformed) }
            initial = bytes
        }
        let step = exchange.mechanism.start(initialResponse: initial)
        exchanges[id] = exchange
        take(id, step)
    }

    private func respond(_ id: UInt32, _ response: SASLSecret) {
        guard exchanges[id] != nil else { return }
        exchanges[id]?.timer?.cancel()
        guard let bytes = Self.decode(response) else {
            exchanges[id] = nil
            return fail(id, Self.malformed)
        }
        guard let step = exchanges[id]?.mechanism.respond(bytes) else { return }
        take(id, step)
    }

    private func take(_ id: UInt32, _ step: SASLServerStep) {
        switch step {
        case .challenge(let data):
            connection.post(engine.challenge(id: id, Base64.encode(data)))
            exchanges[id]?.timer = Loop.after(Self.patience) { [weak self] in
                Loop.spawn { self?.giveUp(id) }
            }
        case .failure:
            exchanges[id] = nil
            fail(id, Self.malformed)
        case .credentials(let credentials):
            guard let request = exchanges.removeValue(forKey: id)?.request else { return }
            Loop.spawn { [self] in await verify(id, credentials, request) }
        }
    }

    /// The user has not answered a challenge.
    private func giveUp(_ id: UInt32) {
        guard exchanges.removeValue(forKey: id) != nil else { return }
        fail(id, AuthFailure(.temporary))
    }

    private func verify(_ id: UInt32, _ credentials: SASLCredentials, _ request: AuthRequest) async {
        switch await service.authenticate(credentials, request) {
        case .accepted(let user, let fields):
            let ticket = AuthTicket(clientProcessID: clientProcessID, requestID: id, cookie: cookie)
            // Nobody opens a mailbox after an SMTP log-in.
            if request.connection.service != "smtp" && engine.openRequests.contains(id) {
                let login = TicketStore.Login(user: user, fields: fields, connection: request.connection)
                service.tickets.keep(login, ticket)
            }
            conclude(engine.ok(id: id, AuthService.told(user, fields)))
        case .refused(let code): fail(id, AuthFailure(code, user: credentials.authenticationIdentity))
        }
    }

    private func fail(_ id: UInt32, _ failure: AuthFailure) {
        let tell: @Loop () -> Void = { [weak self] in
            guard let self else { return }
            self.conclude(self.engine.fail(id: id, failure))
        }
        failure.code == .temporary ? tell() : service.failures.add(tell)
    }

    /// Sends the final answer of a request; empty bytes mean that it was open no more.
    private func conclude(_ answer: [UInt8]) {
        guard !isOver, !answer.isEmpty else { return }
        service.openRequests -= 1
        connection.post(answer)
        leaveIfIdle()
    }

    private static let malformed = AuthFailure(.credentials, reason: "Invalid authentication data")

    private static func decode(_ response: SASLSecret) -> [UInt8]? {
        try? Base64.decode(response.bytes, maximum: SASLLimits().response)
    }
}
