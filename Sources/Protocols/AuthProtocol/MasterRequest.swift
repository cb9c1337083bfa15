// SPDX-License-Identifier: Apache-2.0

/// A line that a trusted process sends on the master (userdb) socket.
package enum MasterRequest: Equatable, Sendable {
    /// The handshake.
    case version(AuthVersion)

    /// Redeems the ticket of a log-in; the parameters name the session that will serve it.
    case redeem(id: UInt32, AuthTicket, AuthParameters)

    /// A userdb lookup.
    case user(id: UInt32, UserLookup)

    /// A passdb lookup without a password.
    case pass(id: UInt32, UserLookup)

    /// All users of the userdbs.
    case list(id: UInt32, AuthParameters)

    /// A command of another version.
    case unknown(String)

    /// Reads a line without its LF.
    package init(_ line: ArraySlice<UInt8>) throws(AuthProtocolError) {
        var fields = AuthFields(line)
        switch fields.command {
        case "VERSION": self = .version(try fields.version())
        case "REQUEST":
            let id = try fields.number()
            let client = try fields.number()
            let request = try fields.number()
            let ticket = AuthTicket(clientProcessID: client, requestID: request, cookie: try fields.text())
            self = .redeem(id: id, ticket, try fields.parameters())
        case "USER":
            let id = try fields.number()
            self = .user(id: id, try UserLookup(&fields))
        case "PASS":
            let id = try fields.number()
            self = .pass(id: id, try UserLookup(&fields))
        case "LIST":
            let id = try fields.number()
            self = .list(id: id, try fields.parameters())
        default: self = .unknown(fields.command)
        }
    }

    /// The id of a request, which its reply bears.
    package var id: UInt32? {
        switch self {
        case .version, .unknown: nil
        case .redeem(let id, _, _), .user(let id, _), .pass(let id, _), .list(let id, _): id
        }
    }

    /// The line with its LF.
    package var bytes: [UInt8] {
        switch self {
        case .version(let version):
            var line = AuthLine("VERSION", version.major)
            line.add(version.minor)
            return line.finished()
        case .redeem(let id, let ticket, let parameters):
            var line = AuthLine("REQUEST", id)
            line.add(ticket.clientProcessID)
            line.add(ticket.requestID)
            line.add(ticket.cookie)
            line.add(parameters)
            return line.finished()
        case .user(let id, let lookup): return lookup.encoded("USER", id: id)
        case .pass(let id, let lookup): return lookup.encoded("PASS", id: id)
        case .list(let id, let parameters):
            var line = AuthLine("LIST", id)
            line.add(parameters)
            return line.finished()
        case .unknown(let name): return AuthLine(name).finished()
        }
    }
}
