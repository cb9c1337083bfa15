// SPDX-License-Identifier: Apache-2.0

package import SASL

/// What happened on a client's connection.
package enum AuthServerEvent: Equatable, Sendable {
    /// The client's handshake is complete; its tickets are redeemed under this process id.
    case ready(clientProcessID: UInt32)

    /// A new request.
    case request(id: UInt32, AuthRequest)

    /// The response, in base64, to the challenge of an open request.
    case response(id: UInt32, SASLSecret)

    /// The client no longer wants an answer; the request is closed.
    case cancelled(id: UInt32)

    /// Log this and close the connection; no more events come.
    case failed(AuthProtocolError)
}

/// The auth service's side of one connection on the client socket.
///
/// Send `greeting` at once, give what arrives to `receive`, take events with `next` until it returns nil, and answer each
/// request with `challenge`, `ok` or `fail`, whose bytes are to be sent.
package struct AuthServerConnectionEngine: Sendable {
    /// The greeting for a fresh connection: the whole handshake, as some clients send nothing before they have read it.
    package let greeting: [UInt8]

    private let limits: AuthProtocolLimits
    private var reader: AuthLineReader
    private var version: AuthVersion?
    private var clientProcessID: UInt32?
    private var open: Set<UInt32> = []
    private var isFailed = false

    /// Makes the server's side; `cookie` is 32 hex digits from a good random source, fresh for each connection.
    package init(
        processID: UInt32,
        connectionID: UInt32,
        cookie: String,
        mechanisms: [AuthMechanism],
        limits: AuthProtocolLimits = AuthProtocolLimits()
    ) {
        let handshake: [AuthServerReply] =
            [.version(.current)] + mechanisms.map { .mechanism($0) }
            + [.processID(processID), .connectionID(connectionID), .cookie(cookie), .done]
        greeting = handshake.flatMap { $0.bytes }
        self.limits = limits
        reader = AuthLineReader(limit: limits.line)
    }

    /// Requests that wait for an answer of ours.
    package var openRequests: Set<UInt32> { open }

    /// Takes bytes from the connection.
    package mutating func receive(_ bytes: ArraySlice<UInt8>) {
        guard !isFailed else { return }
        reader.append(bytes)
    }

    /// Takes bytes from the connection.
    package mutating func receive(_ bytes: [UInt8]) {
        receive(bytes[...])
    }

    /// The next event, or nil until more bytes have come.
    package mutating func next() -> AuthServerEvent? {
        guard !isFailed else { return nil }
        do throws(AuthProtocolError) {
            while let line = try reader.next() {
                if let event = try handle(AuthClientCommand(line)) { return event }
            }
            return nil
        } catch {
            isFailed = true
            return .failed(error)
        }
    }

    /// Asks for the next response with `data` in base64; empty bytes where the client has cancelled meanwhile.
    package func challenge(id: UInt32, _ data: [UInt8]) -> [UInt8] {
        open.contains(id) ? AuthServerReply.challenge(id: id, data).bytes : []
    }

    /// Closes a request with success; empty bytes where the client has cancelled meanwhile.
    package mutating func ok(id: UInt32, _ parameters: AuthParameters) -> [UInt8] {
        open.remove(id) == nil ? [] : AuthServerReply.ok(id: id, parameters).bytes
    }

    /// Closes a request without success; empty bytes where the client has cancelled meanwhile.
    package mutating func fail(id: UInt32, _ failure: AuthFailure) -> [UInt8] {
        open.remove(id) == nil ? [] : AuthServerReply.fail(id: id, failure).bytes
    }

    private mutating func handle(_ command: AuthClientCommand) throws(AuthProtocolError) -> AuthServerEvent? {
        switch command {
        case .version(let theirs):
            guard version == nil else { throw .repeated(command: "VERSION") }
            guard theirs.major == AuthVersion.current.major else { throw .unsupportedVersion(major: theirs.major) }
            version = theirs
            return nil
        case .processID(let pid):
            guard version != nil else { throw .handshakeIncomplete(command: "CPID") }
            guard clientProcessID == nil else { throw .repeated(command: "CPID") }
            clientProcessID = pid
            return .ready(clientProcessID: pid)
        case .authenticate(let id, let request):
            guard clientProcessID != nil else { throw .handshakeIncomplete(command: "AUTH") }
            guard open.count < limits.pending else { throw .tooMany(limit: limits.pending) }
            guard open.insert(id).inserted else { throw .duplicateRequest(id: id) }
            return .request(id: id, request)
        case .respond(let id, let response):
            guard clientProcessID != nil else { throw .handshakeIncomplete(command: "CONT") }
            // A request that timed out on our side may still get a response that was on its way.
            return open.contains(id) ? .response(id: id, response) : nil
        case .cancel(let id):
            guard clientProcessID != nil else { throw .handshakeIncomplete(command: "CANCEL") }
            return open.remove(id) == nil ? nil : .cancelled(id: id)
        case .unknown(let name):
            guard version != nil else { throw .handshakeIncomplete(command: name) }
            return nil
        }
    }
}
