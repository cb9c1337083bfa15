// SPDX-License-Identifier: Apache-2.0

package import SASL

/// What a server said of itself in the handshake.
package struct AuthServerIdentity: Equatable, Sendable {
    /// Its process id.
    package var processID: UInt32

    /// Its number for this connection.
    package var connectionID: UInt32

    /// The proof that belongs to the tickets of this connection.
    package var cookie: String

    /// The mechanisms it offers.
    package var mechanisms: [AuthMechanism]

    /// Makes an identity.
    package init(processID: UInt32, connectionID: UInt32, cookie: String, mechanisms: [AuthMechanism]) {
        self.processID = processID
        self.connectionID = connectionID
        self.cookie = cookie
        self.mechanisms = mechanisms
    }
}

/// What happened on the connection to the auth service.
package enum AuthClientEvent: Equatable, Sendable {
    /// The server's handshake is complete.
    case ready(AuthServerIdentity)

    /// Send this challenge (base64) to the user and give the answer to `respond`.
    case challenge(id: UInt32, [UInt8])

    /// The user is who he says and may log in; `user=` among the parameters is his name.
    case succeeded(id: UInt32, AuthParameters)

    /// The user may not log in.
    case refused(id: UInt32, AuthFailure)

    /// Log this and close the connection; no more events come.
    case failed(AuthProtocolError)
}

/// A log-in service's side of its connection to the auth service.
///
/// Send `greeting` at once; requests may follow it without waiting for `ready`.
package struct AuthClientConnectionEngine: Sendable {
    /// The greeting for a fresh connection.
    package let greeting: [UInt8]

    private let limits: AuthProtocolLimits
    private var reader: AuthLineReader
    private var isVersionKnown = false
    private var isReady = false
    private var identity = AuthServerIdentity(processID: 0, connectionID: 0, cookie: "", mechanisms: [])
    private var open: Set<UInt32> = []
    private var lastID: UInt32 = 0
    private var isFailed = false

    /// Makes the client's side; `processID` is what tickets are redeemed under.
    package init(processID: UInt32, limits: AuthProtocolLimits = AuthProtocolLimits()) {
        greeting = AuthClientCommand.version(.current).bytes + AuthClientCommand.processID(processID).bytes
        self.limits = limits
        reader = AuthLineReader(limit: limits.line)
    }

    /// Requests without an answer; when the connection breaks, these have failed for the moment.
    package var openRequests: Set<UInt32> { open }

    /// Begins a request; nil where too many are open.
    package mutating func authenticate(_ request: AuthRequest) -> (id: UInt32, bytes: [UInt8])? {
        guard !isFailed, open.count < limits.pending else { return nil }
        repeat { lastID &+= 1 } while lastID == 0 || open.contains(lastID)
        open.insert(lastID)
        return (lastID, AuthClientCommand.authenticate(id: lastID, request).bytes)
    }

    /// Answers a challenge; the response is in base64.
    package func respond(id: UInt32, _ response: SASLSecret) -> [UInt8] {
        open.contains(id) ? AuthClientCommand.respond(id: id, response).bytes : []
    }

    /// Gives a request up, for instance when the user's connection is gone.
    package mutating func cancel(id: UInt32) -> [UInt8] {
        open.remove(id) == nil ? [] : AuthClientCommand.cancel(id: id).bytes
    }

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
    package mutating func next() -> AuthClientEvent? {
        guard !isFailed else { return nil }
        do throws(AuthProtocolError) {
            while let line = try reader.next() {
                let reply = try AuthServerReply(line)
                if let event = isReady ? answer(reply) : try handshake(reply) { return event }
            }
            return nil
        } catch {
            isFailed = true
            return .failed(error)
        }
    }

    private mutating func handshake(_ reply: AuthServerReply) throws(AuthProtocolError) -> AuthClientEvent? {
        if case .version(let theirs) = reply {
            guard theirs.major == AuthVersion.current.major else { throw .unsupportedVersion(major: theirs.major) }
            isVersionKnown = true
            return nil
        }
        guard isVersionKnown else { throw .handshakeIncomplete(command: "VERSION") }
        switch reply {
        case .mechanism(let mechanism):
            guard identity.mechanisms.count < limits.mechanisms else { throw .tooMany(limit: limits.mechanisms) }
            identity.mechanisms.append(mechanism)
        case .processID(let pid): identity.processID = pid
        case .connectionID(let id): identity.connectionID = id
        case .cookie(let cookie): identity.cookie = cookie
        case .done:
            isReady = true
            return .ready(identity)
        case .ok, .fail, .challenge: throw .handshakeIncomplete(command: "DONE")
        case .version, .unknown: break
        }
        return nil
    }

    /// Turns a reply to an open request into an event; replies to cancelled requests are dropped.
    private mutating func answer(_ reply: AuthServerReply) -> AuthClientEvent? {
        switch reply {
        case .challenge(let id, let data):
            return open.contains(id) ? .challenge(id: id, data) : nil
        case .fail(let id, let failure):
            return open.remove(id) == nil ? nil : .refused(id: id, failure)
        case .ok(let id, let parameters):
            guard open.remove(id) != nil else { return nil }
            // OK speaks of the password only: with nologin or proxy, the user must not be let in here.
            guard !parameters.contains("nologin"), !parameters.contains("proxy") else {
                return .refused(
                    id: id,
                    AuthFailure(
                        .loginDisabled,
                        user: parameters["user"],
                        reason: parameters["reason"],
                        parameters: parameters
                    )
                )
            }
            return .succeeded(id: id, parameters)
        case .version, .mechanism, .processID, .connectionID, .cookie, .done, .unknown:
            return nil
        }
    }
}
