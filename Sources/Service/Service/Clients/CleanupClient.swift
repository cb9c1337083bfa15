// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import InternalProtocols
internal import IPC
package import MailEnvelope

/// Hands messages to cleanup.
@Loop
package final class CleanupClient {
    private let connections: KeptConnections

    /// A client of the cleanup service behind the socket at `path` (`public/cleanup`).
    package init(path: String) {
        connections = KeptConnections(path: path, as: InternalProtocol.cleanup)
    }

    /// Begins a message; cleanup hears of it with the first content.
    package func begin(_ envelope: Envelope) -> Submission { begin(MessageEnvelope(envelope)) }

    /// Begins a message for which access tables ask something already.
    package func begin(_ message: MessageEnvelope) -> Submission { Submission(message, connections) }
}

/// A message on its way to cleanup: content, then `commit` or `abort`.
///
/// The connection is taken, and the envelope sent, along with the first content: a client may be slow to send any, and for
/// a small message cleanup wakes up once.
@Loop
package final class Submission {
    private enum State {
        case waiting(MessageEnvelope)
        case open(FrameConnection)
        case over
    }

    private let connections: KeptConnections
    private var state: State

    init(_ message: MessageEnvelope, _ connections: KeptConnections) {
        state = .waiting(message)
        self.connections = connections
    }

    isolated deinit {
        abort()
    }

    /// Sends a part of the content, lines ended by LF; waits while cleanup is behind.
    ///
    /// When cleanup cannot be reached or the conversation is broken nothing happens here: `commit` reports it.
    package func content(_ bytes: [UInt8]) async {
        guard let frames = await open() else { return }
        frames.send(MessageContent(bytes))
        try? await frames.connection.drained()
    }

    /// Asks for the message to be queued and waits until it is on disk, or refused.
    ///
    /// `actions` is all that access tables ask for, also what was known when the envelope was sent.
    package func commit(_ actions: MessageActions = MessageActions()) async -> MessageOutcome {
        guard let frames = await open() else { return Self.unreachable }
        frames.send(MessageEnd(isComplete: true, actions: actions))
        do {
            let outcome = try await frames.receive(MessageOutcome.self)
            state = .over
            connections.giveBack(frames)
            return outcome
        } catch {
            abort()
            return Self.unreachable
        }
    }

    /// Forgets the message.
    package func abort() {
        if case .open(let frames) = state { connections.discard(frames) }
        state = .over
    }

    private func open() async -> FrameConnection? {
        switch state {
        case .open(let frames): return frames
        case .over: return nil
        case .waiting(let message):
            guard let frames = try? await connections.take() else {
                state = .over
                return nil
            }
            // ipc_timeout's default: cleanup is as slow as its disk, but not for ever.
            frames.connection.timeout = .seconds(3600)
            frames.send(message)
            state = .open(frames)
            return frames
        }
    }

    /// What a client is told when cleanup does not answer.
    package static let unreachable = MessageOutcome(
        code: 451,
        status: "4.3.0",
        text: "Error: queue file write error"
    )
}
