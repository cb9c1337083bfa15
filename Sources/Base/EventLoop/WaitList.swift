// SPDX-License-Identifier: Apache-2.0

/// The tasks that wait for one event: usually none or one, but any number is allowed.
///
/// An event resumes all of them, and each task checks for itself what has happened. The first waiter is stored in place,
/// so that a connection with one reader and one writer allocates nothing.
@Loop @safe
struct WaitList {
    @safe
    private struct Waiter {
        let ticket: UInt64
        let deadline: Int64
        let continuation: UnsafeContinuation<Void, Never>
    }

    private var first: Waiter?
    private var others: [Waiter] = []
    /// How often everybody was resumed.
    private(set) var events: UInt64 = 0

    nonisolated init() {}

    var isEmpty: Bool { first == nil }

    /// The earliest deadline of those who wait; `.max` without any.
    var deadline: Int64 {
        guard let first else { return .max }
        return others.reduce(first.deadline) { min($0, $1.deadline) }
    }

    /// Adds a task, named by a ticket so that it can be resumed alone.
    ///
    /// `events` is the count as it was when the task decided to wait. Code of the loop may run between that moment and
    /// this one, and a task that has missed an event goes on at once.
    mutating func add(
        _ ticket: UInt64,
        since events: UInt64,
        deadline: Int64 = .max,
        isCancellable: Bool = true,
        _ continuation: UnsafeContinuation<Void, Never>
    ) {
        guard events == self.events, !isCancellable || !Task.isCancelled else { return unsafe continuation.resume() }
        let waiter = unsafe Waiter(ticket: ticket, deadline: deadline, continuation: continuation)
        if first == nil { first = waiter } else { others.append(waiter) }
    }

    /// Resumes every task.
    mutating func resumeAll() {
        events &+= 1
        guard let waiter = first else { return }
        let rest = others
        first = nil
        others = []
        unsafe waiter.continuation.resume()
        for waiter in rest { unsafe waiter.continuation.resume() }
    }

    /// Resumes one task, if it still waits.
    mutating func resume(_ ticket: UInt64) {
        if let waiter = first, waiter.ticket == ticket {
            first = others.isEmpty ? nil : others.removeFirst()
            unsafe waiter.continuation.resume()
        } else if let index = others.firstIndex(where: { $0.ticket == ticket }) {
            unsafe others.remove(at: index).continuation.resume()
        }
    }
}
