// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Runs blocking work in a thread of its own, as a part of the task that asks: what it expects belongs to its test.
///
/// - Throws: What `body` throws.
package func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    let executor = ThreadExecutor()
    defer { executor.end() }
    return try await withTaskExecutorPreference(executor) { try await here(body) }
}

private nonisolated func here<T>(_ body: @Sendable () throws -> T) async throws -> T { try body() }

/// One thread that runs the jobs of one call of `blocking`.
private final class ThreadExecutor: TaskExecutor, @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []
    private var hasEnded = false

    init() {
        Thread.detachNewThread { [self] in serve() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            jobs.append(job)
            condition.signal()
        }
    }

    func end() {
        condition.withLock {
            hasEnded = true
            condition.signal()
        }
    }

    private func serve() {
        while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    private func next() -> UnownedJob? {
        condition.withLock {
            while jobs.isEmpty {
                if hasEnded { return nil }
                condition.wait()
            }
            return jobs.removeFirst()
        }
    }
}
