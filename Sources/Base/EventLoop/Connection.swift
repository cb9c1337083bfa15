// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import DequeModule
package import POSIX
package import SystemPackage

/// Why a read, a write or a wait of a connection failed.
package enum ConnectionError: Error, Sendable, Equatable {
    /// The deadline passed.
    case timedOut
    /// This side has closed or aborted it.
    case closed
    /// The task that waited was cancelled; the connection itself can still be used.
    case cancelled
    /// The system reports an error: reset, broken pipe, no buffers.
    case system(Errno)
    /// TLS broke.
    case tls(TLSError)
    /// A line or frame is longer than its limit.
    case tooLong
    /// The peer ended the stream inside something.
    case unexpectedEnd
}

/// A byte stream in the loop: buffered both ways, with deadlines, back-pressure, TLS, and descriptors on Unix sockets.
///
/// Any number of tasks may wait for input or for room. All of them are resumed when the connection ends, whichever way
/// it does. An idle connection has no input buffer. Output is posted and leaves at the end of the loop's turn in one
/// system call.
@Loop @safe
package final class Connection: Pollable {
    /// Output beyond this makes `drained` wait.
    package static let highWater = 256 * 1024
    /// How long a wait for room may take where no time limit is set: nothing waits for a peer for ever
    /// (Postfix' `ipc_timeout`).
    static let longestWait = Int64.seconds(3600)

    var descriptor: Descriptor?
    let number: Int32
    let carriesDescriptors: Bool
    var session: (any TLSSession)?

    var input: [UInt8] = []
    var inputStart = 0
    var output: [UInt8] = []
    var outputStart = 0
    /// Descriptors to send, each with the place in the stream it must not come after.
    var outgoing: [(number: Int32, position: Int)] = []
    var sentTotal = 0
    var incoming: Deque<Int32> = []

    var isReadable = false
    var isHungUp = false
    var isWatchingOutput = false
    var isFlushScheduled = false
    var atEnd = false
    /// Reads in the turn of the last one.
    var reads = 0
    var turnOfReads: UInt64 = 0
    var failure: ConnectionError?
    private var readers = WaitList()
    private var writers = WaitList()
    private var timer: Timer?
    /// When `timer` fires.
    private var timerTime = Int64.max
    var timeLimit: Int64?

    /// Takes over a connected, non-blocking descriptor.
    ///
    /// `carriesDescriptors` is for Unix sockets between our own processes only: elsewhere nobody may put descriptors into
    /// this process.
    package init(_ descriptor: consuming Descriptor, carriesDescriptors: Bool = false) throws(Errno) {
        number = descriptor.number
        self.carriesDescriptors = carriesDescriptors
        self.descriptor = consume descriptor
        try EventLoop.shared.add(number, self, edge: true, events: Int32(linux_in | linux_rdhup))
    }

    isolated deinit {
        close()
    }

    // MARK: Events

    func handle(events: UInt32) {
        if events & UInt32(linux_rdhup | linux_hup | linux_err) != 0 { isHungUp = true }
        if events & UInt32(linux_in) != 0 { isReadable = true }
        if isWatchingOutput && events & UInt32(linux_out | linux_err | linux_hup) != 0 {
            isWatchingOutput = false
            EventLoop.shared.modify(number, edge: true, events: Int32(linux_in | linux_rdhup))
            flush()
            writers.resumeAll()
        } else if session != nil && pending > 0 {
            // TLS may have had to read before it could write.
            flush()
        }
        if isReadable || isHungUp { readers.resumeAll() }
    }

    /// What a task waits for.
    enum Event: Sendable {
        /// Input, or the end of the stream.
        case input
        /// Room for output.
        case room
    }

    /// Suspends until the event comes, the connection ends, or the task is cancelled; the caller checks which.
    ///
    /// `limit` is how long the wait may take before the connection fails with `.timedOut`; nil is for ever for input.
    func wait(for event: Event, limit: Int64?) async throws(ConnectionError) {
        let limit = limit ?? (event == .room ? Self.longestWait : .max)
        let deadline = limit == .max ? .max : EventLoop.shared.now &+ limit
        let ticket = EventLoop.shared.nextTicket()
        let events = event == .input ? readers.events : writers.events
        startTimer(deadline)
        await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                switch event {
                case .input: unsafe readers.add(ticket, since: events, deadline: deadline, continuation)
                case .room: unsafe writers.add(ticket, since: events, deadline: deadline, continuation)
                }
            }
        } onCancel: {
            Loop.soon { self.resume(ticket) }
        }
        if Task.isCancelled { throw .cancelled }
    }

    private func resume(_ ticket: UInt64) {
        readers.resume(ticket)
        writers.resume(ticket)
    }

    func wakeWriters() {
        writers.resumeAll()
    }

    /// One timer a connection, set anew only when it fires too early: most waits end long before it.
    private func startTimer(_ deadline: Int64) {
        guard deadline != .max, timer == nil || deadline < timerTime else { return }
        timer?.cancel()
        timerTime = deadline
        timer = Loop.after(deadline &- EventLoop.shared.now) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        timer = nil
        let deadline = min(readers.deadline, writers.deadline)
        if deadline <= EventLoop.shared.now { fail(.timedOut) } else { startTimer(deadline) }
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }

    /// Makes the connection usable again after a time-out, to say so to the peer.
    package func forgiveTimeout() {
        if failure == .timedOut { failure = nil }
    }

    func fail(_ error: ConnectionError) {
        if failure == nil { failure = error }
        readers.resumeAll()
        writers.resumeAll()
    }

    // MARK: Ending

    /// The other end's address.
    package func peerAddress() throws(Errno) -> SocketAddress {
        guard descriptor != nil else { throw .badFileDescriptor }
        return try Descriptor.peerAddress(of: number)
    }

    /// This end's address.
    package func localAddress() throws(Errno) -> SocketAddress {
        guard let address = try descriptor?.localAddress() else { throw .badFileDescriptor }
        return address
    }

    /// Who is at the other end of a Unix socket.
    package func peerCredentials() throws(Errno) -> PeerCredentials {
        guard let credentials = try descriptor?.peerCredentials() else { throw .badFileDescriptor }
        return credentials
    }

    /// Whether the peer has gone or the connection has failed, as far as is known without reading.
    package var isBroken: Bool { isHungUp || atEnd || failure != nil || descriptor == nil }

    /// Ends this side's stream after what was posted; the peer may go on sending.
    package func finishWriting() async throws(ConnectionError) {
        try await drained(everything: true)
        if session != nil {
            session?.sendClose()
        } else {
            _ = linux_shutdown_write(number)
        }
    }

    /// Sends what was posted and closes.
    ///
    /// All of it together may take as long as the time limit, however often the peer takes a little.
    package func finish() async {
        try? await drained(everything: true, until: EventLoop.shared.now &+ (timeLimit ?? Self.longestWait))
        session?.sendClose()
        close()
    }

    /// Fails the reads and writes that wait or come, so that the task that owns it ends: for shutting down.
    package func abort() {
        fail(.closed)
    }

    /// Sends a farewell and aborts: at once where the socket takes all that is posted, otherwise after `limit`.
    ///
    /// It waits for nothing itself, so it can be called while other tasks wait.
    package func dismiss(_ farewell: [UInt8] = [], within limit: Int64 = .seconds(5)) {
        post(farewell)
        flush()
        guard pending > 0, failure == nil else {
            session?.sendClose()
            return abort()
        }
        Loop.after(limit) { [weak self] in self?.abort() }
    }

    /// Closes at once; what waits to be sent is lost.
    package func close() {
        guard descriptor != nil else { return }
        stopTimer()
        EventLoop.shared.remove(number)
        session = nil
        descriptor = nil
        for (number, _) in outgoing { _ = Descriptor(owning: number) }
        for fd in incoming { _ = Descriptor(owning: fd) }
        outgoing = []
        incoming = []
        input = []
        inputStart = 0
        output = []
        outputStart = 0
        fail(.closed)
    }

    /// Takes the descriptor out of the loop to hand it to another process; buffered input is the caller's to send along.
    package func release() -> Descriptor? {
        guard session == nil, let taken = descriptor.take() else { return nil }
        stopTimer()
        EventLoop.shared.remove(number)
        fail(.closed)
        return taken
    }
}
