// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import IPC
package import POSIX

/// Connections to one of our own services, kept between uses: a new one costs more than a message.
@Loop
package final class KeptConnections {
    /// Idle connections that are kept at the most.
    private static let idleLimit = 64

    private let address: SocketAddress
    private let wireProtocol: WireProtocol
    private let policy: RetryPolicy
    /// Connections in use at the most, and tasks that may wait for one.
    private let limit: Int
    private let queueLimit: Int
    private var idle: [FrameConnection] = []
    private var used = 0
    private var waiting: [Promise<Void>] = []

    /// Connections to the socket at `path`, made when first needed.
    package convenience init(path: String, as wireProtocol: WireProtocol) {
        self.init(to: .unix(path), as: wireProtocol)
    }

    /// Connections to `address`, made when first needed; `limit` of them at once, for which `queueLimit` tasks may wait.
    package init(
        to address: SocketAddress,
        as wireProtocol: WireProtocol,
        policy: RetryPolicy = RetryPolicy(),
        limit: Int = .max,
        queueLimit: Int = .max
    ) {
        self.address = address
        self.wireProtocol = wireProtocol
        self.policy = policy
        self.limit = limit
        self.queueLimit = queueLimit
    }

    /// A connection for one conversation: an idle one that is still good, or a new one.
    ///
    /// It must come back with `giveBack` or `discard`.
    package func take() async throws(IPCError) -> FrameConnection {
        if used >= limit { try await waitForTurn() } else { used += 1 }
        if let frames = takeIdle() { return frames }
        do throws(IPCError) {
            let frames = FrameConnection(try await policy.connect(to: address))
            try await frames.accept(wireProtocol)
            return frames
        } catch {
            passOn()
            throw error
        }
    }

    /// Takes a connection back after a conversation that ended well.
    package func giveBack(_ frames: FrameConnection) {
        if idle.count < Self.idleLimit && !frames.isSpent {
            idle.append(frames)
        } else {
            frames.connection.close()
        }
        passOn()
    }

    /// Closes a connection whose conversation did not end well.
    package func discard(_ frames: FrameConnection) {
        frames.connection.close()
        passOn()
    }

    /// Closes the idle connections.
    package func close() {
        for frames in idle { frames.connection.close() }
        idle = []
    }

    private func takeIdle() -> FrameConnection? {
        while let frames = idle.popLast() {
            if !frames.isSpent { return frames }
            frames.connection.close()
        }
        return nil
    }

    private func waitForTurn() async throws(IPCError) {
        guard waiting.count < queueLimit else { throw .busy("\(wireProtocol.name): too many requests wait") }
        let turn = Promise<Void>()
        waiting.append(turn)
        guard await turn.getUnlessCancelled() == nil else { return }
        waiting.removeAll { $0 === turn }
        throw .connection(.cancelled)
    }

    /// Gives the place of a connection to the next who waits for one.
    private func passOn() {
        if waiting.isEmpty { used -= 1 } else { waiting.removeFirst().fulfil(()) }
    }
}
