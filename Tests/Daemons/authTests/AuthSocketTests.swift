// SPDX-License-Identifier: Apache-2.0
import AuthProtocol
import EventLoop
import POSIX
import SASL
import Service
import TestSupport
import Testing

@testable import auth

@Suite struct `The sockets of auth` {
    private static let users = "alice:{PLAIN}pw:1001:1001::/home/alice::\nbob:{PLAIN}pw:1002:1002::/home/bob::\n"
    private static func text(delay: String = "0") -> String {
        """
        auth_mechanisms = plain login
        auth_failure_delay = \(delay)
        passdb {
          driver = passwd-file
          args = USERS
        }
        userdb {
          driver = passwd-file
          args = USERS
        }
        """
    }

    @Test func `answer PLAIN and LOGIN, with and without an initial response`() async throws {
        let fixture = try await AuthFixture(Self.text(), users: Self.users)
        let path = try await fixture.listen("client")
        try await onLoop {
            let client = AuthClient(path: path, service: "imap")
            #expect(await client.mechanisms().map(\.name) == ["PLAIN", "LOGIN"])
            #expect(await client.plain("alice", "pw").user == "alice")
            #expect(await client.plain("alice", "no").code == .credentials)
            #expect(await client.plain("nobody", "pw").code == .credentials)

            let plain = client.exchange("plain", client.info)
            #expect(await plain.begin(nil) == .challenge([]))
            #expect(await plain.respond(SASLSecret(Base64.encode([UInt8]("\0bob\0pw".utf8)))).user == "bob")

            let login = client.exchange("LOGIN", client.info)
            #expect(await login.begin(nil) == .challenge(Base64.encode([UInt8]("Username:".utf8))))
            #expect(await login.respond(SASLSecret("Ym9i")) == .challenge(Base64.encode([UInt8]("Password:".utf8))))
            #expect(await login.respond(SASLSecret("cHc=")).user == "bob")

            #expect(await client.exchange("GSSAPI", client.info).begin(nil).code == .credentials)
            #expect(await client.exchange("PLAIN", client.info).begin(SASLSecret("!")).code == .credentials)
            let given = client.exchange("LOGIN", client.info)
            _ = await given.begin(nil)
            given.cancel()
            #expect(await client.plain("alice", "pw").user == "alice")
            client.close()
        }
    }

    @Test func `serve many exchanges of one connection at once`() async throws {
        let fixture = try await AuthFixture(Self.text(), users: Self.users)
        let path = try await fixture.listen("client")
        let good = try await onLoop {
            let client = AuthClient(path: path, service: "imap")
            let results = Channel<Bool>()
            for index in 0..<300 {
                Loop.spawn { results.send(await client.plain("bob", index % 2 == 0 ? "pw" : "no").user != nil) }
            }
            var good = 0
            for _ in 0..<300 { if await results.next() == true { good += 1 } }
            client.close()
            return good
        }
        #expect(good == 150)
    }

    @Test func `give a ticket that is good once, for the user's entry`() async throws {
        let fixture = try await AuthFixture(Self.text(), users: Self.users)
        let clientPath = try await fixture.listen("client")
        let masterPath = try await fixture.listen("test-master")
        let lookupPath = try await fixture.listen("test-userdb")
        try await onLoop {
            let client = AuthClient(path: clientPath, service: "imap")
            guard case .success(let success) = await client.plain("alice", "pw") else {
                Issue.record("no success")
                return
            }
            let lookups = try await MasterPeer(lookupPath)
            guard case .fail = try await lookups.ask({ $0.redeem(success.ticket) }) else {
                Issue.record("a userdb socket redeems tickets")
                return
            }
            let master = try await MasterPeer(masterPath)
            var forged = success.ticket
            forged.cookie = String(repeating: "0", count: 32)
            guard case .fail = try await master.ask({ $0.redeem(forged) }) else {
                Issue.record("a forged ticket was taken")
                return
            }
            let reply = try await master.ask { $0.redeem(success.ticket) }
            guard case .user(_, let entry) = reply else {
                Issue.record("\(reply)")
                return
            }
            #expect(entry.user == "alice" && entry.uid == 1001 && entry.gid == 1001 && entry.home == "/home/alice")
            guard case .fail = try await master.ask({ $0.redeem(success.ticket) }) else {
                Issue.record("a ticket was good twice")
                return
            }
            let lookup = UserLookup(user: "BOB", connection: AuthConnectionInfo(service: "lmtp"))
            for peer in [master, lookups] {
                guard case .user(_, let bob) = try await peer.ask({ $0.user(lookup) }) else {
                    Issue.record("bob is not found")
                    return
                }
                #expect(bob.user == "bob" && bob.uid == 1002)
            }
            let nobody = UserLookup(user: "nobody", connection: AuthConnectionInfo(service: "lmtp"))
            guard case .notFound = try await master.ask({ $0.user(nobody) }) else {
                Issue.record("nobody is found")
                return
            }
            client.close()
        }
    }

