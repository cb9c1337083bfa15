// SPDX-License-Identifier: Apache-2.0

/// A line that the auth service sends on the master (userdb) socket.
package enum MasterReply: Equatable, Sendable {
    /// The handshake.
    case version(AuthVersion)

    /// The server's process id, the end of its handshake.
    case processID(UInt32)

    /// A user's entry, for `USER` and `REQUEST`.
    case user(id: UInt32, UserEntry)

    /// There is no such user.
    case notFound(id: UInt32)

    /// Something is broken, or the ticket is unknown; the text is for the log.
    case fail(id: UInt32, reason: String)

    /// A passdb's fields.
    case pass(id: UInt32, AuthParameters)

    /// One of the users.
    case listed(id: UInt32, user: String)

    /// The end of the list.
    case listEnd(id: UInt32, isComplete: Bool)

    /// A line of another version, to be ignored.
    case unknown(String)

    /// Reads a line without its LF.
    package init(_ line: ArraySlice<UInt8>) throws(AuthProtocolError) {
        var fields = AuthFields(line)
        switch fields.command {
        case "VERSION": self = .version(try fields.version())
        case "SPID": self = .processID(try fields.number())
        case "USER":
            let id = try fields.number()
            let user = try fields.text()
            self = .user(id: id, UserEntry(user: user, parameters: try fields.parameters()))
        case "NOTFOUND": self = .notFound(id: try fields.number())
        case "FAIL":
            let id = try fields.number()
            let parameters = try fields.parameters()
            // Dovecot wrote a bare text in some versions and reason= in others.
            self = .fail(id: id, reason: parameters["reason"] ?? parameters.items.first { $0.value == nil }?.name ?? "")
        case "PASS":
            let id = try fields.number()
            self = .pass(id: id, try fields.parameters())
        case "LIST":
            let id = try fields.number()
            self = .listed(id: id, user: try fields.text())
        case "DONE":
            let id = try fields.number()
            self = .listEnd(id: id, isComplete: !(try fields.parameters()).contains("fail"))
        default: self = .unknown(fields.command)
        }
    }

    /// The id of the request that this answers.
    package var id: UInt32? {
        switch self {
        case .version, .processID, .unknown: nil
        case .user(let id, _), .notFound(let id), .fail(let id, _), .pass(let id, _), .listed(let id, _),
            .listEnd(let id, _):
            id
        }
    }

    /// The line with its LF.
    package var bytes: [UInt8] {
        var line: AuthLine
        switch self {
        case .version(let version):
            line = AuthLine("VERSION", version.major)
            line.add(version.minor)
        case .processID(let pid): line = AuthLine("SPID", pid)
        case .user(let id, let entry):
            line = AuthLine("USER", id)
            line.add(entry.user)
            line.add(entry.parameters)
        case .notFound(let id): line = AuthLine("NOTFOUND", id)
        case .fail(let id, let reason):
            line = AuthLine("FAIL", id)
            if !reason.isEmpty { line.add("reason", reason) }
        case .pass(let id, let parameters):
            line = AuthLine("PASS", id)
            line.add(parameters)
        case .listed(let id, let user):
            line = AuthLine("LIST", id)
            line.add(user)
        case .listEnd(let id, let isComplete):
            line = AuthLine("DONE", id)
            if !isComplete { line.add("fail") }
        case .unknown(let name): line = AuthLine(name)
        }
        return line.finished()
    }
}
