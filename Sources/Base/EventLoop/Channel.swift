// SPDX-License-Identifier: Apache-2.0
internal import DequeModule

/// Hands values from one task of the loop to another, in order.
@Loop @safe
package final class Channel<Element: Sendable> {
    @safe
    private struct Receiver {
        let ticket: UInt64
        let continuation: UnsafeContinuation<Element?, Never>
    }

    private var elements: Deque<Element> = []
    private var receivers: Deque<Receiver> = []
    private var isClosed = false

    package init() {}

    /// How many values wait.
    package var count: Int { elements.count }

    /// Adds a value; after `close` it is dropped.
    package func send(_ element: Element) {
        guard !isClosed else { return }
        if let receiver = receivers.popFirst() {
            unsafe receiver.continuation.resume(returning: element)
        } else {
            elements.append(element)
        }
    }

    /// The next value; nil once the channel is closed and empty, or where the task is cancelled while it waits.
    package func next() async -> Element? {
        if let element = elements.popFirst() { return element }
        guard !isClosed else { return nil }
        let ticket = EventLoop.shared.nextTicket()
        return await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                // Values may have come since the look above.
                if let element = elements.popFirst() { return unsafe continuation.resume(returning: element) }
                if isClosed || Task.isCancelled { return unsafe continuation.resume(returning: nil) }
                unsafe receivers.append(Receiver(ticket: ticket, continuation: continuation))
            }
        } onCancel: {
            Loop.soon { self.giveUp(ticket) }
        }
    }

    private func giveUp(_ ticket: UInt64) {
        guard let index = receivers.firstIndex(where: { $0.ticket == ticket }) else { return }
        unsafe receivers.remove(at: index).continuation.resume(returning: nil)
    }

    /// Ends it: those who wait get nil.
    package func close() {
        isClosed = true
        while let receiver = receivers.popFirst() { unsafe receiver.continuation.resume(returning: nil) }
    }
}

/// One value that tasks of the loop wait for.
@Loop @safe
package final class Promise<Value: Sendable> {
    private var value: Value?
    private var waiters = WaitList()

    package init() {}

    /// Whether the value is there.
    package var isFulfilled: Bool { value != nil }

    /// Sets the value; only the first counts.
    package func fulfil(_ value: Value) {
        guard self.value == nil else { return }
        self.value = value
        waiters.resumeAll()
    }

    /// The value, as soon as it is there; cancelling the task does not end the wait.
    package func get() async -> Value {
        while true {
            if let value { return value }
            let events = waiters.events
            await unsafe withUnsafeContinuation { unsafe waiters.add(0, since: events, isCancellable: false, $0) }
        }
    }

    /// The value, as soon as it is there; nil where the task is cancelled before that.
    package func getUnlessCancelled() async -> Value? {
        let ticket = EventLoop.shared.nextTicket()
        while value == nil, !Task.isCancelled {
            let events = waiters.events
            await withTaskCancellationHandler {
                await unsafe withUnsafeContinuation { unsafe waiters.add(ticket, since: events, $0) }
            } onCancel: {
                Loop.soon { self.waiters.resume(ticket) }
            }
        }
        return value
    }
}
