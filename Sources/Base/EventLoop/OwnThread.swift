// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A thread that runs one piece of work after the other, and keeps between them what only it may touch.
///
/// For libraries that block for as long as their peer likes: such a wait takes no thread of `Offload` away. The thread
/// starts with the first piece of work, after the sandbox, and inherits it. Unchecked: everything but what the thread
/// keeps for itself is guarded by the mutex.
@safe
package final class OwnThread<Kept>: @unchecked Sendable {
    /// A piece of work; what it leaves in its argument is there for the next one.
    package typealias Work = @Sendable (inout Kept?) -> Void

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [Work] = []
    private var hasThread = false
    private var hasEnded = false

    package init() {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Has `work` run after everything submitted before.
    ///
    /// - Returns: False where the system has no thread for it; the work is dropped then.
    package func submit(_ work: @escaping Work) -> Bool {
        let mustStart = locked {
            waiting.append(work)
            defer { hasThread = true }
            return !hasThread
        }
        if mustStart && !start() {
            locked {
                waiting = []
                hasThread = false
            }
            return false
        }
        unsafe pthread_cond_signal(condition)
        return true
    }

    /// Ends the thread after the work submitted before; what it kept goes with it.
    package func end() {
        locked { hasEnded = true }
        unsafe pthread_cond_signal(condition)
    }

    private func locked<R>(_ body: () -> R) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }

    private func start() -> Bool {
        var attributes = pthread_attr_t()
        var thread = pthread_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        unsafe pthread_attr_setstacksize(&attributes, 1 << 20)
        // The thread keeps this object until it ends.
        let body = Body { [self] in serve() }
        let box = unsafe Unmanaged.passRetained(body)
        let failure = unsafe pthread_create(
            &thread,
            &attributes,
            { pointer in
                guard let pointer = unsafe pointer else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        if failure != 0 { unsafe box.release() }
        return failure == 0
    }

    private func serve() {
        var kept: Kept?
        while let work = next() { work(&kept) }
    }

    private func next() -> Work? {
        locked {
            while waiting.isEmpty {
                if hasEnded { return nil }
                unsafe pthread_cond_wait(condition, mutex)
            }
            return waiting.removeFirst()
        }
    }
}

/// What a thread runs: a class without generics, which a C function may name.
private final class Body {
    let run: () -> Void

    init(_ run: @escaping () -> Void) {
        self.run = run
    }
}