    @Test func `redeem on the ticket socket for the uid whose ticket it is, and answer nothing else there`()
        async throws
    {
        let own = Identity.effectiveUser
        let users = "alice:{PLAIN}pw:\(own):1001::/home/alice::\nbob:{PLAIN}pw:\(own &+ 1):1002::/home/bob::\n"
        let fixture = try await AuthFixture(Self.text(), users: users)
        let clientPath = try await fixture.listen("client")
        let masterPath = try await fixture.listen("test-master")
        let ticketPath = try await fixture.listen("test-ticket")
        try await onLoop {
            let client = AuthClient(path: clientPath, service: "imap")
            let master = try await MasterPeer(masterPath)
            let redeemer = try await MasterPeer(ticketPath)
            for (user, isOwn) in [("alice", true), ("bob", false)] {
                guard case .success(let success) = await client.plain(user, "pw") else {
                    Issue.record("no success")
                    return
                }
                guard case .fail = try await redeemer.ask({ $0.redeem(success.ticket) }) else {
                    Issue.record("a ticket was redeemed that nobody has looked up")
                    return
                }
                guard case .user = try await master.ask({ $0.redeem(success.ticket) }) else {
                    Issue.record("the ticket cannot be looked up")
                    return
                }
                let reply = try await redeemer.ask { $0.redeem(success.ticket) }
                if case .user(_, let entry) = reply {
                    #expect(isOwn && entry.user == user && entry.home == "/home/\(user)")
                } else {
                    #expect(!isOwn, "\(reply)")
                }
                guard case .fail = try await redeemer.ask({ $0.redeem(success.ticket) }) else {
                    Issue.record("a ticket was good twice")
                    return
                }
            }
            let lookup = UserLookup(user: "bob", connection: AuthConnectionInfo(service: "lmtp"))
            guard case .fail = try await redeemer.ask({ $0.user(lookup) }) else {
                Issue.record("the ticket socket looks users up")
                return
            }
            client.close()
        }
    }

    @Test func `tell failures late, and temporary trouble and success at once`() async throws {
        let fixture = try await AuthFixture(Self.text(delay: "600 ms"), users: Self.users)
        let path = try await fixture.listen("client")
        try await onLoop {
            let client = AuthClient(path: path, service: "imap")
            #expect(await client.plain("alice", "pw").user == "alice")
            let order = Channel<String>()
            Loop.spawn { order.send(await client.plain("alice", "no").code == .credentials ? "failure" : "?") }
            Loop.spawn { order.send(await client.plain("alice", "pw").user ?? "?") }
            #expect(await order.next() == "alice")
            let start = EventLoop.shared.now
            #expect(await order.next() == "failure")
            #expect(EventLoop.shared.now - start > .milliseconds(300))
            client.close()
        }
    }

    @Test func `are found again by a client whose connection was ended`() async throws {
        let fixture = try await AuthFixture(Self.text(), users: Self.users)
        let path = try await fixture.listen("client")
        let service = fixture.service
        try await onLoop {
            let client = AuthClient(path: path, service: "imap")
            for _ in 0..<3 {
                #expect(await client.plain("alice", "pw").user == "alice")
                service.leave()
            }
            client.close()
            let lost = AuthClient(path: path + "-missing", service: "imap")
            #expect(await lost.plain("alice", "pw").code == .temporary)
            #expect(await lost.mechanisms().isEmpty)
        }
    }

