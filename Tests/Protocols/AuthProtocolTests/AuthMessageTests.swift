// SPDX-License-Identifier: Apache-2.0

import AuthProtocol
import SASL
import TestSupport
import Testing

@Suite("Auth protocol messages")
struct AuthMessageTests {
    private static let imap = AuthConnectionInfo(
        service: "imap",
        session: "abc+1",
        localAddress: "127.0.0.1",
        localPort: 143,
        remoteAddress: "::1",
        remotePort: 50000,
        security: .tls,
        isWithoutPenalty: true
    )

    static let commands: [(line: String, command: AuthClientCommand)] = [
        ("VERSION\t1\t2", .version(AuthVersion(major: 1, minor: 2))),
        ("CPID\t4711", .processID(4711)),
        (
            "AUTH\t1\tPLAIN\tservice=imap\tsession=abc+1\tlip=127.0.0.1\trip=::1\tlport=143\trport=50000\tsecured=tls\tno-penalty\tresp=Zm9v",
            .authenticate(id: 1, AuthRequest(mechanism: "PLAIN", connection: imap, initialResponse: SASLSecret("Zm9v")))
        ),
        (
            "AUTH\t4294967295\tLOGIN\tservice=smtp",
            .authenticate(id: .max, AuthRequest(mechanism: "LOGIN", connection: AuthConnectionInfo(service: "smtp")))
        ),
        (
            "AUTH\t2\tPLAIN\tservice=smtp\tresp=",
            .authenticate(
                id: 2,
                AuthRequest(
                    mechanism: "PLAIN",
                    connection: AuthConnectionInfo(service: "smtp"),
                    initialResponse: SASLSecret("")
                )
            )
        ),
        ("CONT\t1\tZm9v", .respond(id: 1, SASLSecret("Zm9v"))),
        ("CONT\t1\t", .respond(id: 1, SASLSecret(""))),
        ("CANCEL\t9", .cancel(id: 9)),
        ("NEWS", .unknown("NEWS")),
    ]

    @Test(arguments: commands)
    func `a client's line is read and written`(line: String, command: AuthClientCommand) throws {
        #expect(try AuthClientCommand(Array(line.utf8)[...]) == command)
        #expect(command.bytes == Array((line + "\n").utf8))
    }

    static let replies: [(line: String, reply: AuthServerReply)] = [
        ("VERSION\t1\t2", .version(AuthVersion(major: 1, minor: 2))),
        ("MECH\tPLAIN\tplaintext", .mechanism(AuthMechanism("PLAIN", [.plaintext]))),
        ("MECH\tX\tdictionary\tforward-secrecy", .mechanism(AuthMechanism("X", [.dictionary, .forwardSecrecy]))),
        ("SPID\t12", .processID(12)),
        ("CUID\t13", .connectionID(13)),
        ("COOKIE\t0123456789abcdef0123456789abcdef", .cookie("0123456789abcdef0123456789abcdef")),
        ("DONE", .done),
        ("OK\t1\tuser=alice\tnologin", .ok(id: 1, ["user": "alice", "nologin": nil])),
        ("FAIL\t1\tuser=alice", .fail(id: 1, AuthFailure(.credentials, user: "alice"))),
        ("FAIL\t1\tcode=temp_fail\ttemp", .fail(id: 1, AuthFailure(.temporary))),
        (
            "FAIL\t1\tuser=a\tcode=user_disabled\treason=gone",
            .fail(id: 1, AuthFailure(.userDisabled, user: "a", reason: "gone"))
        ),
        ("FAIL\t1\tcode=strange\tx=y", .fail(id: 1, AuthFailure(.other("strange"), parameters: ["x": "y"]))),
        ("CONT\t1\tVXNlcm5hbWU6", .challenge(id: 1, Array("VXNlcm5hbWU6".utf8))),
        ("CONT\t1\t", .challenge(id: 1, [])),
    ]

    @Test(arguments: replies)
    func `a server's line is read and written`(line: String, reply: AuthServerReply) throws {
        #expect(try AuthServerReply(Array(line.utf8)[...]) == reply)
        #expect(reply.bytes == Array((line + "\n").utf8))
    }

    static let requests: [(line: String, request: MasterRequest)] = [
        ("VERSION\t1\t2", .version(AuthVersion(major: 1, minor: 2))),
        (
            "REQUEST\t1\t4711\t7\tcafe\tsession_pid=9",
            .redeem(id: 1, AuthTicket(clientProcessID: 4711, requestID: 7, cookie: "cafe"), ["session_pid": "9"])
        ),
        (
            "USER\t2\tbob\tservice=lmtp",
            .user(id: 2, UserLookup(user: "bob", connection: AuthConnectionInfo(service: "lmtp")))
        ),
        (
            "PASS\t3\tbob\tservice=imap",
            .pass(id: 3, UserLookup(user: "bob", connection: AuthConnectionInfo(service: "imap")))
        ),
        ("LIST\t4\tservice=doveadm", .list(id: 4, ["service": "doveadm"])),
    ]

    @Test(arguments: requests)
    func `a master's line is read and written`(line: String, request: MasterRequest) throws {
        #expect(try MasterRequest(Array(line.utf8)[...]) == request)
        #expect(request.bytes == Array((line + "\n").utf8))
    }

