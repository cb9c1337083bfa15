// SPDX-License-Identifier: Apache-2.0

import AuthProtocol
import SASL
import TestSupport
import Testing

@Suite("Auth client socket")
struct AuthConnectionTests {
    private static let smtp = AuthConnectionInfo(service: "smtp")
    private static let cookie = "00112233445566778899aabbccddeeff"

    private func server(_ limits: AuthProtocolLimits = AuthProtocolLimits()) -> AuthServerConnectionEngine {
        AuthServerConnectionEngine(
            processID: 12,
            connectionID: 1,
            cookie: Self.cookie,
            mechanisms: [AuthMechanism(SASLMechanism.plain), AuthMechanism(SASLMechanism.login)],
            limits: limits
        )
    }

    @Test func `the server's greeting is the whole handshake`() {
        #expect(
            String(decoding: server().greeting, as: UTF8.self)
                == "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t12\nCUID\t1\nCOOKIE\t\(Self.cookie)\nDONE\n"
        )
    }

    @Test func `Postfix' handshake and request are understood`() {
        var server = server()
        server.receive(Array("VERSION\t1\t1\nCPID\t77\n".utf8))
        #expect(server.next() == .ready(clientProcessID: 77))
        #expect(server.next() == nil)
        server.receive(
            Array(
                "AUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip=127.0.0.1\tsecured\tresp=AGEAYg==\n".utf8
            )
        )
        #expect(
            server.next()
                == .request(
                    id: 1,
                    AuthRequest(
                        mechanism: "PLAIN",
                        connection: AuthConnectionInfo(
                            service: "smtp",
                            localAddress: "127.0.0.1",
                            remoteAddress: "127.0.0.1",
                            security: .secured
                        ),
                        initialResponse: SASLSecret("AGEAYg==")
                    )
                )
        )
        #expect(server.ok(id: 1, ["user": "a"]) == Array("OK\t1\tuser=a\n".utf8))
        #expect(server.ok(id: 1, ["user": "a"]) == [])
    }

    @Test func `both engines talk byte by byte`() throws {
        var server = server()
        var client = AuthClientConnectionEngine(processID: 99)
        var toServer = client.greeting
        var toClient = server.greeting
        let begun = client.authenticate(AuthRequest(mechanism: "LOGIN", connection: Self.smtp))
        let (id, bytes) = try #require(begun)
        toServer += bytes
        var log: [String] = []
        var answers = ["alice", "secret"]
        while !toServer.isEmpty || !toClient.isEmpty {
            if !toServer.isEmpty { server.receive([toServer.removeFirst()]) }
            if !toClient.isEmpty { client.receive([toClient.removeFirst()]) }
            while let event = server.next() {
                switch event {
                case .ready(let pid): log.append("server ready \(pid)")
                case .request(let id, let request):
                    log.append("request \(request.mechanism)")
                    toClient += server.challenge(id: id, Array("VXNlcm5hbWU6".utf8))
                case .response(let id, let response):
                    let text = String(decoding: response.bytes, as: UTF8.self)
                    log.append("response \(text)")
                    toClient += text == "alice" ? server.challenge(id: id, []) : server.ok(id: id, ["user": "alice"])
                case .cancelled, .failed: log.append("\(event)")
                }
            }
            while let event = client.next() {
                switch event {
                case .ready(let identity): log.append("client ready \(identity.mechanisms.map(\.name))")
                case .challenge(let id, _): toServer += client.respond(id: id, SASLSecret(answers.removeFirst()))
                case .succeeded(let id, let parameters): log.append("ok \(id) \(parameters)")
                case .refused, .failed: log.append("\(event)")
                }
            }
        }
        #expect(id == 1)
        #expect(Set(log.prefix(3)) == ["server ready 99", "request LOGIN", #"client ready ["PLAIN", "LOGIN"]"#])
        #expect(log.dropFirst(3) == ["response alice", "response secret", "ok 1 user=alice"])
        #expect(client.openRequests.isEmpty && server.openRequests.isEmpty)
    }

    @Test(arguments: ["nologin", "nologin=y", "proxy\thost=10.0.0.1", "host=other\tnologin"])
    func `OK with nologin or proxy is a refusal`(parameters: String) throws {
        var client = AuthClientConnectionEngine(processID: 1)
        let begun = client.authenticate(AuthRequest(mechanism: "PLAIN", connection: Self.smtp))
        let id = try #require(begun).id
        client.receive(Array("VERSION\t1\t2\nDONE\nOK\t\(id)\tuser=a\t\(parameters)\treason=no\n".utf8))
        guard case .ready = client.next() else {
            Issue.record("no handshake")
            return
        }
        guard case .refused(id, let failure) = client.next() else {
            Issue.record("not refused")
            return
        }
        #expect(failure.code == .loginDisabled)
        #expect(failure.user == "a")
        #expect(failure.reason == "no")
    }

    @Test func `answers to cancelled and unknown requests are dropped`() throws {
        var client = AuthClientConnectionEngine(processID: 1)
        client.receive(Array("VERSION\t1\t2\nDONE\n".utf8))
        _ = client.next()
        let begun = client.authenticate(AuthRequest(mechanism: "PLAIN", connection: Self.smtp))
        let id = try #require(begun).id
        #expect(client.cancel(id: id) == Array("CANCEL\t\(id)\n".utf8))
        #expect(client.cancel(id: id) == [])
        #expect(client.respond(id: id, SASLSecret("")) == [])
        client.receive(Array("OK\t\(id)\tuser=root\nOK\t55\tuser=root\nFAIL\t56\nCONT\t57\tabc\n".utf8))
        #expect(client.next() == nil)
    }

    @Test func `a cancelled request gets no answer`() {
        var server = server()
        server.receive(
            Array("VERSION\t1\t2\nCPID\t1\nAUTH\t5\tPLAIN\tservice=x\nCANCEL\t5\nCANCEL\t6\nCONT\t5\tx\n".utf8)
        )
        _ = server.next()
        _ = server.next()
        #expect(server.next() == .cancelled(id: 5))
        #expect(server.next() == nil)
        #expect(server.challenge(id: 5, []) == [])
        #expect(server.fail(id: 5, AuthFailure(.credentials)) == [])
    }

    static let broken: [(input: String, error: AuthProtocolError)] = [
        ("VERSION\t2\t0\n", .unsupportedVersion(major: 2)),
        ("CPID\t1\n", .handshakeIncomplete(command: "CPID")),
        ("HELLO\n", .handshakeIncomplete(command: "HELLO")),
        ("\n", .handshakeIncomplete(command: "")),
        ("VERSION\t1\t2\nAUTH\t1\tPLAIN\tservice=x\n", .handshakeIncomplete(command: "AUTH")),
        ("VERSION\t1\t2\nCONT\t1\tx\n", .handshakeIncomplete(command: "CONT")),
        ("VERSION\t1\t2\nVERSION\t1\t2\n", .repeated(command: "VERSION")),
        (String(repeating: "x", count: 65), .lineTooLong),
        (String(repeating: "x", count: 65) + "\n", .lineTooLong),
    ]

    @Test(arguments: broken)
    func `a broken client is told apart and cut off`(input: String, error: AuthProtocolError) {
        var server = server(AuthProtocolLimits(line: 64))
        server.receive(Array(input.utf8))
        #expect(server.next() == .failed(error))
        server.receive(Array("VERSION\t1\t2\nCPID\t1\n".utf8))
        #expect(server.next() == nil)
    }

    @Test func `ids must be fresh and open requests are bounded`() {
        var server = server(AuthProtocolLimits(pending: 2))
        let request = { (id: Int) in Array("AUTH\t\(id)\tPLAIN\tservice=x\n".utf8) }
        server.receive(Array("VERSION\t1\t2\nCPID\t1\n".utf8) + request(1) + request(2))
        for _ in 0..<3 { _ = server.next() }
        var twice = server
        _ = twice.fail(id: 2, AuthFailure(.credentials))
        twice.receive(request(1))
        #expect(twice.next() == .failed(.duplicateRequest(id: 1)))
        server.receive(request(3))
        #expect(server.next() == .failed(.tooMany(limit: 2)))

        var client = AuthClientConnectionEngine(processID: 1, limits: AuthProtocolLimits(pending: 1))
        let wish = AuthRequest(mechanism: "PLAIN", connection: Self.smtp)
        let first = client.authenticate(wish)
        let second = client.authenticate(wish)
        #expect(first != nil)
        #expect(second == nil)
    }

    @Test(arguments: [
        ("OK\t1\n", AuthProtocolError.handshakeIncomplete(command: "VERSION")),
        ("VERSION\t9\t0\n", .unsupportedVersion(major: 9)),
        ("VERSION\t1\t2\nOK\t1\n", .handshakeIncomplete(command: "DONE")),
        ("VERSION\t1\t2\nMECH\tA\nMECH\tB\nMECH\tC\n", .tooMany(limit: 2)),
    ])
    func `a broken server is cut off`(input: String, error: AuthProtocolError) {
        var client = AuthClientConnectionEngine(processID: 1, limits: AuthProtocolLimits(mechanisms: 2))
        client.receive(Array(input.utf8))
        #expect(client.next() == .failed(error))
        #expect(client.next() == nil)
    }

    @Test func `random streams in random pieces never trap, and hold no more than a line`() {
        var random = SeededGenerator(seed: 5)
        let words = [
            "VERSION\t1\t2\n", "CPID\t1\n", "AUTH\t1\tPLAIN\tservice=x\n", "CONT\t1\tab\n", "DONE\n", "OK\t1\n", "\t",
            "\n", "\u{1}",
        ]
        for _ in 0..<300 {
            var server = server(AuthProtocolLimits(line: 100, pending: 4))
            var client = AuthClientConnectionEngine(processID: 1)
            _ = client.authenticate(AuthRequest(mechanism: "PLAIN", connection: Self.smtp))
            for _ in 0..<30 {
                var bytes = Array((words.randomElement(using: &random) ?? "").utf8)
                if Int.random(in: 0..<10, using: &random) == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                }
                let cut = Int.random(in: 0...bytes.count, using: &random)
                for piece in [bytes[..<cut], bytes[cut...]] {
                    server.receive(piece)
                    client.receive(piece)
                    while server.next() != nil {}
                    while client.next() != nil {}
                }
            }
            #expect(server.openRequests.count <= 4)
        }
    }
}
