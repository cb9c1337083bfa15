// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import Synchronization

/// Gives out ids that no other message has or had; one per process, used by all its threads.
///
/// Within a process the microseconds only grow (a clock set back changes nothing), and the number after the `z` is the
/// process's own; `O_EXCL` is the last guard.
package final class QueueIDSource: Sendable {
    private let last = Mutex<Int64>(0)
    private let number: UInt32

    /// `number` tells this process from others that live at the same time on the same queue.
    package init(number: UInt32 = UInt32(bitPattern: processID)) {
        self.number = number
    }

    /// The next id for a message that arrives at `now`, in nanoseconds since the epoch.
    package func next(at now: Int64 = Clock.wall) -> QueueID {
        let moment = last.withLock { last in
            last = max(now / 1000, last &+ 1)
            return last
        }
        return QueueID(arrival: moment, number: number)
    }
}
