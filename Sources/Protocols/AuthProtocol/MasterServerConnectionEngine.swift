// SPDX-License-Identifier: Apache-2.0

/// What happened on a trusted process's connection.
package enum MasterServerEvent: Equatable, Sendable {
    /// A request (never `version` or `unknown`); answer it with `reply`.
    case request(MasterRequest)

    /// Log this and close the connection; no more events come.
    case failed(AuthProtocolError)
}

/// The auth service's side of one connection on the master (userdb) socket.
package struct MasterServerConnectionEngine: Sendable {
    /// The greeting for a fresh connection.
    package let greeting: [UInt8]

    private let limits: AuthProtocolLimits
    private var reader: AuthLineReader
    private var isVersionKnown = false
    private var open: Set<UInt32> = []
    private var isFailed = false

    /// Makes the server's side.
    package init(processID: UInt32, limits: AuthProtocolLimits = AuthProtocolLimits()) {
        greeting = MasterReply.version(.current).bytes + MasterReply.processID(processID).bytes
        self.limits = limits
        reader = AuthLineReader(limit: limits.line)
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
    package mutating func next() -> MasterServerEvent? {
        guard !isFailed else { return nil }
        do throws(AuthProtocolError) {
            while let line = try reader.next() {
                if let event = try handle(MasterRequest(line)) { return event }
            }
            return nil
        } catch {
            isFailed = true
            return .failed(error)
        }
    }

    /// The bytes of a reply; a final one closes its request, and empty bytes mean that the request is not open.
    package mutating func reply(_ reply: MasterReply) -> [UInt8] {
        guard let id = reply.id, open.contains(id) else { return [] }
        if case .listed = reply {} else { open.remove(id) }
        return reply.bytes
    }

    private mutating func handle(_ request: MasterRequest) throws(AuthProtocolError) -> MasterServerEvent? {
        if case .version(let theirs) = request {
            guard !isVersionKnown else { throw .repeated(command: "VERSION") }
            guard theirs.major == AuthVersion.current.major else { throw .unsupportedVersion(major: theirs.major) }
            isVersionKnown = true
            return nil
        }
        guard isVersionKnown else { throw .handshakeIncomplete(command: "VERSION") }
        guard let id = request.id else { return nil }
        guard open.count < limits.pending else { throw .tooMany(limit: limits.pending) }
        guard open.insert(id).inserted else { throw .duplicateRequest(id: id) }
        return .request(request)
    }
}
