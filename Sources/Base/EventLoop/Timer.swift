// SPDX-License-Identifier: Apache-2.0

/// A call to come, which can be cancelled.
@Loop
package final class Timer {
    fileprivate var body: (@Loop () -> Void)?
    nonisolated(unsafe) fileprivate var index = -1  // Changed by the heap only, on the loop's thread.
    nonisolated(unsafe) fileprivate var time: Int64 = 0  // As above.
    nonisolated(unsafe) fileprivate var order: UInt64 = 0  // As above.

    init(_ body: @escaping @Loop () -> Void) {
        self.body = body
    }

    /// Drops the call; afterwards it does nothing.
    package func cancel() {
        body = nil
        EventLoop.shared.timers.remove(self)
    }

    fileprivate func fire() {
        let body = self.body
        self.body = nil
        body?()
    }
}

/// The pending timers of the loop: a binary heap in which each timer knows its place.
///
/// Unchecked: it belongs to the loop's thread.
@safe
final class TimerHeap {
    private var timers: [Timer] = []
    private var insertions: UInt64 = 0

    /// When the next one is due.
    var next: Int64? { unsafe timers.first?.time }

    func insert(_ timer: Timer, at time: Int64) {
        unsafe timer.time = time
        insertions &+= 1
        unsafe timer.order = insertions
        unsafe timer.index = timers.count
        timers.append(timer)
        rise(timers.count - 1)
    }

    func remove(_ timer: Timer) {
        let index = unsafe timer.index
        guard timers.indices.contains(index), timers[index] === timer else { return }
        unsafe timer.index = -1
        let last = timers.removeLast()
        guard last !== timer else { return }
        place(last, index)
        rise(index)
        sink(unsafe last.index)
    }

    /// Calls what is due by `time`; what a call adds waits for the next turn.
    func fire(until time: Int64) {
        guard let first = next, first <= time else { return }
        var due: [Timer] = []
        while let timer = timers.first, unsafe timer.time <= time {
            remove(timer)
            due.append(timer)
        }
        for timer in due { Loop.assumeIsolated { timer.fire() } }
    }

    /// Timers of the same moment fire in the order in which they were made.
    private func isEarlier(_ one: Timer, _ other: Timer) -> Bool {
        unsafe one.time == other.time ? one.order < other.order : one.time < other.time
    }

    private func place(_ timer: Timer, _ index: Int) {
        timers[index] = timer
        unsafe timer.index = index
    }

    private func rise(_ start: Int) {
        var index = start
        let timer = timers[index]
        while index > 0 {
            let parent = (index - 1) / 2
            if isEarlier(timers[parent], timer) { break }
            place(timers[parent], index)
            index = parent
        }
        place(timer, index)
    }

    private func sink(_ start: Int) {
        var index = start
        let timer = timers[index]
        while true {
            var child = 2 * index + 1
            if child >= timers.count { break }
            if child + 1 < timers.count, isEarlier(timers[child + 1], timers[child]) { child += 1 }
            if isEarlier(timer, timers[child]) { break }
            place(timers[child], index)
            index = child
        }
        place(timer, index)
    }
}
