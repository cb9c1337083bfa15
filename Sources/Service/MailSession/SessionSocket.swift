// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import POSIX
internal import SystemPackage

/// The socket of the one process that serves a user: fresh processes pass sessions on to it.
///
/// Whoever finds nobody behind it takes its place. The file of a process that has gone stays until then: a process that
/// has become a user may not remove it.
@Loop
struct SessionSocket {
    /// How long the other process may take to answer.
    private static let patience: Int64 = .seconds(10)

    /// What passing a session on led to.
    enum Outcome {
        /// The user's process has answered: taken, or an error for the client.
        case answered(SessionTaken)
        /// Nobody serves the user yet: this process does from now on, and listens here.
        case ours(Listening)
    }

    /// A listening descriptor on its way into a `Listener`.
    final class Listening {
        private var descriptor: Descriptor?

        init(_ descriptor: consuming Descriptor) {
            self.descriptor = consume descriptor
        }

        /// The descriptor; once.
        func take() -> Descriptor? { descriptor.take() }
    }

    let path: String
    /// Guards the moment between finding nobody and taking the place.
    let lockPath: String

    /// Passes a session on, or takes the place of the process that should be there.
    func pass(_ handOver: SessionHandOver, _ client: borrowing Descriptor, trusting uids: Set<UInt32>) async throws
        -> Outcome
    {
        // A process that leaves right now ends the conversation without an answer, one that comes right now has the
        // place already, and one with much to do has a full backlog: then look again.
        for attempt in 0..<50 {
            if attempt > 4 { await Loop.sleep(nanoseconds: .milliseconds(20)) }
            switch try reach() {
            case .found(let connection):
                if let answer = try await converse(connection, handOver, client, uids) { return .answered(answer) }
            case .nobody:
                if let own = try listen() { return .ours(Listening(own)) }
            case .busy: continue
            }
        }
        throw IPCError.unreachable(path)
    }

    private enum Reached {
        case found(Connection)
        case nobody
        case busy
    }

    private func reach() throws(Errno) -> Reached {
        do throws(Errno) {
            return .found(try Connection(try Descriptor.connect(toPath: path), carriesDescriptors: true))
        } catch {
            switch error {
            case .connectionRefused, .noSuchFileOrDirectory: return .nobody
            case .resourceTemporarilyUnavailable: return .busy
            default: throw error
            }
        }
    }

    /// Nil when another process came first.
    private func listen() throws(Errno) -> Descriptor? {
        let lock = try Descriptor.open(lockPath, .updateOrCreate)
        // Held for a few system calls only, so waiting here does not stop the loop for long.
        _ = try lock.lock(exclusive: true, wait: true)
        defer { lock.unlock() }
        if case .nobody = try reach() {
            try removeFile(path)
            return try Descriptor.listen(atPath: path, permissions: 0o600)
        }
        return nil
    }

    /// Nil when the process there has left without an answer.
    private func converse(
        _ connection: Connection,
        _ handOver: SessionHandOver,
        _ client: borrowing Descriptor,
        _ uids: Set<UInt32>
    ) async throws -> SessionTaken? {
        defer { connection.close() }
        let copy = try client.duplicate()
        connection.timeout = Self.patience
        let peer = try connection.peerCredentials().uid
        guard uids.contains(peer) else { throw IPCError.refused(uid: peer) }
        let frames = FrameConnection(connection)
        frames.send(InternalProtocol.session)
        frames.send(handOver, with: copy)
        do throws(IPCError) {
            let greeting = try await frames.receive(WireProtocol.self)
            guard InternalProtocol.session.understands(greeting) else { throw .wire(.mismatch(greeting.name)) }
            return try await frames.receive(SessionTaken.self)
        } catch {
            switch error {
            case .ended, .connection(.closed), .connection(.unexpectedEnd), .connection(.system): return nil
            default: throw error
            }
        }
    }
}
