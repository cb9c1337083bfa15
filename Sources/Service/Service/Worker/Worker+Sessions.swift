// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import POSIX

/// The shape of services for clients: many sessions a process, each on a connection of its own.
extension Worker {
    /// What serves one connection until it ends.
    package typealias Session = @Loop @Sendable (Connection, SocketAddress, StartUp.ListenerName) async -> Void

    /// Runs a session for each connection; it counts from its start to its end.
    package func serveSessions(_ session: @escaping Session) {
        serveConnections(areWork: true, session)
    }

    /// Where connections `areWork` each counts from the moment it is accepted, so that one too many is not.
    func serveConnections(areWork: Bool, _ session: @escaping Session) {
        listen { worker, descriptor, peer, name in
            if name.carriesConnections {
                worker.receiveConnection(descriptor, name, areWork: areWork, session)
            } else {
                worker.accepted(descriptor, peer, name, areWork: areWork, session)
            }
        }
    }

    /// Takes the connection that a `pass` listener's connection brings, from one of our own processes.
    private func receiveConnection(
        _ descriptor: consuming Descriptor,
        _ name: StartUp.ListenerName,
        areWork: Bool,
        _ session: @escaping Session
    ) {
        guard let bearer = try? Connection(descriptor, carriesDescriptors: true) else { return }
        let trusted: Set<UInt32> = [0, start.mailOwner.uid, Identity.effectiveUser]
        Loop.spawn { [self] in
            defer { bearer.close() }
            bearer.timeout = .seconds(10)
            guard let uid = try? bearer.peerCredentials().uid, trusted.contains(uid) else { return }
            guard (try? await bearer.fill()) == true, let passed = bearer.takeDescriptor() else { return }
            guard (try? passed.setNonBlocking(true)) != nil, let peer = try? passed.peerAddress() else { return }
            accepted(passed, peer, name, areWork: areWork, session)
        }
    }

    private func accepted(
        _ descriptor: consuming Descriptor,
        _ peer: SocketAddress,
        _ name: StartUp.ListenerName,
        areWork: Bool,
        _ session: @escaping Session
    ) {
        let isLocal = peer.ipBytes == nil
        guard let connection = try? Connection(descriptor, carriesDescriptors: isLocal) else { return }
        connections[ObjectIdentifier(connection)] = connection
        let isWork = areWork || takesOneAtATime
        if takesOneAtATime {
            listeners.pause()
            // Nobody may keep the others waiting for long.
            connection.timeout = .seconds(60)
        }
        if isWork { workBegins() }
        Loop.spawn { [self] in
            await session(connection, peer, name)
            connections[ObjectIdentifier(connection)] = nil
            connection.close()
            if takesOneAtATime && state == .serving { listeners.resume() }
            if isWork { workEnds() } else { leaveIfIdle() }
        }
    }
}
