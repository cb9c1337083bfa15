// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import DequeModule
package import POSIX
package import SystemPackage

/// Why a connection can be used no more.
package enum ConnectionError: Error, Sendable, Equatable {
    /// The deadline passed.
    case timedOut
    /// This side has closed or aborted it.
    case closed
    /// The system says so: reset, broken pipe, no buffers.
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
/// One task reads at a time and one task waits for room at a time. Input is kept only while there is some: an idle
/// connection has no buffer. Output is posted and leaves at the end of the loop's turn in one system call.
@Loop @safe
package final class Connection: Pollable {
    /// Output beyond this makes `drained` wait.
    package static let highWater = 256 * 1024

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
    var reader: UnsafeContinuation<Void, Never>?
    var writer: UnsafeContinuation<Void, Never>?
    var timer: Timer?
    var deadline = Int64.max
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
            wakeWriter()
        }
        if isReadable || isHungUp { wakeReader() }
    }

    func waitReadable() async {
        arm()
        await unsafe withUnsafeContinuation { unsafe reader = $0 }
        disarm()
    }

    func wakeReader() {
        guard let waiting = unsafe reader else { return }
        unsafe reader = nil
        unsafe waiting.resume()
    }

    func wakeWriter() {
        guard let waiting = unsafe writer else { return }
        unsafe writer = nil
        unsafe waiting.resume()
    }

    /// One timer a connection, set anew only when it fires too early: most waits end long before it.
    func arm() {
        guard let timeLimit else {
            deadline = .max
            return
        }
        deadline = EventLoop.shared.now &+ timeLimit
        if timer == nil { startTimer(timeLimit) }
    }

    func disarm() {
        deadline = .max
    }

    func startTimer(_ nanoseconds: Int64) {
        timer = Loop.after(nanoseconds) { [weak self] in self?.timerFired() }
    }

    func timerFired() {
        timer = nil
        guard deadline != .max else { return }
        let left = deadline &- EventLoop.shared.now
        if left > 0 {
            startTimer(left)
        } else {
            fail(.timedOut)
        }
    }

    /// Makes the connection usable again after a time-out, to say so to the peer.
    package func forgiveTimeout() {
        if failure == .timedOut { failure = nil }
    }

    func fail(_ error: ConnectionError) {
        if failure == nil { failure = error }
        wakeReader()
        wakeWriter()
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

    /// Sends what was posted, within the time limit, and closes.
    package func finish() async {
        try? await drained(everything: true)
        session?.sendClose()
        close()
    }

    /// Fails the reads and writes that wait or come, so that the task that owns it ends: for shutting down.
    package func abort() {
        fail(.closed)
    }

    /// Closes at once; what waits to be sent is lost.
    package func close() {
        guard descriptor != nil else { return }
        timer?.cancel()
        timer = nil
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
        timer?.cancel()
        timer = nil
        EventLoop.shared.remove(number)
        fail(.closed)
        return taken
    }
}
