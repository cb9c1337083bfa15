// SPDX-License-Identifier: Apache-2.0
package import EventLoop
internal import IPC
package import InternalProtocols

/// Hands messages to cleanup.
@Loop
package final class CleanupClient {
    private let connections: KeptConnections

    /// A client of the cleanup service behind the socket at `path` (`public/cleanup`).
    package init(path: String) {
        connections = KeptConnections(path: path, as: InternalProtocol.cleanup)
    }

    /// Begins a message; nil when cleanup cannot be reached.
    package func begin(_ envelope: MessageEnvelope) async -> Submission? {
        guard let frames = try? await connections.take() else { return nil }
        // ipc_timeout's default: cleanup is as slow as its disk, but not for ever.
        frames.connection.timeout = .seconds(3600)
        frames.send(envelope)
        return Submission(frames, connections)
    }
}

/// A message on its way to cleanup: content, then `commit` or `abort`.
@Loop
package final class Submission {
    private let frames: FrameConnection
    private let connections: KeptConnections
    private var isOver = false

    init(_ frames: FrameConnection, _ connections: KeptConnections) {
        self.frames = frames
        self.connections = connections
    }

    isolated deinit {
        if !isOver { frames.connection.close() }
    }

    /// Sends a part of the content, lines ended by LF; waits while cleanup is behind.
    ///
    /// When the conversation is broken nothing happens here: `commit` tells.
    package func content(_ bytes: [UInt8]) async {
        frames.send(MessageContent(bytes))
        try? await frames.connection.drained()
    }

    /// Asks for the message to be queued and waits until it is on disk, or refused.
    package func commit() async -> MessageOutcome {
        isOver = true
        frames.send(MessageEnd(isComplete: true))
        do {
            let outcome = try await frames.receive(MessageOutcome.self)
            connections.giveBack(frames)
            return outcome
        } catch {
            frames.connection.close()
            return Self.unreachable
        }
    }

    /// Forgets the message.
    package func abort() {
        isOver = true
        frames.connection.close()
    }

    /// What a client is told when cleanup does not answer.
    package static let unreachable = MessageOutcome(
        code: 451,
        status: "4.3.0",
        text: "Error: queue file write error"
    )
}
