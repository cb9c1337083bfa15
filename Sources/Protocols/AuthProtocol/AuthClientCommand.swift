// SPDX-License-Identifier: Apache-2.0

package import SASL

/// A line that a client sends on the client socket.
package enum AuthClientCommand: Equatable, Sendable {
    /// The first line of all.
    case version(AuthVersion)

    /// The client's process id, which ends its handshake.
    case processID(UInt32)

    /// A new request; the id is the client's choice.
    case authenticate(id: UInt32, AuthRequest)

    /// The next response, in base64.
    case respond(id: UInt32, SASLSecret)

    /// The client is gone; nobody waits for the answer.
    case cancel(id: UInt32)

    /// A command of another version, to be ignored.
    case unknown(String)

    /// Reads a line without its LF.
    package init(_ line: ArraySlice<UInt8>) throws(AuthProtocolError) {
        var fields = AuthFields(line)
        switch fields.command {
        case "VERSION": self = .version(try fields.version())
        case "CPID": self = .processID(try fields.number())
        case "AUTH":
            let id = try fields.number()
            self = .authenticate(id: id, try AuthRequest(&fields))
        case "CONT":
            let id = try fields.number()
            self = .respond(id: id, SASLSecret(try fields.field()))
        case "CANCEL": self = .cancel(id: try fields.number())
        default: self = .unknown(fields.command)
        }
    }

    /// The line with its LF.
    package var bytes: [UInt8] {
        switch self {
        case .version(let version):
            var line = AuthLine("VERSION", version.major)
            line.add(version.minor)
            return line.finished()
        case .processID(let pid): return AuthLine("CPID", pid).finished()
        case .authenticate(let id, let request): return request.encoded(id: id)
        case .respond(let id, let response):
            var line = AuthLine("CONT", id)
            line.add(bytes: response.bytes)
            return line.finished()
        case .cancel(let id): return AuthLine("CANCEL", id).finished()
        case .unknown(let name): return AuthLine(name).finished()
        }
    }
}
