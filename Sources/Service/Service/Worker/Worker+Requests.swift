// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
package import IPC
internal import Logging
internal import POSIX
internal import SystemPackage

/// The shape of services for our own daemons: kept connections, on which requests come and go.
extension Worker {
    /// How long those are served after the goodbye who had not read it, in nanoseconds.
    private static let farewellLimit = Int64.seconds(2)

    /// Answers requests on kept connections of our own daemons; what counts is between `workBegins` and `workEnds`.
    ///
    /// Peers are root, `mail_owner`, this process's own user and the `allowed` ones; others are refused. A worker that
    /// `lingers` says goodbye to its clients before it leaves, and serves those who have not heard it for two more
    /// seconds: for clients that cannot make a request again.
    package func serveRequests(
        as wireProtocol: WireProtocol,
        allowing allowed: Set<UInt32> = [],
        lingers: Bool = false,
        _ session: @escaping @Loop @Sendable (FrameConnection, StartUp.ListenerName) async throws -> Void
    ) {
        let log = start.log
        let trusted = allowed.union([0, start.mailOwner.uid, Identity.effectiveUser])
        farewell = lingers ? Self.farewellLimit : 0
        serveConnections(areWork: false) { [unowned self] connection, _, name in
            let frames = FrameConnection(connection)
            do {
                let uid = try connection.peerCredentials().uid
                guard trusted.contains(uid) else { throw IPCError.refused(uid: uid) }
                try await frames.accept(wireProtocol)
                try await session(frames, name)
            } catch IPCError.ended, IPCError.connection(.closed) {
            } catch IPCError.connection(.system(.connectionReset)) where self.isRetiring {
                // A client that has ended without having read the goodbye.
            } catch {
                log.warning("\(wireProtocol.name) conversation ended: \(error)")
            }
            connection.close()
        }
    }

    /// Asks the clients of all connections to make their requests elsewhere.
    func sayGoodbye() {
        for connection in connections.values { FrameConnection(connection).sendGoodbye() }
    }
}
