// SPDX-License-Identifier: Apache-2.0
package import EventLoop
internal import IPC
internal import InternalProtocols
internal import Logging
internal import MailConfiguration
internal import POSIX
internal import SystemPackage

/// A running daemon: its state, the work it has, and when it ends.
///
/// The shapes of service build on it, a file each: sessions (`serveSessions`), requests of our own daemons
/// (`serveRequests`), one connection at a time (`takesOneAtATime`), triggers (`wokenUp`). It ends after `max_idle` without
/// work, after `max_use` sessions a client slot, by master's order, and when master is gone.
@Loop
package final class Worker {
    /// The descriptor of the status socket; the listeners follow it.
    private static let statusDescriptor: Int32 = 3

    /// What this worker was started with, or has taken over at a reload since.
    package internal(set) var start: StartUp
    /// Sessions (or requests) at once, beyond which another worker is wanted.
    package var clientLimit = 1000
    /// Whether its work is its own and not its clients', as qmgr's is: what it does keeps it from ending, but never from
    /// accepting, and neither `max_idle` nor `max_use` ends it.
    package var hasOwnWork = false
    /// How often tables were given to watch; only the last ones are.
    var tableWatches = 0
    /// Whether only one connection is taken at a time, while others wait in the kernel's queue, where another worker may
    /// accept them; it counts from the moment it is accepted.
    package var takesOneAtATime = false
    /// Called for a `wakeup` of master.cf, and for whatever is written into a named pipe.
    package var wokenUp: (@Loop () -> Void)?
    /// Called once when the worker begins to retire: idle sessions should be ended.
    package var retiring: (@Loop () -> Void)?
    /// Called when the worker has to stop soon: sessions that only wait should be told and ended.
    package var stopping: (@Loop () -> Void)?
    /// Takes a new configuration in place, without another process; set it in `serve`.
    ///
    /// It is called on the loop with what the new configuration says. A worker without this hook, and one whose hook throws,
    /// retires, and master starts its successor. A configuration that needs other rights never gets here.
    package var onReload: (@Loop (StartUp) throws -> Void)?

    package private(set) var sessions = 0
    package private(set) var total = 0
    private(set) var state = WorkerState.starting
    let listeners: WorkerListeners
    /// Listening descriptors that no shape has taken over yet.
    private var descriptors: [Int32] = []
    /// The connections there are, whether or not they count as work.
    var connections: [ObjectIdentifier: Connection] = [:]
    /// How long clients of kept connections are served after the goodbye, in nanoseconds; 0 without a goodbye.
    var farewell: Int64 = 0
    let status: FrameConnection
    /// Reloads that were taken in place.
    var reloads = 0
    /// Reads a configuration that master sends and compares the rights it needs.
    let reread: @Loop (consuming Descriptor, StartUp) throws -> StartUp
    private let memory = CrowdMemory()
    private var idleTimer: Timer?

    init(_ start: StartUp, reread: @escaping @Loop (consuming Descriptor, StartUp) throws -> StartUp) throws {
        self.start = start
        self.reread = reread
        guard !start.listeners.isEmpty else {
            throw StartUpError("no listener was handed down: master starts this program")
        }
        // Master sends the configuration of a reload as a descriptor.
        status = FrameConnection(try Connection(Descriptor(owning: Self.statusDescriptor), carriesDescriptors: true))
        listeners = WorkerListeners(log: start.log)
        for index in start.listeners.indices { descriptors.append(Self.statusDescriptor + 1 + Int32(index)) }
    }

    /// Whether it takes no more connections for good.
    package var isRetiring: Bool {
        switch state {
        case .retiring, .leaving: true
        default: false
        }
    }

    /// Hands each listening socket to `accepted`, along with its name; pipes trigger `wokenUp`.
    func listen(
        _ accepted:
            @escaping @Loop @Sendable (Worker, consuming Descriptor, SocketAddress, StartUp.ListenerName) -> Void
    ) {
        for (number, name) in zip(descriptors, start.listeners) {
            let descriptor = Descriptor(owning: number)
            if (try? descriptor.status().kind) == .fifo {
                listeners.add(pipe: descriptor) { [weak self] in self?.wokenUp?() }
            } else {
                listeners.add(descriptor) { [weak self] descriptor, peer in
                    if let self { accepted(self, descriptor, peer, name) }
                }
            }
        }
        descriptors = []
    }

    /// Reports to master that everything is set up, and begins to accept.
    package func begin() {
        if state == .starting {
            state = .serving
            listeners.resume()
        }
        status.send(InternalProtocol.status)
        report()
        Loop.spawn { await self.followOrders() }
        armWatchdog()
        startIdleTimer()
    }

    // MARK: Work

    /// Leaves the listeners to other workers for good: this one has work of its own, of which it does up to `limit`
    /// pieces at once, until it is idle.
    package func becomeBusy(limit: Int) {
        clientLimit = limit
        listeners.closeSockets()
        guard !isRetiring else { return }
        state = .busy
        report()
    }

    /// A session, a request or a piece of own work begins.
    package func workBegins() {
        sessions += 1
        total += 1
        memory.note(sessions: sessions)
        idleTimer?.cancel()
        idleTimer = nil
        guard state == .serving, !hasOwnWork, sessions >= clientLimit else { return }
        state = .full
        listeners.pause()
        report()
    }

    /// A session, a request or a piece of own work has ended.
    package func workEnds() {
        sessions -= 1
        memory.note(sessions: sessions)
        if state == .full, sessions < clientLimit - clientLimit / 10 {
            state = .serving
            listeners.resume()
            report()
        }
        let maxUse = start.main[GeneralParameters.maxUse]
        if !hasOwnWork, maxUse > 0, total / max(1, clientLimit) >= maxUse { retire() }
        guard sessions == 0 else { return }
        isRetiring ? leaveIfIdle() : startIdleTimer()
    }

    private func startIdleTimer() {
        let maxIdle = start.main[GeneralParameters.maxIdle].nanoseconds
        guard !hasOwnWork, maxIdle > 0, sessions == 0, state != .starting, !isRetiring else { return }
        idleTimer?.cancel()
        idleTimer = Loop.after(maxIdle) { [weak self] in
            guard let self, self.sessions == 0 else { return }
            self.retire()
        }
    }

    // MARK: Ending

    /// Takes no more connections, lets the sessions end, and leaves.
    package func retire() {
        retire(saysGoodbye: farewell > 0)
    }

    private func retire(saysGoodbye: Bool) {
        guard !isRetiring else { return }
        state = .retiring(mayLeave: !saysGoodbye)
        listeners.close()
        report()
        retiring?()
        if saysGoodbye {
            sayGoodbye()
            Loop.after(farewell) { [weak self] in self?.leaveAtOnce() }
        }
        leaveIfIdle()
    }

    private func leaveAtOnce() {
        guard case .retiring = state else { return }
        state = .retiring(mayLeave: true)
        leaveIfIdle()
    }

    /// Leaves within ten seconds: what is being delivered may end, sessions that only wait are cut.
    func leaveSoon() {
        hasOwnWork = false
        retire(saysGoodbye: false)
        leaveAtOnce()
        stopping?()
        Loop.after(.seconds(10)) { EventLoop.shared.stop() }
    }

    /// Leaves when nothing is left to do, and nobody is left who has not heard the goodbye.
    func leaveIfIdle() {
        guard case .retiring(let mayLeave) = state, sessions == 0, mayLeave || connections.isEmpty else { return }
        state = .leaving
        let connections = Array(connections.values)
        Loop.spawn {
            for connection in connections {
                // Without its answer a client does its work again; but one that takes none is not waited for.
                connection.timeout = .seconds(5)
                try? await connection.drained(everything: true)
            }
            // A request that has come meanwhile is still served.
            self.state = .retiring(mayLeave: true)
            guard self.sessions == 0 else { return }
            self.state = .leaving
            for connection in connections { connection.abort() }
            EventLoop.shared.stop()
        }
    }
}
