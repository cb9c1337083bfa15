// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Glibc
internal import IPC
internal import InternalProtocols
internal import POSIX

/// A running worker as master sees it.
@Loop
final class WorkerProcess {
    /// What it is up to.
    enum State: String {
        /// Forked, but it has not said yet that it serves.
        case starting
        case ready
        /// At its limit: it takes no more connections for now.
        case full
        /// It takes no more connections for good.
        case leaving
    }

    let pid: Int32
    let started: Int64
    private(set) var state = State.starting
    private(set) var sessions = 0
    private(set) var total = 0
    /// Whether it ever served.
    private(set) var wasReady = false
    /// Whether it was started before the last reload.
    var isOfOldConfiguration = false
    /// Whether another was started because this one is full.
    var isSucceeded = false
    /// Reports so far, to tell a fresh one.
    private(set) var reports = 0
    /// Whether it takes a new configuration in place.
    private(set) var takesReload = false
    /// How many reloads it was ordered to take, and how many it has reported as taken.
    private var reloadsOrdered = 0
    private var reloadsTaken = 0
    /// Whether it is to be woken up as soon as it serves.
    private var wakesWhenReady = false
    private let frames: FrameConnection
    private var startLimit: Timer?
    private var isClosed = false

    init(pid: Int32, status: consuming Descriptor) throws {
        self.pid = pid
        started = Clock.monotonic
        frames = FrameConnection(try Connection(status), limit: StatusReader.frameLimit)
    }

    /// Listens to it; `changed` is called after each report.
    ///
    /// `late` is called when it is not ready in time, or lives on after it has stopped to speak with master; `limit` is
    /// that time in nanoseconds.
    func follow(
        limit: Int64,
        late: @escaping @Loop @Sendable () -> Void,
        changed: @escaping @Loop @Sendable () -> Void
    ) {
        startLimit = Loop.after(limit) { [weak self] in
            guard let self, self.state == .starting else { return }
            late()
        }
        let reader = StatusReader(frames: frames)
        Loop.spawn { [weak self] in
            while let status = await reader.next() {
                self?.take(status)
                changed()
            }
            // The worker either exited (SIGCHLD reports that) or broke the protocol.
            Loop.after(limit) { [weak self] in
                guard let self, !self.isClosed else { return }
                late()
            }
        }
    }

    private func take(_ status: WorkerStatus) {
        sessions = status.sessions
        total = status.total
        reports += 1
        takesReload = status.takesReload
        reloadsTaken = status.reloads
        switch status.state {
        case .ready: if state != .leaving { state = .ready }
        case .full: if state != .leaving { state = .full }
        case .leaving:
            state = .leaving
            // It could not take the configuration that it was sent.
            if !hasTaken(reload: reloadsOrdered) { isOfOldConfiguration = true }
        }
        guard !wasReady, state == .ready || state == .full else { return }
        wasReady = true
        startLimit?.cancel()
        startLimit = nil
        if wakesWhenReady { order(.wakeUp) }
    }

    /// Whether a connection that waits may expect to be taken by it.
    var isAvailable: Bool { state == .starting || state == .ready }

    /// Tells it something; a worker that is gone does not hear it.
    func order(_ action: WorkerOrder.Action) {
        frames.send(WorkerOrder(action))
    }

    /// Wakes it up, now or as soon as it serves.
    func wakeUp() {
        if wasReady { order(.wakeUp) } else { wakesWhenReady = true }
    }

    /// Sends it a new configuration to take in place.
    ///
    /// - Returns: The number of this reload.
    func reload(_ configuration: consuming Descriptor) -> Int {
        frames.send(WorkerOrder(.reload), with: configuration)
        reloadsOrdered += 1
        return reloadsOrdered
    }

    /// Whether it has reported that it has taken a reload.
    func hasTaken(reload number: Int) -> Bool { reloadsTaken >= number }

    /// Has it take no more connections, end its sessions and leave.
    func retire() {
        state = .leaving
        order(.retire)
    }

    /// Has it leave soon.
    func stop() {
        state = .leaving
        order(.stop)
    }

    /// Sends a signal.
    func kill(_ signal: Int32) {
        try? sendSignal(signal, to: pid)
    }

    /// It has ended: lets its status socket go.
    func close() {
        isClosed = true
        startLimit?.cancel()
        frames.connection.close()
    }
}
