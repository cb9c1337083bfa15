// SPDX-License-Identifier: Apache-2.0

import AuthProtocol
import Testing

@Suite("Auth master socket")
struct MasterConnectionTests {
    private static let ticket = AuthTicket(clientProcessID: 7, requestID: 3, cookie: "cafe")

    @Test func `a ticket is redeemed and a user looked up, byte by byte`() throws {
        var server = MasterServerConnectionEngine(processID: 12)
        var client = MasterClientConnectionEngine()
        #expect(String(decoding: server.greeting, as: UTF8.self) == "VERSION\t1\t2\nSPID\t12\n")
        let entry = UserEntry(user: "bob", uid: 5000, gid: 5000, home: "/srv/bob")
        let redeemed = client.redeem(Self.ticket, ["session_pid": "44"])
        let looked = client.user(UserLookup(user: "carol", connection: AuthConnectionInfo(service: "lmtp")))
        let listed = client.list()
        var toServer =
            client.greeting + (try #require(redeemed).bytes) + (try #require(looked).bytes)
            + (try #require(listed).bytes)
        var toClient = server.greeting
        var events: [MasterClientEvent] = []
        while !toServer.isEmpty || !toClient.isEmpty {
            if !toServer.isEmpty { server.receive([toServer.removeFirst()]) }
            if !toClient.isEmpty { client.receive([toClient.removeFirst()]) }
            while let event = server.next() {
                switch event {
                case .request(.redeem(let id, let ticket, let parameters)):
                    #expect(ticket == Self.ticket)
                    #expect(parameters == ["session_pid": "44"])
                    toClient += server.reply(.user(id: id, entry))
                case .request(.user(let id, let lookup)):
                    #expect(lookup.user == "carol")
                    toClient += server.reply(.notFound(id: id))
                case .request(.list(let id, _)):
                    toClient += server.reply(.listed(id: id, user: "bob"))
                    toClient += server.reply(.listEnd(id: id, isComplete: true))
                    toClient += server.reply(.listEnd(id: id, isComplete: true))
                default: Issue.record("\(event)")
                }
            }
            while let event = client.next() { events.append(event) }
        }
        #expect(
            events == [
                .ready(processID: 12), .reply(.user(id: 1, entry)), .reply(.notFound(id: 2)),
                .reply(.listed(id: 3, user: "bob")), .reply(.listEnd(id: 3, isComplete: true)),
            ]
        )
        #expect(entry.uid == 5000 && entry.home == "/srv/bob" && entry.mail == nil)
        #expect(client.openRequests.isEmpty)
    }

    @Test(arguments: [
        ("REQUEST\t1\t2\t3\tx\n", AuthProtocolError.handshakeIncomplete(command: "VERSION")),
        ("VERSION\t3\t0\n", .unsupportedVersion(major: 3)),
        ("VERSION\t1\t0\nUSER\t1\ta\tservice=x\nUSER\t1\tb\tservice=x\n", .duplicateRequest(id: 1)),
        ("VERSION\t1\t0\nUSER\t1\ta\tservice=x\nUSER\t2\tb\tservice=x\nUSER\t3\tb\tservice=x\n", .tooMany(limit: 2)),
        ("VERSION\t1\t0\nUSER\tx\n", .malformed(command: "USER")),
    ])
    func `a broken master is cut off`(input: String, error: AuthProtocolError) {
        var server = MasterServerConnectionEngine(processID: 1, limits: AuthProtocolLimits(pending: 2))
        server.receive(Array(input.utf8))
        var last: MasterServerEvent?
        while let event = server.next() { last = event }
        #expect(last == .failed(error))
    }

    @Test func `tickets differ by each part`() {
        #expect(Self.ticket == AuthTicket(clientProcessID: 7, requestID: 3, cookie: "cafe"))
        #expect(Self.ticket != AuthTicket(clientProcessID: 8, requestID: 3, cookie: "cafe"))
        #expect(Self.ticket != AuthTicket(clientProcessID: 7, requestID: 4, cookie: "cafe"))
        #expect(Self.ticket != AuthTicket(clientProcessID: 7, requestID: 3, cookie: "caff"))
        #expect(Self.ticket != AuthTicket(clientProcessID: 7, requestID: 3, cookie: "cafe0"))
    }
}