    @Test(
        arguments: [
            "AUTH\t1\tPLAIN\tservice=x\n", "VERSION\t9\t0\n", "VERSION\t1\t2\nCPID\tx\n",
            "VERSION\t1\t2\nCPID\t1\nAUTH\t1\tPLAIN\n", String(repeating: "A", count: 20_000),
            "VERSION\t1\t2\nCPID\t1\n" + (0..<5000).map { "AUTH\t\($0)\tLOGIN\tservice=x\n" }.joined(),
        ]
    )
    func `cut off who breaks the protocol or floods`(_ text: String) async throws {
        let fixture = try await AuthFixture(Self.text(), users: Self.users)
        let path = try await fixture.listen("client")
        try await onLoop {
            let connection = try Connection(try Descriptor.connect(toPath: path))
            connection.timeout = .seconds(300)
            connection.post(text)
            while (try? await connection.fill()) == true { _ = connection.take() }
            #expect(connection.isBroken)
            connection.close()
        }
    }
}

@Suite struct `A ticket` {
    @Test func `is forgotten in time`() async throws {
        try await onLoop {
            let tickets = TicketStore()
            let login = TicketStore.Login(user: "a", fields: [:], connection: AuthConnectionInfo(service: "imap"))
            let ticket = AuthTicket(clientProcessID: 1, requestID: 2, cookie: "c")
            tickets.keep(login, ticket)
            tickets.turn()
            #expect(tickets.take(ticket)?.user == "a")
            #expect(tickets.take(ticket) == nil)
            tickets.keep(login, ticket)
            tickets.turn()
            tickets.turn()
            #expect(tickets.take(ticket) == nil)
            #expect(tickets.count == 0)
        }
    }

    @Test func `is redeemed once it was looked up, by its own uid and once`() async throws {
        try await onLoop {
            let tickets = TicketStore()
            let login = TicketStore.Login(user: "a", fields: [:], connection: AuthConnectionInfo(service: "imap"))
            let ticket = AuthTicket(clientProcessID: 1, requestID: 2, cookie: "c")
            tickets.keep(login, ticket)
            #expect(tickets.redeem(ticket, as: 1001) == nil)
            #expect(tickets.take(ticket) != nil)
            tickets.keep(UserEntry(user: "a", uid: 1001, gid: 1001, home: "/home/a"), uid: 1001, ticket)
            #expect(tickets.take(ticket) == nil)
            #expect(tickets.redeem(ticket, as: 1002) == nil)
            #expect(tickets.redeem(ticket, as: 0) == nil)
            #expect(tickets.redeem(ticket, as: 1001)?.user == "a")
            #expect(tickets.redeem(ticket, as: 1001) == nil)
            #expect(tickets.count == 0)
            // An entry without uid, where none is configured: nobody's.
            tickets.keep(UserEntry(user: "a"), uid: nil, ticket)
            #expect(tickets.redeem(ticket, as: 1001) == nil)
        }
    }
}

/// A mail process, as far as auth's master socket sees it.
@Loop
private final class MasterPeer {
    private let connection: Connection
    private var engine = MasterClientConnectionEngine()

    init(_ path: String) async throws {
        connection = try Connection(try Descriptor.connect(toPath: path))
        connection.timeout = .seconds(300)
        connection.post(engine.greeting)
    }

    func ask(_ request: (inout MasterClientConnectionEngine) -> (id: UInt32, bytes: [UInt8])?) async throws
        -> MasterReply
    {
        connection.post(request(&engine)?.bytes ?? [])
        while true {
            while let event = engine.next() { if case .reply(let reply) = event { return reply } }
            guard try await connection.fill() else { throw ConnectionError.unexpectedEnd }
            engine.receive(connection.take())
        }
    }
}
