// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import Logging
internal import POSIX

/// The conversation with master on the status socket.
extension Worker {
    /// Reports the state, the sessions, and whether a reload can be taken in place.
    func report() {
        let reported: WorkerStatus.State =
            switch state {
            case .starting, .serving: .ready
            case .full, .busy: .full
            case .retiring, .leaving: .leaving
            }
        status.send(
            WorkerStatus(
                state: reported,
                sessions: sessions,
                total: total,
                takesReload: onReload != nil,
                reloads: reloads
            )
        )
    }

    /// Follows master's orders until master is gone.
    func followOrders() async {
        while let frame = try? await status.receive() {
            let descriptor = frame.descriptors > 0 ? try? status.takeDescriptor() : nil
            guard let order = try? frame.decode(WorkerOrder.self) else { continue }
            switch order.action {
            case .retire: retire()
            case .stop: leaveSoon()
            case .report: report()
            case .wakeUp: wokenUp?()
            case .reload: reload(descriptor)
            }
        }
        // Nobody would restart what this worker needs, so clients had better come again later.
        leaveSoon()
    }

    /// Takes a new configuration in place, or retires so that a successor takes it.
    private func reload(_ snapshot: consuming Descriptor?) {
        guard !isRetiring else { return }
        do {
            guard let onReload, let snapshot = consume snapshot else {
                throw StartUpError("it was not asked for, or came without the configuration")
            }
            let new = try reread(snapshot, start)
            try onReload(new)
            start = new
            reloads += 1
            report()
        } catch {
            start.log.info("reload: a new process takes the configuration over: \(error)")
            retire()
        }
    }

    /// Ends the process by SIGALRM when the loop does not turn for five minutes: master starts another.
    func armWatchdog() {
        setWatchdog(seconds: 300)
        Loop.after(.seconds(100)) { [weak self] in self?.armWatchdog() }
    }
}
