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
    /// The only way to: a bare `Task {}` starts on the runtime's thread pool even from isolated code, and threads made
    /// there are outside the sandbox's order of things (`libexec/check` refuses it).
    package nonisolated static func spawn(_ body: @escaping @Loop @Sendable () async -> Void) {
        Task(executorPreference: EventLoop.shared) { await body() }
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

    /// Suspends the task for a time.
    @Loop
    package static func sleep(nanoseconds: Int64) async {
        await unsafe withUnsafeContinuation { continuation in
            after(nanoseconds) { unsafe continuation.resume() }
        }
    }

    /// Lets other tasks, input and output of the loop have their turn.
    @Loop
    package static func yield() async {
        await sleep(nanoseconds: 0)
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
