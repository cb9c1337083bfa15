// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import POSIX
internal import SystemPackage

/// Name and version of an internal protocol; the first frame each side sends.
///
/// Two sides understand each other if name and version are equal. The minor version counts fields that were added and
/// that a reader may skip or miss; it may differ, and after an upgrade it does.
package struct WireProtocol: WireMessage, Equatable {
    package let name: String
    package let version: Int
    package let minor: Int
    /// The longest frame that the accepting side takes; it is not sent.
    package let requestLimit: Int

    package static let kind: UInt8 = 0

    package init(name: String, version: Int, minor: Int = 0, requestLimit: Int = FrameConnection.frameLimit) {
        self.name = name
        self.version = version
        self.minor = minor
        self.requestLimit = requestLimit
    }

    package init(from fields: FieldReader) throws(WireError) {
        self.init(
            name: try fields.text(1),
            version: try fields.number(2),
            minor: try fields.numberIfPresent(3) ?? 0
        )
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, name)
        fields.put(2, version)
        if minor != 0 { fields.put(3, minor) }
    }

    /// Whether a peer that announces `other` is understood.
    package func understands(_ other: WireProtocol) -> Bool {
        name == other.name && version == other.version
    }
}

/// A received frame: its kind, its fields, and how many descriptors came with it.
package struct Frame: Sendable {
    package let kind: UInt8
    package let descriptors: Int
    package let payload: [UInt8]

    /// Reads the frame as a message of one type; any other kind is an error.
    package func decode<M: WireMessage>(_ type: M.Type) throws(WireError) -> M {
        guard kind == M.kind else { throw .unexpected(kind: kind) }
        return try M(from: FieldReader(payload))
    }
}

/// Why a conversation with another daemon ended.
package enum IPCError: Error, Sendable, Equatable, CustomStringConvertible {
    case connection(ConnectionError)
    case wire(WireError)
    /// The peer ended it where a frame was due.
    case ended
    /// No such service, or it does not take connections.
    case unreachable(String)
    /// The service's backlog is full for the moment.
    case busy(String)
    /// Somebody who has no business here; the uid is named.
    case refused(uid: UInt32)

    /// Whether it may be another time soon: nobody listens, or too many wait.
    package var mayPass: Bool {
        switch self {
        case .unreachable, .busy: true
        default: false
        }
    }

    package var description: String {
        switch self {
        case .connection(let error): "the connection failed: \(error)"
        case .wire(let error): "not understood: \(error)"
        case .ended: "the other side ended the conversation"
        case .unreachable(let reason): "cannot be reached: \(reason)"
        case .busy(let path): "\(path): too many connections wait there"
        case .refused(let uid): "uid \(uid) is not allowed here"
        }
    }
}

