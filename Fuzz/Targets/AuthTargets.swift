// SPDX-License-Identifier: Apache-2.0
import AuthProtocol
import SASL

extension FuzzTarget {
    /// What clients say to the auth service: the client socket and the master socket.
    static let authServer = FuzzTarget("auth-server", upTo: 8192) { bytes in
        try requireIndependence(bytes, "client socket") { pieces in
            var server = AuthServerConnectionEngine(
                processID: 1,
                connectionID: 2,
                cookie: "00112233445566778899aabbccddeeff",
                mechanisms: [AuthMechanism(.plain), AuthMechanism(.login)],
                limits: limits
            )
            var events: [AuthServerEvent] = []
            for piece in pieces {
                server.receive(piece)
                while let event = server.next() { events.append(event) }
            }
            try require(server.openRequests.count <= limits.pending, "too many open requests")
            return events
        }
        try requireIndependence(bytes, "master socket") { pieces in
            var server = MasterServerConnectionEngine(processID: 1, limits: limits)
            var events: [MasterServerEvent] = []
            for piece in pieces {
                server.receive(piece)
                while let event = server.next() { events.append(event) }
            }
            return events
        }
        for line in bytes.split(separator: 10) {
            // What is read and written again reads as the same; of what is not known only the begin is kept, for the log.
            if let command = try? AuthClientCommand(line), command != .unknown(name(line)) {
                try requireEqual(try? AuthClientCommand(command.bytes.dropLast()[...]), command, "client command")
            }
            if let request = try? MasterRequest(line), request != .unknown(name(line)) {
                try requireEqual(try? MasterRequest(request.bytes.dropLast()[...]), request, "master request")
            }
            try requireEqual(TabEscaping.decode(escaped(Array(line))[...]), Array(line), "escaping")
        }
    }

    /// What the auth service, or something in its place, says to us.
    static let authClient = FuzzTarget("auth-client", upTo: 8192) { bytes in
        let connection = AuthConnectionInfo(service: "smtp")
        try requireIndependence(bytes, "client socket") { pieces in
            var client = AuthClientConnectionEngine(processID: 1, limits: limits)
            for _ in 0..<3 { _ = client.authenticate(AuthRequest(mechanism: "PLAIN", connection: connection)) }
            var events: [AuthClientEvent] = []
            for piece in pieces {
                client.receive(piece)
                while let event = client.next() { events.append(event) }
            }
            return events
        }
        try requireIndependence(bytes, "master socket") { pieces in
            var client = MasterClientConnectionEngine(limits: limits)
            for _ in 0..<3 { _ = client.user(UserLookup(user: "u", connection: connection)) }
            _ = client.list()
            var events: [MasterClientEvent] = []
            for piece in pieces {
                client.receive(piece)
                while let event = client.next() { events.append(event) }
            }
            return events
        }
        for line in bytes.split(separator: 10) {
            if let reply = try? AuthServerReply(line), reply != .unknown(name(line)) {
                try requireEqual(try? AuthServerReply(reply.bytes.dropLast()[...]), reply, "server reply")
            }
            if let reply = try? MasterReply(line), reply != .unknown(name(line)) {
                try requireEqual(try? MasterReply(reply.bytes.dropLast()[...]), reply, "master reply")
            }
        }
    }

    /// The messages of the mechanisms, and the line that carries them.
    static let sasl = FuzzTarget("sasl", upTo: 16384) { bytes in
        let messages = bytes.split(separator: 10, omittingEmptySubsequences: false)
        for mechanism in SASLMechanism.allCases {
            var server = mechanism.makeServer()
            var steps = [server.start(initialResponse: messages.first.map(Array.init))]
            for message in messages.dropFirst().prefix(4) { steps.append(server.respond(Array(message))) }
            for case .credentials(let credentials) in steps {
                try require(!credentials.authenticationIdentity.utf8.contains(0), "NUL in an identity")
                try require(!credentials.authorizationIdentity.utf8.contains(0), "NUL in an identity")
            }
            var client = mechanism.makeClient(SASLCredentials(authenticationIdentity: "u", password: SASLSecret("p")))
            _ = client.initialResponse()
            for message in messages.prefix(4) { _ = client.respond(to: Array(message)) }
        }
        for line in messages {
            _ = SASLResponseLine(line)
            _ = SASLResponseLine(initial: line)
            guard let data = try? Base64.decode(line, maximum: 16384) else { continue }
            try requireEqual(Base64.encode(data), Array(line), "base64 has two spellings")
        }
        try requireEqual(try? Base64.decode(Base64.encode(bytes), maximum: bytes.count), bytes, "base64")
    }

    private static let limits = AuthProtocolLimits(line: 1000, pending: 8, mechanisms: 4)

    /// The command's name as the engines keep it.
    private static func name(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line.prefix { $0 != 9 }.prefix(32), as: UTF8.self)
    }

    private static func escaped(_ field: [UInt8]) -> [UInt8] {
        var line: [UInt8] = []
        TabEscaping.append(field, to: &line)
        return line
    }

    private static func requireIndependence<Event: Equatable>(
        _ bytes: [UInt8],
        _ what: String,
        _ read: ([ArraySlice<UInt8>]) throws -> [Event]
    ) throws {
        var cuts = Cuts(for: bytes)
        try requireEqual(try read(cuts.pieces(of: bytes)), try read([bytes[...]]), "\(what): events depend on the cuts")
    }
}
