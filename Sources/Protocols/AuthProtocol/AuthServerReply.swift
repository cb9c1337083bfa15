// SPDX-License-Identifier: Apache-2.0

/// A line that the server sends on the client socket.
package enum AuthServerReply: Equatable, Sendable {
    /// The first line of all.
    case version(AuthVersion)

    /// A mechanism that clients may use.
    case mechanism(AuthMechanism)

    /// The server's process id.
    case processID(UInt32)

    /// A number for this connection that the server never gives again.
    case connectionID(UInt32)

    /// 128 bits in hex, which prove to the master socket that a ticket is of this connection.
    case cookie(String)

    /// The end of the handshake.
    case done

    /// Success; `user=` among the parameters is the name to go on with.
    case ok(id: UInt32, AuthParameters)

    /// No success.
    case fail(id: UInt32, AuthFailure)

    /// The next challenge, in base64.
    case challenge(id: UInt32, [UInt8])

    /// A line of another version, to be ignored.
    case unknown(String)

    /// Reads a line without its LF.
    package init(_ line: ArraySlice<UInt8>) throws(AuthProtocolError) {
        var fields = AuthFields(line)
        switch fields.command {
        case "VERSION": self = .version(try fields.version())
        case "MECH": self = .mechanism(try AuthMechanism(&fields))
        case "SPID": self = .processID(try fields.number())
        case "CUID": self = .connectionID(try fields.number())
        case "COOKIE": self = .cookie(try fields.text())
        case "DONE": self = .done
        case "OK":
            let id = try fields.number()
            self = .ok(id: id, try fields.parameters())
        case "FAIL":
            let id = try fields.number()
            self = .fail(id: id, AuthFailure(try fields.parameters()))
        case "CONT":
            let id = try fields.number()
            self = .challenge(id: id, fields.optionalField() ?? [])
        default: self = .unknown(fields.command)
        }
    }

    /// The line with its LF.
    package var bytes: [UInt8] {
        var line: AuthLine
        switch self {
        case .version(let version):
            line = AuthLine("VERSION", version.major)
            line.add(version.minor)
        case .mechanism(let mechanism): return mechanism.encoded
        case .processID(let pid): line = AuthLine("SPID", pid)
        case .connectionID(let id): line = AuthLine("CUID", id)
        case .cookie(let cookie):
            line = AuthLine("COOKIE")
            line.add(cookie)
        case .done: line = AuthLine("DONE")
        case .ok(let id, let parameters):
            line = AuthLine("OK", id)
            line.add(parameters)
        case .fail(let id, let failure):
            line = AuthLine("FAIL", id)
            line.add(failure.encodedParameters)
        case .challenge(let id, let data):
            line = AuthLine("CONT", id)
            line.add(bytes: data)
        case .unknown(let name): line = AuthLine(name)
        }
        return line.finished()
    }
}
