// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A few threads for what blocks, and nothing else: fsync(2), files, locks.
///
/// The threads are started when first needed, after the sandbox, and so inherit it. Unchecked: everything is guarded by
/// the mutex.
@safe
package final class Offload: @unchecked Sendable {
    /// The pool of this process.
    package static let shared = Offload()

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var work: [() -> Void] = []
    private var next = 0
    private var threads = 0
    private var idle = 0
    private var limit = 8

    private init() {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    /// How many threads there may be (8 unless set; 32 is useful where many flushes run at once).
    package func setLimit(_ count: Int) {
        locked { limit = max(1, min(count, 64)) }
    }

    private func locked<R>(_ body: () -> R) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }

    fileprivate func submit(_ item: @escaping @Sendable () -> Void) {
        let (mustWake, mustStart) = locked {
            work.append(item)
            // A thread that was woken and has not run yet still counts as idle; its item still waits.
            if work.count - next <= idle { return (true, false) }
            guard threads < limit else { return (false, false) }
            threads += 1
            return (false, true)
        }
        // Outside of the mutex: a thread woken inside would only run into it, and sleep and be woken once more.
        if mustWake { unsafe pthread_cond_signal(condition) }
        if mustStart { startThread() }
    }

    private func startThread() {
        var attributes = pthread_attr_t()
        var thread = pthread_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        unsafe pthread_attr_setstacksize(&attributes, 1 << 20)
        let failure = unsafe pthread_create(
            &thread,
            &attributes,
            { _ in
                Offload.shared.serve()
                return nil
            },
            nil
        )
        guard failure != 0 else { return }
        // No thread to be had: the ones there are do the work; without any, this one must.
        let alone = locked {
            threads -= 1
            return threads == 0 ? takeAll() : []
        }
        for item in alone { item() }
    }

    private func takeAll() -> [() -> Void] {
        let rest = Array(work[next...])
        work = []
        next = 0
        return rest
    }

    private func serve() {
        while true {
            let item = locked { () -> () -> Void in
                idle += 1
                while next == work.count { unsafe pthread_cond_wait(condition, mutex) }
                idle -= 1
                let item = work[next]
                next += 1
                if next == work.count {
                    work.removeAll(keepingCapacity: true)
                    next = 0
                } else if next > 1024 {
                    work.removeFirst(next)
                    next = 0
                }
                return item
            }
            item()
        }
    }
}

/// Runs blocking work in the pool; the loop goes on meanwhile.
///
/// - Throws: What `body` throws.
@Loop
package func offload<T: Sendable, E: Error>(_ body: @escaping @Sendable () throws(E) -> T) async throws(E) -> T {
    let result: Result<T, E> = await unsafe withUnsafeContinuation { continuation in
        Offload.shared.submit {
            unsafe continuation.resume(returning: Result { () throws(E) -> T in try body() })
        }
    }
    return try result.get()
}
