// SPDX-License-Identifier: Apache-2.0
internal import DequeModule

/// Hands values from one task of the loop to another, in order.
@Loop @safe
package final class Channel<Element: Sendable> {
    private var elements: Deque<Element> = []
    private var receivers: Deque<UnsafeContinuation<Element?, Never>> = unsafe []
    private var isClosed = false

    package init() {}

    /// How many values wait.
    package var count: Int { elements.count }

    /// Adds a value; after `close` it is dropped.
    package func send(_ element: Element) {
        guard !isClosed else { return }
        if let receiver = unsafe receivers.popFirst() {
            unsafe receiver.resume(returning: element)
        } else {
            elements.append(element)
        }
    }

    /// The next value; nil once it was closed and is empty.
    package func next() async -> Element? {
        if let element = elements.popFirst() { return element }
        guard !isClosed else { return nil }
        return await unsafe withUnsafeContinuation { unsafe receivers.append($0) }
    }

    /// Ends it: those who wait get nil.
    package func close() {
        isClosed = true
        while let receiver = unsafe receivers.popFirst() { unsafe receiver.resume(returning: nil) }
    }
}

/// One value that tasks of the loop wait for.
@Loop @safe
package final class Promise<Value: Sendable> {
    private var value: Value?
    private var waiters: [UnsafeContinuation<Value, Never>] = unsafe []

    package init() {}

    /// Whether the value is there.
    package var isFulfilled: Bool { value != nil }

    /// Sets the value; only the first counts.
    package func fulfil(_ value: Value) {
        guard self.value == nil else { return }
        self.value = value
        let waiting = unsafe waiters
        unsafe waiters = []
        unsafe waiting.forEach { unsafe $0.resume(returning: value) }
    }

    /// The value, as soon as it is there.
    package func get() async -> Value {
        if let value { return value }
        return await unsafe withUnsafeContinuation { unsafe waiters.append($0) }
    }
}
