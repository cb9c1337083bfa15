// SPDX-License-Identifier: Apache-2.0
import AuthProtocol
import EventLoop
import IPC
import InternalProtocols
import Logging
import POSIX
import SASL
import TLS
import TestSupport

@testable import LoginService
@testable import imap_login
@testable import pop3_login

/// A log-in service between an auth and a mail service of the test's own.
@Loop
final class LoginFixture {
    private let folder = TemporaryFolder("relais-login")
    private let service: LoginService
    private var listeners: [Listener] = []
    /// What mail processes were handed.
    let handedOver = Channel<HandedOver>()
    /// What the mail service answers; empty takes the session.
    var mailError = ""
    /// Whether auth answers that it cannot tell.
    var isAuthBroken = false
    /// Clients that are being served.
    private(set) var sessions = 0

    /// A session that has reached the mail service.
    struct HandedOver: Sendable {
        let order: SessionHandOver
        let client: Connection
    }

    init(
        _ name: String = "imap",
        tls: TLSContext? = nil,
        allowsCleartext: Bool = true,
        patience: Int64 = LoginService.patience
    ) throws {
        let settings = LoginSettings(
            protocolName: name,
            tls: tls,
            greeting: "ready.",
            allowsCleartext: allowsCleartext,
            mechanisms: ["PLAIN", "LOGIN"],
            authSocket: folder["auth"],
            mailSocket: folder["mail"]
        )
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        service = LoginService(settings, log: log, inactive: Array("BYE\r\n".utf8), patience: patience) { client in
            name == "imap" ? await IMAPDialogue(client).run() : await POP3Dialogue(client).run()
        }
        try listen("auth") { [weak self] in await self?.authenticate($0) }
        try listen("mail") { [weak self] in await self?.takeOver($0) }
    }

    private func listen(_ name: String, _ serve: @escaping @Loop @Sendable (Connection) async -> Void) throws {
        let listener = Listener(try Descriptor.listen(atPath: folder[name], permissions: 0o600)) { descriptor, _ in
            guard let connection = try? Connection(descriptor, carriesDescriptors: true) else { return }
            Loop.spawn {
                await serve(connection)
                connection.close()
            }
        }
        listener.resume()
        listeners.append(listener)
    }

    /// A client who has just connected.
    func connect(isTLS: Bool = false) throws -> Connection {
        try Descriptor.withSocketPair { near, far in
            let server = try Connection(far)
            let service = service
            sessions += 1
            Loop.spawn {
                await service.serve(server, .ipv4([192, 0, 2, 7], port: 4000), isTLS: isTLS)
                server.close()
                self.sessions -= 1
            }
            let client = try Connection(near)
            client.timeout = .seconds(300)
            return client
        }
    }

    /// Auth, for whom every password is right that equals the name.
    private func authenticate(_ connection: Connection) async {
        var engine = AuthServerConnectionEngine(
            processID: 1,
            connectionID: 1,
            cookie: "c0ffee",
            mechanisms: [AuthMechanism(.plain), AuthMechanism(.login)]
        )
        var exchanges: [UInt32: any SASLServerMechanism] = [:]
        connection.post(engine.greeting)
        while (try? await connection.fill()) == true {
            engine.receive(connection.take())
            while let event = engine.next() {
                let id: UInt32
                let step: SASLServerStep
                switch event {
                case .request(let number, let request):
                    guard var mechanism = SASLMechanism(name: request.mechanism)?.makeServer() else { continue }
                    let bytes = request.initialResponse.flatMap { try? Base64.decode($0.bytes, maximum: 9999) }
                    (id, step) = (number, mechanism.start(initialResponse: bytes))
                    exchanges[id] = mechanism
                case .response(let number, let response):
                    guard let bytes = try? Base64.decode(response.bytes, maximum: 9999) else { continue }
                    (id, step) = (number, exchanges[number]?.respond(bytes) ?? .failure(.outOfOrder))
                default: continue
                }
                connection.post(answer(&engine, id, step))
            }
        }
    }

    private func answer(_ engine: inout AuthServerConnectionEngine, _ id: UInt32, _ step: SASLServerStep) -> [UInt8] {
        if isAuthBroken { return engine.fail(id: id, AuthFailure(.temporary)) }
        switch step {
        case .challenge(let data): return engine.challenge(id: id, Base64.encode(data))
        case .failure: return engine.fail(id: id, AuthFailure(.credentials))
        case .credentials(let credentials):
            let user = credentials.authenticationIdentity
            guard credentials.password == SASLSecret(user) else {
                return engine.fail(id: id, AuthFailure(.credentials, user: user))
            }
            return engine.ok(id: id, ["user": user])
        }
    }

    private func takeOver(_ connection: Connection) async {
        let frames = FrameConnection(connection)
        guard (try? await frames.accept(InternalProtocol.session)) != nil,
            let order = try? await frames.receive(SessionHandOver.self),
            let descriptor = try? frames.takeDescriptor(), let client = try? Connection(descriptor)
        else { return }
        frames.send(SessionTaken(error: mailError))
        await connection.finish()
        guard mailError.isEmpty else { return client.close() }
        handedOver.send(HandedOver(order: order, client: client))
    }
}

extension Connection {
    /// Sends text and reads so many lines; what is missing at the end of the stream is left out.
    @Loop
    func talk(_ text: String, lines: Int = 1) async -> [String] {
        post(text)
        var answer: [String] = []
        while answer.count < lines, let line = try? await readLine(limit: 9999) {
            answer.append(String(decoding: line, as: UTF8.self))
        }
        return answer
    }
}
