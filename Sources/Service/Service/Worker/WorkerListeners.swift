// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import POSIX
internal import SystemPackage

/// The listeners of a worker: sockets whose connections it accepts, and named pipes that trigger it.
@Loop
final class WorkerListeners {
    private var sockets: [Listener] = []
    private var pipes: [Watch] = []
    private let log: Logger
    private var lastWarning: Int64?

    init(log: Logger) {
        self.log = log
    }

    /// Adds a listening socket; it accepts once `resume` is called.
    func add(_ socket: consuming Descriptor, accepted: @escaping @Loop (consuming Descriptor, SocketAddress) -> Void) {
        let listener = Listener(socket, accepted: accepted)
        listener.exhausted = { [weak self] in self?.warnOfExhaustion("\($0)") }
        sockets.append(listener)
    }

    /// Adds a named pipe; `triggered` is called after each write to it.
    func add(pipe: consuming Descriptor, triggered: @escaping @Loop () -> Void) {
        let watch = try? Watch(pipe) { number in
            if drainPipe(number) { triggered() }
        }
        if let watch { pipes.append(watch) }
    }

    /// Accepts from now on.
    func resume() {
        for socket in sockets { socket.resume() }
    }

    /// Leaves connections in the kernel's queue, where other workers may accept them.
    func pause() {
        for socket in sockets { socket.pause() }
    }

    /// Closes the sockets for good: while sessions go on here, another instance may bind the addresses.
    func closeSockets() {
        pause()
        sockets = []
    }

    /// Closes everything.
    func close() {
        closeSockets()
        for pipe in pipes { pipe.cancel() }
        pipes = []
    }

    /// Logs once a minute that clients wait because a resource is exhausted.
    private func warnOfExhaustion(_ reason: String) {
        let now = EventLoop.shared.now
        if let lastWarning, now &- lastWarning < .seconds(60) { return }
        lastWarning = now
        log.warning("clients have to wait: \(reason)")
    }
}
