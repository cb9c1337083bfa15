// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// A few threads for calls that may hang for good, and a deadline for who waits for them.
///
/// A call that hangs keeps its thread; when all threads hang, the next caller waits to its deadline and gives up. No
/// caller's thread ever blocks. The threads start when they are first needed, after the sandbox, and so inherit it.
/// Unchecked: everything is guarded by the mutex.
@safe
package final class DeadlineThreads: @unchecked Sendable {
    private let limit: Int
    private let waitingLimit: Int
    /// How long a caller waits, in nanoseconds.
    package let patience: Int64

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let hasWork = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let hasDeadline = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var work: [any DeadlineJob] = []
    /// All jobs in the order of their deadlines; those that are done are dropped at the front.
    private var deadlines: [(time: Int64, job: any DeadlineJob)] = []
    private var threads = 0
    private var idle = 0
    private var hasClock = false
    private var clockIsIdle = false

    /// Creates a pool without threads.
    ///
    /// - Parameters:
    ///   - limit: The most threads.
    ///   - patience: How long a caller waits, in nanoseconds.
    ///   - waitingLimit: The most callers that wait at once; the next one is refused without waiting.
    package init(limit: Int, patience: Int64, waitingLimit: Int = 4096) {
        self.limit = max(1, limit)
        self.patience = max(0, patience)
        self.waitingLimit = max(1, waitingLimit)
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(hasWork, nil)
        unsafe pthread_cond_init(hasDeadline, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        // A thread holds the pool, so none is left here.
        unsafe pthread_cond_destroy(hasDeadline)
        unsafe pthread_cond_destroy(hasWork)
        unsafe pthread_mutex_destroy(mutex)
        unsafe hasDeadline.deallocate()
        unsafe hasWork.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` on one of the threads; nil where it has not returned at the deadline, or too many wait already.
    ///
    /// What `body` returns after the deadline is dropped; a `body` that has not begun by then never begins.
    package func run<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T? {
        await unsafe withUnsafeContinuation { continuation in
            submit(unsafe Job(body, continuation))
        }
    }

    private func submit(_ job: any DeadlineJob) {
        let deadline = MonotonicClock.now() &+ patience
        enum Start { case nothing, refused, thread }
        let (start, startsClock) = locked { () -> (Start, Bool) in
            dropSettled()
            guard deadlines.count < waitingLimit else { return (.refused, false) }
            work.append(job)
            deadlines.append((deadline, job))
            if clockIsIdle { unsafe pthread_cond_signal(hasDeadline) }
            let startsClock = !hasClock
            hasClock = true
            if work.count <= idle {
                unsafe pthread_cond_signal(hasWork)
                return (.nothing, startsClock)
            }
            guard threads < limit else { return (.nothing, startsClock) }
            threads += 1
            return (.thread, startsClock)
        }
        if case .refused = start { return job.expire() }
        if startsClock, !startThread(isClock: true) {
            locked { hasClock = false }
            return job.expire()
        }
        guard case .thread = start, !startThread(isClock: false) else { return }
        let isAlone = locked { () -> Bool in
            threads -= 1
            return threads == 0
        }
        if isAlone { job.expire() }
    }

    private func startThread(isClock: Bool) -> Bool {
        var attributes = pthread_attr_t()
        var thread = pthread_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        // Name service modules are other people's code, which may want the usual room.
        unsafe pthread_attr_setstacksize(&attributes, isClock ? 1 << 18 : 1 << 21)
        let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
            guard let argument = unsafe argument else { return nil }
            unsafe Unmanaged<DeadlineThreads>.fromOpaque(argument).takeRetainedValue().serve()
            return nil
        }
        let clock: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
            guard let argument = unsafe argument else { return nil }
            unsafe Unmanaged<DeadlineThreads>.fromOpaque(argument).takeRetainedValue().keepTime()
            return nil
        }
        let held = unsafe Unmanaged.passRetained(self)
        let failure = unsafe pthread_create(&thread, &attributes, isClock ? clock : start, held.toOpaque())
        if failure != 0 { unsafe held.release() }
        return failure == 0
    }

    private func serve() {
        while true {
            let job = locked { () -> any DeadlineJob in
                idle += 1
                while work.isEmpty { unsafe pthread_cond_wait(hasWork, mutex) }
                idle -= 1
                return work.removeFirst()
            }
            job.perform()
        }
    }

    /// Ends the waiting of those that have reached their deadline.
    private func keepTime() {
        while true {
            let due = locked { () -> [any DeadlineJob] in
                dropSettled()
                guard let first = deadlines.first else {
                    clockIsIdle = true
                    unsafe pthread_cond_wait(hasDeadline, mutex)
                    clockIsIdle = false
                    return []
                }
                var time = timespec()
                time.tv_sec = Int(first.time / 1_000_000_000)
                time.tv_nsec = Int(first.time % 1_000_000_000)
                guard unsafe pthread_cond_timedwait(hasDeadline, mutex, &time) == ETIMEDOUT else { return [] }
                let now = MonotonicClock.now()
                let count = deadlines.prefix { $0.time <= now }.count
                let due = deadlines[..<count].map(\.job)
                deadlines.removeFirst(count)
                return due
            }
            for job in due { job.expire() }
        }
    }

    /// Called with the mutex held.
    private func dropSettled() {
        let settled = deadlines.prefix { $0.job.isSettled }.count
        if settled > 0 { deadlines.removeFirst(settled) }
        if !work.isEmpty, work.contains(where: \.isSettled) { work.removeAll(where: \.isSettled) }
    }

    private func locked<R>(_ body: () -> R) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }
}

/// A call and the task that waits for it.
private protocol DeadlineJob: AnyObject, Sendable {
    var isSettled: Bool { get }
    func perform()
    func expire()
}

extension DeadlineThreads {
    private final class Job<T: Sendable>: DeadlineJob {
        @safe
        private struct Waiter: Sendable {
            var continuation: UnsafeContinuation<T?, Never>?
        }

        private let body: @Sendable () -> T
        private let waiter: Mutex<Waiter>

        init(_ body: @escaping @Sendable () -> T, _ continuation: UnsafeContinuation<T?, Never>) {
            self.body = body
            waiter = Mutex(unsafe Waiter(continuation: continuation))
        }

        var isSettled: Bool { waiter.withLock { unsafe $0.continuation == nil } }

        func perform() {
            guard !isSettled else { return }
            settle(body())
        }

        func expire() { settle(nil) }

        private func settle(_ value: T?) {
            let taken = waiter.withLock { waiter in
                defer { unsafe waiter.continuation = nil }
                return waiter
            }
            unsafe taken.continuation?.resume(returning: value)
        }
    }
}

/// The clock that deadlines are measured by.
enum MonotonicClock {
    /// Nanoseconds since some moment.
    static func now() -> Int64 { read(CLOCK_MONOTONIC) }

    /// As `now()`, some milliseconds behind, for a tenth of the time.
    static func roughly() -> Int64 { read(CLOCK_MONOTONIC_COARSE) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
