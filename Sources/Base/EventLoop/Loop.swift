// SPDX-License-Identifier: Apache-2.0

/// The isolation of everything that belongs to the event loop's thread.
@globalActor
package actor Loop {
    package static let shared = Loop()

    nonisolated package var unownedExecutor: UnownedSerialExecutor {
        unsafe EventLoop.shared.asUnownedSerialExecutor()
    }

    /// Starts a task of the loop.
    ///
    /// This is the only way: a bare `Task {}` starts on the runtime's thread pool even from isolated code, and its
    /// threads are started before or beside the sandbox (`libexec/check` refuses it).
    @discardableResult
    package nonisolated static func spawn<Value: Sendable>(
        _ body: @escaping @Loop @Sendable () async -> Value
    ) -> LoopTask<Value> {
        LoopTask(Task(executorPreference: EventLoop.shared) { await body() })
    }

    /// Runs `body` on the loop: at once where this is its thread, soon otherwise.
    nonisolated static func soon(_ body: @escaping @Loop @Sendable () -> Void) {
        if EventLoop.shared.isOnThread {
            assumeIsolated { body() }
        } else {
            spawn { body() }
        }
    }

    /// Runs `body` as the loop's code, for the places that the loop calls outside a task.
    ///
    /// Global actors have no such function of their own; this is what `MainActor.assumeIsolated` does.
    nonisolated package static func run<T>(_ body: @Loop () throws -> T) rethrows -> T {
        try assumeIsolated(body)
    }

    nonisolated static func assumeIsolated<T>(_ body: @Loop () throws -> T) rethrows -> T {
        precondition(EventLoop.shared.isOnThread, "not on the event loop's thread")
        return try withoutActuallyEscaping(body) { (escaping: @escaping @Loop () throws -> T) throws -> T in
            let plain = unsafe unsafeBitCast(escaping, to: (() throws -> T).self)
            return try plain()
        }
    }

    /// Calls `body` once, `nanoseconds` from now.
    @Loop
    @discardableResult
    package static func after(_ nanoseconds: Int64, _ body: @escaping @Loop () -> Void) -> Timer {
        let timer = Timer(body)
        EventLoop.shared.timers.insert(timer, at: EventLoop.shared.now &+ max(0, nanoseconds))
        return timer
    }

    /// Suspends the task for a time; a cancelled task goes on at once.
    @Loop
    package static func sleep(nanoseconds: Int64) async {
        let sleeper = Sleeper()
        await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                if Task.isCancelled { return unsafe continuation.resume() }
                unsafe sleeper.begin(nanoseconds, continuation)
            }
        } onCancel: {
            Loop.soon { sleeper.end() }
        }
    }

    @Loop @safe
    private final class Sleeper {
        private var continuation: UnsafeContinuation<Void, Never>?
        private var timer: Timer?

        func begin(_ nanoseconds: Int64, _ continuation: UnsafeContinuation<Void, Never>) {
            unsafe self.continuation = continuation
            timer = Loop.after(nanoseconds) { [self] in end() }
        }

        func end() {
            timer?.cancel()
            timer = nil
            guard let waiting = unsafe continuation else { return }
            unsafe continuation = nil
            unsafe waiting.resume()
        }
    }

    /// Lets other tasks, input and output of the loop have their turn.
    @Loop
    package static func yield() async {
        await unsafe withUnsafeContinuation { continuation in
            after(0) { unsafe continuation.resume() }
        }
    }
}

extension Int64 {
    /// So many seconds in nanoseconds, saturating.
    package static func seconds(_ count: Int) -> Int64 {
        let (value, overflow) = Int64(count).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max / 4 : value
    }

    /// So many milliseconds in nanoseconds, saturating.
    package static func milliseconds(_ count: Int) -> Int64 {
        let (value, overflow) = Int64(count).multipliedReportingOverflow(by: 1_000_000)
        return overflow ? .max / 4 : value
    }
}

extension Duration {
    /// Whole nanoseconds, saturating.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max / 4 : value &+ attoseconds / 1_000_000_000
    }
}