    static let masterReplies: [(line: String, reply: MasterReply)] = [
        ("SPID\t12", .processID(12)),
        (
            "USER\t1\tbob\tuid=5000\tgid=5001\thome=/home/b\u{1}tob\tmail=maildir:~/Maildir",
            .user(id: 1, UserEntry(user: "bob", uid: 5000, gid: 5001, home: "/home/b\tob", mail: "maildir:~/Maildir"))
        ),
        ("NOTFOUND\t1", .notFound(id: 1)),
        ("FAIL\t1\treason=unknown ticket", .fail(id: 1, reason: "unknown ticket")),
        ("FAIL\t1", .fail(id: 1, reason: "")),
        ("PASS\t1\tuser=bob", .pass(id: 1, ["user": "bob"])),
        ("LIST\t1\tbob", .listed(id: 1, user: "bob")),
        ("DONE\t1", .listEnd(id: 1, isComplete: true)),
        ("DONE\t1\tfail", .listEnd(id: 1, isComplete: false)),
    ]

    @Test(arguments: masterReplies)
    func `a reply to a master is read and written`(line: String, reply: MasterReply) throws {
        #expect(try MasterReply(Array(line.utf8)[...]) == reply)
        #expect(reply.bytes == Array((line + "\n").utf8))
    }

    @Test func `older forms are read`() throws {
        #expect(try MasterReply(Array("FAIL\t1\tno such ticket".utf8)[...]) == .fail(id: 1, reason: "no such ticket"))
        #expect(try AuthServerReply(Array("FAIL\t1\ttemp".utf8)[...]) == .fail(id: 1, AuthFailure(.temporary)))
        #expect(try AuthServerReply(Array("FAIL\t1\tauthz".utf8)[...]) == .fail(id: 1, AuthFailure(.authorization)))
        #expect(try AuthServerReply(Array("CONT\t1".utf8)[...]) == .challenge(id: 1, []))
    }

    @Test func `what follows resp is ignored, so that a client cannot make itself secured`() throws {
        let line = Array("AUTH\t1\tPLAIN\tservice=smtp\tresp=Zm9v\tsecured=tls\tcert_username=root".utf8)
        guard case .authenticate(_, let request) = try AuthClientCommand(line[...]) else {
            Issue.record("not AUTH")
            return
        }
        #expect(request.connection == AuthConnectionInfo(service: "smtp"))
    }

    @Test func `unknown parameters are ignored`() throws {
        let line = Array("AUTH\t1\tPLAIN\tservice=smtp\tfuture=1\tflag\t\tlport=99999".utf8)
        #expect(
            try AuthClientCommand(line[...])
                == .authenticate(
                    id: 1,
                    AuthRequest(mechanism: "PLAIN", connection: AuthConnectionInfo(service: "smtp"))
                )
        )
    }

    @Test(arguments: [
        "AUTH", "AUTH\t1", "AUTH\tx\tPLAIN\tservice=a", "AUTH\t1\tPLAIN", "AUTH\t1\t\tservice=a",
        "AUTH\t1\tPLAIN\tservice=",
        "AUTH\t4294967296\tPLAIN\tservice=a", "AUTH\t-1\tPLAIN\tservice=a", "CONT\t1", "CONT", "CPID", "CPID\t",
        "CPID\t+1",
        "VERSION", "VERSION\tx\t1", "VERSION\t1\ty", "CANCEL", "CPID\t99999999999999999999999",
    ])
    func `a known command with wrong fields is malformed`(line: String) {
        let command = line.split(separator: "\t").first.map { String($0) } ?? ""
        #expect(throws: AuthProtocolError.malformed(command: command)) { try AuthClientCommand(Array(line.utf8)[...]) }
    }

    @Test(arguments: ["REQUEST\t1\t2\t3", "USER\t1", "USER\t1\t\tservice=x", "USER\t1\tbob", "LIST", "PASS\t1\tbob"])
    func `a master's command with wrong fields is malformed`(line: String) {
        let command = line.split(separator: "\t").first.map { String($0) } ?? ""
        #expect(throws: AuthProtocolError.malformed(command: command)) { try MasterRequest(Array(line.utf8)[...]) }
    }

    @Test func `secrets do not show`() throws {
        let request = try AuthClientCommand(Array("AUTH\t1\tPLAIN\tservice=smtp\tresp=Zm9vYmFy".utf8)[...])
        let parameters: AuthParameters = [
            "user": "a", "pass": "Zm9vYmFy", "auth_token": "Zm9vYmFy", "userdb_password": "Zm9vYmFy",
        ]
        let ticket = AuthTicket(clientProcessID: 1, requestID: 2, cookie: "Zm9vYmFy")
        var dumped = ""
        dump(request, to: &dumped)
        dump(parameters, to: &dumped)
        dump(ticket, to: &dumped)
        for text in ["\(request)", "\(parameters)", String(reflecting: parameters), "\(ticket)", dumped] {
            #expect(!text.contains("Zm9v"))
        }
    }

    @Test func `mutated lines never trap a parser`() {
        var random = SeededGenerator(seed: 4)
        let lines =
            Self.commands.map(\.line) + Self.replies.map(\.line) + Self.requests.map(\.line)
            + Self.masterReplies.map(\.line)
        for _ in 0..<4000 {
            var line = Array((lines.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) where !line.isEmpty {
                let at = Int.random(in: 0..<line.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: line[at] = [0, 1, 9, 61, 48, 255].randomElement(using: &random) ?? 0
                case 1: line.remove(at: at)
                default: line.insert([1, 9, 61, 57].randomElement(using: &random) ?? 0, at: at)
                }
            }
            if let command = try? AuthClientCommand(line[...]), case .authenticate = command {
                #expect((try? AuthClientCommand(command.bytes.dropLast())) == command)
            }
            _ = try? AuthServerReply(line[...])
            if let request = try? MasterRequest(line[...]), case .user = request {
                #expect((try? MasterRequest(request.bytes.dropLast())) == request)
            }
            _ = try? MasterReply(line[...])
        }
    }
}
