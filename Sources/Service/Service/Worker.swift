// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import IPC
internal import InternalProtocols
internal import Logging
package import LookupTables
internal import MailConfiguration
package import POSIX
internal import SystemPackage

/// A running daemon: its listeners, its sessions, and what it tells master.
///
/// It leaves by itself after `max_idle` without work, after `max_use` sessions a client slot, when master says so, and
/// when master is gone.
@Loop
package final class Worker {
    /// The descriptor of the status socket; listeners follow it.
    private static let statusDescriptor: Int32 = 3

    package let start: StartUp
    /// Sessions (or requests) at once, beyond which another worker is wanted.
    package var clientLimit = 1000
    /// Called for a `wakeup` of master.cf.
    package var wokenUp: (@Loop () -> Void)?
    /// Called once when the worker begins to leave: idle sessions should be ended.
    package var retiring: (@Loop () -> Void)?
    /// Called when the worker is to stop soon: sessions that only wait are to be told and ended.
    package var stopping: (@Loop () -> Void)?
    /// Whether the daemon stays without work, as qmgr does.
    package var staysIdle = false
    /// Whether only one connection is taken at a time, while others wait in the kernel's queue, where another worker
    /// may take them; it counts from the moment it is accepted.
    package var takesOneAtATime = false

    package private(set) var sessions = 0
    package private(set) var total = 0
    package private(set) var isRetiring = false

    private var listeners: [Listener] = []
    /// Named pipes: whatever is written into one is a wake-up.
    private var pipes: [Watch] = []
    private var descriptors: [Int32] = []
    private var status: FrameConnection?
    private var idleTimer: Timer?
    private var connections: [ObjectIdentifier: Connection] = [:]
    /// Whether clients are told, and served for a while yet, before this worker leaves.
    private var lingers = false
    private var mayLeaveAtOnce = false
    /// Whether clients were told to make their requests elsewhere.
    private var hasSaidGoodbye = false
    private var isLeaving = false
    private var isFull = false
    private var lastExhaustion: Int64?
    /// Whether the listeners are left to other workers for good.
    private var isBusyForGood = false
    private var hasBegun = false
    private let memory = CrowdMemory()
    private let maxIdle: Int64
    private let maxUse: Int

    init(_ start: StartUp) throws {
        self.start = start
        maxIdle = start.main[GeneralParameters.maxIdle].nanoseconds
        maxUse = start.main[GeneralParameters.maxUse]
        guard !start.listeners.isEmpty else {
            throw StartUpError("no listener was handed down: master starts this program")
        }
        status = FrameConnection(try Connection(Descriptor(owning: Self.statusDescriptor)))
        for index in start.listeners.indices { descriptors.append(Self.statusDescriptor + 1 + Int32(index)) }
    }

    /// Runs a session for each connection; it counts from its start to its end.
    package func serveSessions(
        _ session: @escaping @Loop @Sendable (Connection, SocketAddress, StartUp.ListenerName) async -> Void
    ) {
        listen(isWork: true, session)
    }

    /// Answers requests on kept connections of our own daemons; what counts is between `workBegins` and `workEnds`.
    ///
    /// Peers are root, `mail_owner`, this process's own user and the `allowed` ones; others are refused. A worker that
    /// `lingers` says goodbye to its clients before it leaves, and serves for two more seconds who had not heard it: for
    /// clients that cannot make a request again.
    package func serveRequests(
        as wireProtocol: WireProtocol,
        allowing allowed: Set<UInt32> = [],
        lingers: Bool = false,
        _ session: @escaping @Loop @Sendable (FrameConnection, StartUp.ListenerName) async throws -> Void
    ) {
        let log = start.log
        let trusted = allowed.union([0, start.mailOwner.uid, Identity.effectiveUser])
        self.lingers = lingers
        listen { [unowned self] connection, _, name in
            let frames = FrameConnection(connection)
            do {
                let uid = try connection.peerCredentials().uid
                guard trusted.contains(uid) else { throw IPCError.refused(uid: uid) }
                try await frames.accept(wireProtocol)
                try await session(frames, name)
            } catch IPCError.ended, IPCError.connection(.closed) {
            } catch IPCError.connection(.system(.connectionReset)) where self.hasSaidGoodbye {
                // A client that has ended without having read the goodbye.
            } catch {
                log.warning("\(wireProtocol.name) conversation ended: \(error)")
            }
            connection.close()
        }
    }

    /// Where a connection `isWork` it counts from the moment it is accepted, so that one too many is not.
    private func listen(
        isWork: Bool = false,
        _ session: @escaping @Loop @Sendable (Connection, SocketAddress, StartUp.ListenerName) async -> Void
    ) {
        for (number, name) in zip(descriptors, start.listeners) {
            let descriptor = Descriptor(owning: number)
            if (try? descriptor.status().kind) == .fifo {
                let pipe = try? Watch(descriptor) { [weak self] number in self?.readPipe(number) }
                if let pipe { pipes.append(pipe) }
                continue
            }
            listeners.append(
                Listener(descriptor) { [weak self] descriptor, peer in
                    guard let self else { return }
                    guard !name.carriesConnections else {
                        return self.receiveConnection(descriptor, name, isWork: isWork, session)
                    }
                    self.accepted(descriptor, peer, name, isWork: isWork, session)
                }
            )
        }
        for listener in listeners {
            listener.exhausted = { [weak self] in self?.warnOfExhaustion("\($0)") }
        }
        descriptors = []
    }

    /// Says once a minute that clients wait because a resource is exhausted.
    private func warnOfExhaustion(_ reason: String) {
        let now = EventLoop.shared.now
        if let lastExhaustion, now &- lastExhaustion < .seconds(60) { return }
        lastExhaustion = now
        start.log.warning("clients have to wait: \(reason)")
    }

    /// Takes the connection that a `pass` listener's connection brings, from one of our own processes.
    private func receiveConnection(
        _ descriptor: consuming Descriptor,
        _ name: StartUp.ListenerName,
        isWork: Bool,
        _ session: @escaping @Loop @Sendable (Connection, SocketAddress, StartUp.ListenerName) async -> Void
    ) {
        guard let bearer = try? Connection(descriptor, carriesDescriptors: true) else { return }
        let trusted: Set<UInt32> = [0, start.mailOwner.uid, Identity.effectiveUser]
        Loop.spawn { [self] in
            defer { bearer.close() }
            bearer.timeout = .seconds(10)
            guard let uid = try? bearer.peerCredentials().uid, trusted.contains(uid) else { return }
            guard (try? await bearer.fill()) == true, let passed = bearer.takeDescriptor() else { return }
            guard (try? passed.setNonBlocking(true)) != nil, let peer = try? passed.peerAddress() else { return }
            accepted(passed, peer, name, isWork: isWork, session)
        }
    }

    private func readPipe(_ number: Int32) {
        guard drainPipe(number) else { return }
        wokenUp?()
    }

    private func accepted(
        _ descriptor: consuming Descriptor,
        _ peer: SocketAddress,
        _ name: StartUp.ListenerName,
        isWork: Bool,
        _ session: @escaping @Loop @Sendable (Connection, SocketAddress, StartUp.ListenerName) async -> Void
    ) {
        let isLocal = peer.ipBytes == nil
        guard let connection = try? Connection(descriptor, carriesDescriptors: isLocal) else { return }
        connections[ObjectIdentifier(connection)] = connection
        let isWork = isWork || takesOneAtATime
        if takesOneAtATime {
            pauseListeners()
            // Nobody may keep the others waiting for long.
            connection.timeout = .seconds(60)
        }
        if isWork { workBegins() }
        Loop.spawn { [self] in
            await session(connection, peer, name)
            connections[ObjectIdentifier(connection)] = nil
            connection.close()
            if lingers && isRetiring { leaveIfIdle() }
            if takesOneAtATime && !isFull && !isRetiring { resumeListeners() }
            if isWork { workEnds() }
        }
    }

    /// Tells master that all is set up and begins to accept.
    package func begin() {
        hasBegun = true
        for listener in listeners { listener.resume() }
        status?.send(InternalProtocol.status)
        report(.ready)
        if let status { Loop.spawn { await self.follow(status) } }
        armWatchdog()
        startIdleTimer()
    }

    private func pauseListeners() {
        for listener in listeners { listener.pause() }
    }

    private func resumeListeners() {
        guard !isBusyForGood else { return }
        for listener in listeners { listener.resume() }
    }

    // MARK: Work

    /// Leaves the listeners to other workers for good: this one has work of its own, of which it does up to `limit`
    /// pieces at once, until it is idle.
    package func becomeBusy(limit: Int) {
        isBusyForGood = true
        clientLimit = limit
        pauseListeners()
        listeners = []
        report(.full)
    }

    /// A session or request begins.
    package func workBegins() {
        sessions += 1
        total += 1
        memory.note(sessions: sessions)
        idleTimer?.cancel()
        idleTimer = nil
        if sessions >= clientLimit && !isFull {
            isFull = true
            pauseListeners()
            report(.full)
        }
    }

    /// A session or request has ended.
    package func workEnds() {
        sessions -= 1
        memory.note(sessions: sessions)
        if isFull && !isRetiring && sessions < clientLimit - clientLimit / 10 {
            isFull = false
            resumeListeners()
            report(isBusyForGood ? .full : .ready)
        }
        if maxUse > 0, total / max(1, clientLimit) >= maxUse { retire() }
        if sessions == 0 { isRetiring ? leaveIfIdle() : startIdleTimer() }
    }

    private func startIdleTimer() {
        guard !staysIdle, maxIdle > 0, sessions == 0, hasBegun else { return }
        idleTimer?.cancel()
        idleTimer = Loop.after(maxIdle) { [weak self] in
            guard let self, self.sessions == 0 else { return }
            self.retire()
        }
    }

    // MARK: Tables

    /// Keeps tables up to date, and leaves for a new worker where one has changed that only `prepare` may open.
    ///
    /// A table that the rights of this process still reach is taken in place, by a lookup or here.
    package func leave(onChangeOf tables: TableList) {
        guard tables.hasFiles else { return }
        Loop.after(.seconds(5)) { [weak self] in
            Loop.spawn {
                await tables.look()
                guard let self, !self.isRetiring else { return }
                guard tables.needsNewProcess else { return self.leave(onChangeOf: tables) }
                self.start.log.info("a lookup table that this process may not open has changed -- restarting")
                self.retire()
            }
        }
    }

    /// Looks every few seconds whether the path means another folder, such as that of a disk mounted there since, and
    /// leaves for a new worker: this one's sandbox is bound to the folder that was there when it started.
    package func leave(onReplacementOf path: String) {
        leave(onReplacementOf: path, FolderIdentity(path))
    }

    private func leave(onReplacementOf path: String, _ first: FolderIdentity?) {
        Loop.after(.seconds(5)) { [weak self] in
            guard let self, !self.isRetiring else { return }
            guard FolderIdentity(path) != first else { return self.leave(onReplacementOf: path, first) }
            self.start.log.info("\(path) is another folder than before -- restarting")
            self.retire()
        }
    }

    /// Which folder a path means.
    private struct FolderIdentity: Equatable {
        let device: UInt64
        let inode: UInt64

        /// nil where there is none, or none that may be looked at.
        init?(_ path: String) {
            guard let status = try? fileStatus(path) else { return nil }
            device = status.device
            inode = status.inode
        }
    }

    // MARK: Leaving

    /// Takes no more connections, lets the sessions end, leaves.
    package func retire() {
        guard !isRetiring else { return }
        isRetiring = true
        pauseListeners()
        // Closed, not only left alone: while sessions go on here, another instance may bind the address.
        listeners = []
        for pipe in pipes { pipe.cancel() }
        pipes = []
        report(.leaving)
        retiring?()
        if lingers && !mayLeaveAtOnce {
            hasSaidGoodbye = true
            for connection in connections.values { FrameConnection(connection).sendGoodbye() }
            Loop.after(.seconds(2)) { [weak self] in
                self?.mayLeaveAtOnce = true
                self?.leaveIfIdle()
            }
        }
        leaveIfIdle()
    }

    private func leaveIfIdle() {
        guard sessions == 0, !lingers || mayLeaveAtOnce || connections.isEmpty else { return }
        leave()
    }

    private func leave() {
        guard !isLeaving else { return }
        isLeaving = true
        let connections = Array(connections.values)
        Loop.spawn {
            for connection in connections {
                // Answers must arrive, or what they tell is done again; who takes none is not waited for.
                connection.timeout = .seconds(5)
                try? await connection.drained(everything: true)
            }
            // A request that came meanwhile is still served.
            self.isLeaving = false
            guard self.sessions == 0 else { return }
            for connection in connections { connection.abort() }
            EventLoop.shared.stop()
        }
    }

    // MARK: master

    private func report(_ state: WorkerStatus.State) {
        status?.send(WorkerStatus(state: state, sessions: sessions, total: total))
    }

    private func follow(_ status: FrameConnection) async {
        while let frame = try? await status.receive() {
            guard let order = try? frame.decode(WorkerOrder.self) else { continue }
            switch order.action {
            case .retire: retire()
            case .stop:
                leaveSoon()
            case .report: report(isRetiring ? .leaving : isFull || isBusyForGood ? .full : .ready)
            case .wakeUp: wokenUp?()
            }
        }
        // master is gone: nobody would restart what this worker needs, so clients had better come again later.
        staysIdle = false
        leaveSoon()
    }

    /// Leaves within ten seconds: what is being delivered may end, sessions that only wait are cut.
    private func leaveSoon() {
        mayLeaveAtOnce = true
        retire()
        leaveIfIdle()
        stopping?()
        Loop.after(.seconds(10)) { EventLoop.shared.stop() }
    }

    /// Ends the process by SIGALRM when the loop does not turn for five minutes: master starts another.
    private func armWatchdog() {
        setWatchdog(seconds: 300)
        Loop.after(.seconds(100)) { [weak self] in self?.armWatchdog() }
    }
}
