// SPDX-License-Identifier: Apache-2.0
internal import HeapModule
internal import MailQueue

/// When a message is to be tried; it counts only as long as the message waits with the same generation.
struct DueTime: Comparable, Sendable {
    let time: Int64
    let id: QueueID
    let generation: Int

    static func < (left: DueTime, right: DueTime) -> Bool { left.time < right.time }
    static func == (left: DueTime, right: DueTime) -> Bool { left.time == right.time }
}

/// The waiting messages by the time of their next attempt.
///
/// What a message's change makes invalid stays until its time, or until it is the larger part.
struct DueTimes {
    private var heap = Heap<DueTime>()
    /// What a flush has made due at once.
    private var flushed = Heap<DueTime>()

    var next: Int64? { flushed.isEmpty ? heap.min?.time : .min }

    /// How many there are, invalid ones included.
    var count: Int { heap.count + flushed.count }

    mutating func insert(_ due: DueTime) {
        heap.insert(due)
    }

    /// Takes the message that is to be tried next, unless it is later than `now`.
    mutating func pop(until now: Int64) -> DueTime? {
        if let due = flushed.popMin() { return due }
        guard let first = heap.min, first.time <= now else { return nil }
        return heap.popMin()
    }

    /// Makes all due at once; without work for each of them.
    mutating func flush() {
        if flushed.isEmpty {
            swap(&heap, &flushed)
        } else {
            flushed.insert(contentsOf: heap.unordered)
            heap = Heap()
        }
    }

    /// Drops what is invalid, when that is the larger part.
    mutating func compact(waiting: Int, isValid: (DueTime) -> Bool) {
        guard heap.count > 2 * waiting + 1000 else { return }
        heap = Heap(heap.unordered.filter(isValid))
    }
}