/// Frames over a Unix socket between our own daemons.
///
/// A frame is four bytes of length (of what follows) in network order, a byte of kind, a byte with the number of
/// descriptors that belong to it, and the fields. See `Documentation/InternalProtocols.md`.
@Loop
package final class FrameConnection {
    /// The longest frame of any protocol; chunks of content are 64 KiB, lists of recipients are the longest things sent.
    package nonisolated static let frameLimit = 32 << 20

    /// The kind of the frame, without fields, that `sendGoodbye` sends in every protocol.
    private static let goodbye: UInt8 = 255

    package let connection: Connection
    private var hasGoodbye = false
    /// The longest frame that is taken from the peer.
    private var limit: Int

    /// Frames on a connection; a received frame that is longer than `limit` ends the conversation.
    package init(_ connection: Connection, limit: Int = FrameConnection.frameLimit) {
        self.connection = connection
        self.limit = limit
    }

    /// Whether another request had better take another connection: the peer has said goodbye or is gone.
    ///
    /// For connections without a request under way: whatever has come then is a goodbye.
    package var isSpent: Bool { hasGoodbye || connection.mayHaveInput || connection.isBroken }

    /// Tells the peer, who makes the requests, to make them elsewhere; what it has sent already is still served.
    package func sendGoodbye() {
        connection.post([0, 0, 0, 2, Self.goodbye, 0])
    }

    /// Connects to the service at `path`; each side says which protocol and version it speaks.
    package static func connect(path: String, as wireProtocol: WireProtocol) async throws(IPCError) -> FrameConnection {
        let frames = try open(path: path)
        try await frames.introduce(as: wireProtocol)
        return frames
    }

    private static func open(path: String) throws(IPCError) -> FrameConnection {
        do throws(Errno) {
            return FrameConnection(try Connection(try Descriptor.connect(toPath: path), carriesDescriptors: true))
        } catch .resourceTemporarilyUnavailable {
            throw .busy(path)
        } catch {
            throw .unreachable("\(path): \(error)")
        }
    }

    /// Greets a peer that has connected, checks that it speaks the same, and takes frames up to the protocol's limit.
    package func accept(_ wireProtocol: WireProtocol) async throws(IPCError) {
        limit = wireProtocol.requestLimit
        try await introduce(as: wireProtocol)
    }

    /// Exchanges greetings over a connection that the caller has made itself.
    package func introduce(as wireProtocol: WireProtocol) async throws(IPCError) {
        send(wireProtocol)
        try await expect(wireProtocol)
    }

    private func expect(_ own: WireProtocol) async throws(IPCError) {
        guard let frame = try await receive() else { throw .ended }
        let theirs: WireProtocol
        do {
            theirs = try frame.decode(WireProtocol.self)
        } catch {
            throw .wire(error)
        }
        guard own.understands(theirs) else {
            throw .wire(.mismatch("\(theirs.name) \(theirs.version) instead of \(own.name) \(own.version)"))
        }
    }

    /// Has a message sent at the end of this turn of the loop.
    package func send(_ message: some WireMessage) {
        post(message, descriptors: 0)
    }

    /// Has a message sent along with a descriptor.
    package func send(_ message: some WireMessage, with descriptor: consuming Descriptor) {
        connection.post(descriptor)
        post(message, descriptors: 1)
    }

    /// The next frame; nil when the peer has ended the stream between two frames.
    package func receive() async throws(IPCError) -> Frame? {
        while true {
            let frame = try await receiveAny()
            guard frame?.kind == Self.goodbye else { return frame }
            hasGoodbye = true
        }
    }

    private func receiveAny() async throws(IPCError) -> Frame? {
        do {
            guard let head = try await connection.read(exactly: 4) else { return nil }
            let length = head.reduce(0) { $0 << 8 | Int($1) }
            guard length >= 2, length <= limit else { throw ConnectionError.tooLong }
            guard let body = try await connection.read(exactly: length) else { throw ConnectionError.unexpectedEnd }
            return Frame(kind: body[0], descriptors: Int(body[1]), payload: Array(body.dropFirst(2)))
        } catch let error as ConnectionError {
            throw .connection(error)
        } catch {
            throw .ended
        }
    }

    /// The next frame as a message of one type.
    package func receive<M: WireMessage>(_ type: M.Type) async throws(IPCError) -> M {
        guard let frame = try await receive() else { throw .ended }
        do {
            return try frame.decode(type)
        } catch {
            throw .wire(error)
        }
    }

    /// The descriptor that came with a frame.
    package func takeDescriptor() throws(IPCError) -> Descriptor {
        guard let descriptor = connection.takeDescriptor() else { throw .wire(.truncated) }
        return descriptor
    }

    private func post<M: WireMessage>(_ message: M, descriptors: UInt8) {
        connection.post { output in
            let start = output.count
            output.append(contentsOf: [0, 0, 0, 0, M.kind, descriptors])
            // Moved in and out again, so that the fields are written where they are sent from.
            var fields = FieldWriter(appendingTo: output)
            output = []
            message.encode(into: &fields)
            output = fields.bytes
            let length = UInt32(truncatingIfNeeded: output.count - start - 4)
            for index in 0..<4 { output[start + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
        }
    }
}
