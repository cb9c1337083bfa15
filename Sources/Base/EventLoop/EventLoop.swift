// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import POSIX
internal import Synchronization
internal import SystemPackage

/// The one thread of a daemon: epoll, timers, signals, and the executor of everything marked `@Loop`.
///
/// It is a serial executor (so the compiler keeps session state on it) and a task executor (so that nonisolated code of
/// its tasks stays on it too). `run` is called once, on the main thread, after the sandbox is in place.
///
/// Unchecked: all state but `foreign` belongs to the loop's thread, which every entry point checks.
@safe
package final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    /// The loop of this process.
    package static let shared = EventLoop()

    /// Jobs run in one turn at the most, so that input, timers and output get theirs.
    private static let jobsPerTurn = 2000

    private struct Foreign {
        var jobs: [UnownedJob] = []
        var isSignalled = false
    }

    private struct Watched {
        var target: (any Pollable)?
        /// Tells the descriptor's events from those of an earlier one with the same number.
        var generation: UInt32 = 0
    }

    private let epoll: Int32
    private let wakeUp: Int32
    private let thread = pthread_self()
    private let foreign = Mutex(Foreign())
    private var jobs: [UnownedJob] = []
    private var isStopping = false
    private var events = [linux_event](repeating: linux_event(), count: 256)
    private var generation: UInt32 = 0
    /// Who gets a descriptor's events, by its number.
    private var watched: [Watched] = []
    private var unflushed: [Connection] = []
    private var lastTicket: UInt64 = 0
    /// How many turns there were.
    private(set) var turn: UInt64 = 0
    /// The turn's time, nanoseconds of the monotonic clock.
    private(set) package var now = Clock.monotonic
    let timers = TimerHeap()
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
    /// Where the numbers of received descriptors are put for a moment; 64 is the most that one read may bring.
    var receivedNumbers = [Int32](repeating: -1, count: 64)

    private init() {
        epoll = linux_epoll_create()
        wakeUp = linux_eventfd()
        precondition(epoll >= 0 && wakeUp >= 0, "no epoll or eventfd descriptor")
        _ = linux_epoll_add(epoll, wakeUp, UInt32(linux_in), 1, UInt64(UInt32(bitPattern: wakeUp)))
    }

    // MARK: Executor

    package func enqueue(_ job: UnownedJob) {
        if isOnThread {
            jobs.append(job)
        } else {
            enqueueFromElsewhere(job)
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        enqueue(UnownedJob(job))
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    package func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        unsafe UnownedTaskExecutor(ordinary: self)
    }

    package func checkIsolated() {
        precondition(isOnThread, "not on the event loop's thread")
    }

    package func isIsolatingCurrentContext() -> Bool? { isOnThread }

    var isOnThread: Bool { pthread_equal(thread, pthread_self()) != 0 }

    private func enqueueFromElsewhere(_ job: UnownedJob) {
        let mustSignal = foreign.withLock { foreign in
            foreign.jobs.append(job)
            defer { foreign.isSignalled = true }
            return !foreign.isSignalled
        }
        if mustSignal { signalWakeUp() }
    }

    private func signalWakeUp() {
        var one: UInt64 = 1
        _ = unsafe write(wakeUp, &one, 8)
    }

    // MARK: The loop

    /// Runs until `stop`.
    package func run() {
        precondition(isOnThread, "the loop runs on the thread that made it")
        now = Clock.monotonic
        while !isStopping {
            turn &+= 1
            // Timers come first, so that what they post or wake leaves in the same turn.
            timers.fire(until: now)
            runJobs()
            flushAll()
            if isStopping { return }
            now = Clock.monotonic
            wait()
        }
    }

    /// Ends `run` after the current turn.
    package func stop() {
        isStopping = true
    }

    private func runJobs() {
        var next = 0
        while next < jobs.count && next < Self.jobsPerTurn {
            let job = jobs[next]
            next += 1
            unsafe job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        if next == jobs.count {
            jobs.removeAll(keepingCapacity: true)
        } else {
            jobs.removeFirst(next)
        }
    }

    private func flushAll() {
        var next = 0
        while next < unflushed.count {
            let connection = unflushed[next]
            next += 1
            Loop.assumeIsolated { connection.flush() }
        }
        unflushed.removeAll(keepingCapacity: true)
    }

    private func wait() {
        let timeout: Int32
        if !jobs.isEmpty {
            timeout = 0
        } else if let next = timers.next {
            // Rounded up, or the loop spins for the last fraction of a millisecond.
            timeout = Int32(clamping: max(0, (next &- now &+ 999_999) / 1_000_000))
        } else {
            timeout = -1
        }
        let count = unsafe linux_epoll_wait(epoll, &events, Int32(events.count), timeout)
        now = Clock.monotonic
        for index in 0..<max(0, Int(count)) {
            let event = events[index]
            let number = Int32(truncatingIfNeeded: event.token & 0xffff_ffff)
            if number == wakeUp {
                takeForeignJobs()
            } else if watched.indices.contains(Int(number)),
                watched[Int(number)].generation == UInt32(truncatingIfNeeded: event.token >> 32),
                let target = watched[Int(number)].target
            {
                Loop.assumeIsolated { target.handle(events: event.events) }
            }
        }
    }

    private func takeForeignJobs() {
        let arrived = foreign.withLock { foreign in
            foreign.isSignalled = false
            let arrived = foreign.jobs
            foreign.jobs = []
            return arrived
        }
        jobs.append(contentsOf: arrived)
    }

    // MARK: Descriptors

    /// Watches a descriptor; its events go to `target` until `remove`.
    func add(_ number: Int32, _ target: any Pollable, edge: Bool, events: Int32) throws(Errno) {
        generation &+= 1
        try check(linux_epoll_add(epoll, number, UInt32(events), edge ? 1 : 0, token(number, generation)))
        let index = Int(number)
        if index >= watched.count {
            watched.append(contentsOf: repeatElement(Watched(), count: index + 1 - watched.count))
        }
        watched[index] = Watched(target: target, generation: generation)
    }

    func modify(_ number: Int32, edge: Bool, events: Int32) {
        guard let generation = generation(of: number) else { return }
        _ = linux_epoll_modify(epoll, number, UInt32(events), edge ? 1 : 0, token(number, generation))
    }

    func remove(_ number: Int32) {
        guard generation(of: number) != nil else { return }
        watched[Int(number)].target = nil
        _ = linux_epoll_remove(epoll, number)
    }

    private func generation(of number: Int32) -> UInt32? {
        guard watched.indices.contains(Int(number)), watched[Int(number)].target != nil else { return nil }
        return watched[Int(number)].generation
    }

    private func token(_ number: Int32, _ generation: UInt32) -> UInt64 {
        UInt64(generation) << 32 | UInt64(UInt32(bitPattern: number))
    }

    /// Names a wait, so that it can be ended alone.
    func nextTicket() -> UInt64 {
        lastTicket &+= 1
        return lastTicket
    }

    /// Has a connection's output sent at the end of this turn.
    func flushLater(_ connection: Connection) {
        unflushed.append(connection)
    }
}

/// Something with a descriptor in the loop.
@Loop
protocol Pollable: AnyObject {
    /// Called for events of epoll(7).
    func handle(events: UInt32)
}
