// SPDX-License-Identifier: Apache-2.0
internal import EventLoop

/// Failed log-ins, told after `auth_failure_delay` and in batches, so that the time of an answer tells nothing and guessing is slow.
@Loop
final class FailureQueue {
    /// How often the queue is looked at.
    private static let step = Int64.milliseconds(500)

    private let delay: Int64
    private var waiting: [(time: Int64, tell: @Loop () -> Void)] = []
    private var isArmed = false

    /// `delay` is in nanoseconds; 0 tells at once.
    init(delay: Int64) {
        self.delay = delay
    }

    /// Calls `tell` when the failure may be told.
    func add(_ tell: @escaping @Loop () -> Void) {
        guard delay > 0 else { return tell() }
        waiting.append((EventLoop.shared.now &+ delay, tell))
        arm()
    }

    /// Tells all at once: the process is about to leave.
    func flush() {
        let all = waiting
        waiting = []
        for failure in all { failure.tell() }
    }

    private func arm() {
        guard !isArmed else { return }
        isArmed = true
        Loop.after(min(Self.step, delay)) { [weak self] in
            guard let self else { return }
            self.isArmed = false
            let due = self.waiting.prefix { $0.time <= EventLoop.shared.now }
            self.waiting.removeFirst(due.count)
            // As a task, whose output leaves in the same turn.
            Loop.spawn { for failure in due { failure.tell() } }
            if !self.waiting.isEmpty { self.arm() }
        }
    }
}
