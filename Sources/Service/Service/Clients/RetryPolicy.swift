// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import IPC
package import POSIX
internal import SystemPackage

/// How a service is reached that does not accept a connection at once: again after a pause that grows, with jitter, for so
/// long and no longer.
package struct RetryPolicy: Sendable {
    /// For a service without a listener, as it is for a moment between two instances, in nanoseconds.
    package var absence: Int64
    /// For a service whose backlog is full, in nanoseconds.
    package var crowd: Int64

    private static let firstPause = Int64.milliseconds(20)
    private static let longestPause = Int64.milliseconds(500)

    package init(absence: Int64 = .milliseconds(500), crowd: Int64 = .seconds(10)) {
        self.absence = absence
        self.crowd = crowd
    }

    /// Connects to the service at `address`.
    ///
    /// - Parameters:
    ///   - address: A Unix socket of one of our own services, or an address of the network.
    ///   - isWanted: Asked before each further attempt.
    /// - Returns: The connection.
    /// - Throws: `.busy`, `.unreachable`, or `.connection(.cancelled)`.
    @Loop
    package func connect(
        to address: SocketAddress,
        while isWanted: @Loop () -> Bool = { true }
    ) async throws(IPCError) -> Connection {
        let begin = EventLoop.shared.now
        var pause = Self.firstPause
        while true {
            let failure: IPCError
            do throws(ConnectionError) {
                return try await Connection.connect(to: address, carriesDescriptors: isLocal(address), within: crowd)
            } catch {
                failure = Self.failure(error, address)
            }
            let spent = EventLoop.shared.now &- begin
            let patience: Int64
            switch failure {
            case .busy: patience = crowd
            case .unreachable: patience = absence
            default: throw failure
            }
            guard spent < patience, isWanted() else { throw failure }
            await Loop.sleep(nanoseconds: Self.jittered(pause))
            if Task.isCancelled { throw .connection(.cancelled) }
            pause = min(2 * pause, Self.longestPause)
        }
    }

    /// Between half of a pause and all of it, so that clients that lost a service together do not return together.
    static func jittered(_ pause: Int64) -> Int64 {
        Int64.random(in: pause / 2...max(pause, 1))
    }

    private func isLocal(_ address: SocketAddress) -> Bool {
        if case .unix = address { true } else { false }
    }

    private static func failure(_ error: ConnectionError, _ address: SocketAddress) -> IPCError {
        let name: String
        if case .unix(let path) = address { name = path } else { name = "\(address.host):\(address.port)" }
        return switch error {
        case .system(.resourceTemporarilyUnavailable): .busy(name)
        case .system(let errno): .unreachable("\(name): \(errno)")
        case .timedOut: .unreachable("\(name): no answer")
        default: .connection(error)
        }
    }
}
