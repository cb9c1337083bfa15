// SPDX-License-Identifier: Apache-2.0

/// A task of the loop, as `Loop.spawn` returns it.
///
/// The task runs to its end whether or not anybody keeps this handle.
package struct LoopTask<Value: Sendable>: Sendable {
    private let task: Task<Value, Never>

    init(_ task: Task<Value, Never>) {
        self.task = task
    }

    /// Cancels the task: what waits in it for a connection, a channel or a time is resumed at once.
    ///
    /// A wait for a connection throws `ConnectionError.cancelled`, and the connection stays usable.
    package func cancel() {
        task.cancel()
    }

    /// The task's result, once it has ended.
    package var value: Value {
        get async { await task.value }
    }
}

/// Why `withDeadline` returned no value.
package enum DeadlineError<Failure: Error>: Error {
    /// The time was over, and what the body waited for was cancelled.
    case passed
    /// The body threw before that.
    case failed(Failure)
}

extension DeadlineError: Equatable where Failure: Equatable {}

/// Runs `body`, and cancels it when it has not returned within so many nanoseconds.
///
/// It returns when `body` has ended, never before: a body that does not wait, or waits in `offload`, is not interrupted.
/// A value that `body` returns in spite of the cancellation is returned.
///
/// Each call costs a task; for the reads and writes of one connection `Connection.timeout` is cheaper.
@Loop
package func withDeadline<Value: Sendable, Failure: Error>(
    _ nanoseconds: Int64,
    _ body: @escaping @Loop @Sendable () async throws(Failure) -> Value
) async throws(DeadlineError<Failure>) -> Value {
    let task = Loop.spawn { () async -> Result<Value, Failure> in
        do throws(Failure) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
    let deadline = Deadline()
    let timer = Loop.after(nanoseconds) {
        deadline.hasPassed = true
        task.cancel()
    }
    defer { timer.cancel() }
    let result = await withTaskCancellationHandler {
        await task.value
    } onCancel: {
        task.cancel()
    }
    switch result {
    case .success(let value): return value
    case .failure(let error): throw deadline.hasPassed ? .passed : .failed(error)
    }
}

@Loop
private final class Deadline {
    var hasPassed = false
}
