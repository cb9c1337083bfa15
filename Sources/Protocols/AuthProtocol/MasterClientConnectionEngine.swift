// SPDX-License-Identifier: Apache-2.0

/// What happened on the connection to the auth service's master socket.
package enum MasterClientEvent: Equatable, Sendable {
    /// The server's handshake is complete.
    case ready(processID: UInt32)

    /// The answer to an open request; only `listed` has others after it.
    case reply(MasterReply)

    /// Log this and close the connection; no more events come.
    case failed(AuthProtocolError)
}

/// A trusted process's side of its connection to the auth service: mail processes redeem tickets, deliverers look users up.
package struct MasterClientConnectionEngine: Sendable {
    /// The greeting for a fresh connection; requests may follow it at once.
    package let greeting: [UInt8] = MasterRequest.version(.current).bytes

    private let limits: AuthProtocolLimits
    private var reader: AuthLineReader
    private var isVersionKnown = false
    private var open: Set<UInt32> = []
    private var lastID: UInt32 = 0
    private var isFailed = false

    /// Makes the client's side.
    package init(limits: AuthProtocolLimits = AuthProtocolLimits()) {
        self.limits = limits
        reader = AuthLineReader(limit: limits.line)
    }

    /// Requests without an answer; when the connection breaks, these have failed for the moment.
    package var openRequests: Set<UInt32> { open }

    /// Redeems a ticket; nil where too many requests are open.
    package mutating func redeem(_ ticket: AuthTicket, _ parameters: AuthParameters = [:]) -> (
        id: UInt32, bytes: [UInt8]
    )? {
        request { .redeem(id: $0, ticket, parameters) }
    }

    /// Looks a user up; nil where too many requests are open.
    package mutating func user(_ lookup: UserLookup) -> (id: UInt32, bytes: [UInt8])? {
        request { .user(id: $0, lookup) }
    }

    /// Looks a user's passdb fields up; nil where too many requests are open.
    package mutating func pass(_ lookup: UserLookup) -> (id: UInt32, bytes: [UInt8])? {
        request { .pass(id: $0, lookup) }
    }

    /// Lists all users; nil where too many requests are open.
    package mutating func list(_ parameters: AuthParameters = [:]) -> (id: UInt32, bytes: [UInt8])? {
        request { .list(id: $0, parameters) }
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
    package mutating func next() -> MasterClientEvent? {
        guard !isFailed else { return nil }
        do throws(AuthProtocolError) {
            while let line = try reader.next() {
                if let event = try handle(MasterReply(line)) { return event }
            }
            return nil
        } catch {
            isFailed = true
            return .failed(error)
        }
    }

    private mutating func request(_ make: (UInt32) -> MasterRequest) -> (id: UInt32, bytes: [UInt8])? {
        guard !isFailed, open.count < limits.pending else { return nil }
        repeat { lastID &+= 1 } while lastID == 0 || open.contains(lastID)
        open.insert(lastID)
        return (lastID, make(lastID).bytes)
    }

    private mutating func handle(_ reply: MasterReply) throws(AuthProtocolError) -> MasterClientEvent? {
        if case .version(let theirs) = reply {
            guard theirs.major == AuthVersion.current.major else { throw .unsupportedVersion(major: theirs.major) }
            isVersionKnown = true
            return nil
        }
        guard isVersionKnown else { throw .handshakeIncomplete(command: "VERSION") }
        if case .processID(let pid) = reply { return .ready(processID: pid) }
        guard let id = reply.id, open.contains(id) else { return nil }
        if case .listed = reply {} else { open.remove(id) }
        return .reply(reply)
    }
}
