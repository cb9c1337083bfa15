// SPDX-License-Identifier: Apache-2.0
internal import AuthProtocol
internal import EventLoop
internal import POSIX
internal import SASL

/// One connection to an auth service, on which exchanges wait for their answers.
@Loop
final class AuthLink {
    /// How long the service's handshake may take; it may have to be started first.
    private static let handshakeLimit = Int64.seconds(30)
    /// How long an answer may take; a delayed failure is included.
    private static let answerLimit = Int64.seconds(60)

    private(set) var identity: AuthServerIdentity?

    private let connection: Connection
    private var engine: AuthClientConnectionEngine
    private let ready = Promise<Bool>()
    private var waiting: [UInt32: Promise<AuthStep?>] = [:]
    private var isOver = false

    init(_ connection: Connection, limits: AuthProtocolLimits) {
        self.connection = connection
        engine = AuthClientConnectionEngine(processID: UInt32(bitPattern: processID), limits: limits)
    }

    /// Whether nothing can be asked here any more.
    var isBroken: Bool { isOver || connection.isBroken }

    /// Waits for the handshake; false when it fails.
    func isReady() async -> Bool { await ready.get() }

    /// Serves the connection until it ends; then everybody who waits is told.
    func run() async {
        connection.timeout = Self.handshakeLimit
        connection.post(engine.greeting)
        reading: while (try? await connection.fill()) == true {
            engine.receive(connection.take())
            while let event = engine.next() {
                if case .failed = event { break reading }
                handle(event)
            }
        }
        close()
    }

    private func handle(_ event: AuthClientEvent) {
        switch event {
        case .ready(let identity):
            self.identity = identity
            connection.timeout = nil
            ready.fulfil(true)
        case .challenge(let id, let data): finish(id, .challenge(data))
        case .succeeded(let id, let parameters):
            let ticket = AuthTicket(
                clientProcessID: UInt32(bitPattern: processID),
                requestID: id,
                cookie: identity?.cookie ?? ""
            )
            guard let user = parameters["user"] else { return finish(id, .unavailable) }
            finish(id, .success(AuthSuccess(user: user, ticket: ticket, parameters: parameters)))
        case .refused(let id, let failure): finish(id, .failure(failure))
        case .failed: break
        }
    }

    private func finish(_ id: UInt32, _ step: AuthStep?) {
        waiting.removeValue(forKey: id)?.fulfil(step)
    }

    /// Begins a request; nil when too many are open.
    func authenticate(_ request: AuthRequest) -> UInt32? {
        guard !isBroken, let (id, bytes) = engine.authenticate(request) else { return nil }
        waiting[id] = Promise()
        connection.post(bytes)
        return id
    }

    /// Sends a response to a challenge.
    func respond(_ id: UInt32, _ response: SASLSecret) {
        guard !isBroken else { return }
        waiting[id] = Promise()
        connection.post(engine.respond(id: id, response))
    }

    /// The next answer to a request; nil when the connection was lost, or none came in time.
    func answer(to id: UInt32) async -> AuthStep? {
        guard let promise = waiting[id] else { return nil }
        let timer = Loop.after(Self.answerLimit) { [weak self] in self?.cancel(id) }
        defer { timer.cancel() }
        return await promise.get()
    }

    /// Gives a request up.
    func cancel(_ id: UInt32) {
        connection.post(engine.cancel(id: id))
        finish(id, nil)
    }

    /// Ends the connection and tells those who wait.
    func close() {
        guard !isOver else { return }
        isOver = true
        connection.close()
        ready.fulfil(false)
        for id in Array(waiting.keys) { finish(id, nil) }
    }
}
