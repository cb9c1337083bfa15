// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import IPC
package import POSIX

/// Why a service gave no answer.
package enum ServiceError: Error, Sendable, Equatable {
    /// The time was over.
    case deadlinePassed
    /// The task that asked was cancelled.
    case cancelled
    /// The service is not there, is overrun, or does not speak the protocol.
    case failed(IPCError)
}

/// Asks one of our own services: one request at a time on each connection, and connections are kept.
///
/// A request waits for its turn in a bounded queue. A request that can be repeated is sent again when its connection breaks,
/// as a kept one does when the service is restarted; so often and no more.
@Loop
package final class ServiceClient {
    /// How often a request that may be repeated is sent.
    private static let attempts = 3

    private let connections: KeptConnections

    /// A client of the service at `address`.
    ///
    /// - Parameters:
    ///   - address: A Unix socket, or an address of the network.
    ///   - wireProtocol: What both sides must speak.
    ///   - policy: How the service is reached.
    ///   - limit: Requests under way at the most.
    ///   - queueLimit: Requests that may wait beyond these; one more fails at once.
    package init(
        to address: SocketAddress,
        as wireProtocol: WireProtocol,
        policy: RetryPolicy = RetryPolicy(),
        limit: Int = 64,
        queueLimit: Int = 1000
    ) {
        connections = KeptConnections(
            to: address,
            as: wireProtocol,
            policy: policy,
            limit: limit,
            queueLimit: queueLimit
        )
    }

    isolated deinit {
        connections.close()
    }

    /// Asks, and waits for the reply.
    ///
    /// - Parameters:
    ///   - request: What is sent.
    ///   - reply: The type of the reply.
    ///   - limit: How long it may take in all, in nanoseconds.
    ///   - isRepeatable: Whether the service may get the request twice.
    /// - Returns: The reply.
    /// - Throws: Why there is none.
    package func ask<Reply: WireMessage & Sendable>(
        _ request: some WireMessage & Sendable,
        for reply: Reply.Type = Reply.self,
        within limit: Int64,
        isRepeatable: Bool = true
    ) async throws(ServiceError) -> Reply {
        do throws(DeadlineError<IPCError>) {
            return try await withDeadline(limit) { () async throws(IPCError) -> Reply in
                try await self.exchange(request, reply, isRepeatable)
            }
        } catch {
            switch error {
            case .passed: throw .deadlinePassed
            case .failed(.connection(.cancelled)): throw .cancelled
            case .failed(let failure): throw .failed(failure)
            }
        }
    }

    private func exchange<Reply: WireMessage>(
        _ request: some WireMessage,
        _ reply: Reply.Type,
        _ isRepeatable: Bool
    ) async throws(IPCError) -> Reply {
        var attempt = 1
        while true {
            let frames = try await connections.take()
            frames.send(request)
            do throws(IPCError) {
                let answer = try await frames.receive(reply)
                connections.giveBack(frames)
                return answer
            } catch {
                connections.discard(frames)
                guard isRepeatable, attempt < Self.attempts, Self.meansLoss(error) else { throw error }
            }
            attempt += 1
        }
    }

    /// Whether the connection was lost, and the next one may do better.
    private static func meansLoss(_ error: IPCError) -> Bool {
        switch error {
        case .ended, .connection(.unexpectedEnd), .connection(.system): true
        default: false
        }
    }
}
