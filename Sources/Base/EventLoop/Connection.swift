// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import DequeModule
package import POSIX
package import SystemPackage
package import TLS

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

    private var descriptor: Descriptor?
    private let number: Int32
    private let carriesDescriptors: Bool
    var session: TLSSession?

    private var input: [UInt8] = []
    private var inputStart = 0
    private var output: [UInt8] = []
    private var outputStart = 0
    /// Descriptors to send, each with the place in the stream it must not come after.
    private var outgoing: [(number: Int32, position: Int)] = []
    private var sentTotal = 0
    private var incoming: Deque<Int32> = []

    private var isReadable = false
    private var isHungUp = false
    private var isWatchingOutput = false
    private var isFlushScheduled = false
    private var atEnd = false
    private(set) var failure: ConnectionError?
    private var reader: UnsafeContinuation<Void, Never>?
    private var writer: UnsafeContinuation<Void, Never>?
    private var timer: Timer?
    private var deadline = Int64.max
    private var timeLimit: Int64?

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

    // MARK: Reading

    /// How long a read, or a wait for room, may take; nil is for ever.
    ///
    /// It counts anew with every wait.
    package var timeout: Int64? {
        get { timeLimit }
        set { timeLimit = newValue }
    }

    /// The bytes that have arrived and were not yet consumed.
    package var buffered: Int { input.count - inputStart }

    /// Whether there is input, or the end, that was not looked at yet, as far as events have told.
    package var mayHaveInput: Bool { buffered > 0 || isReadable || atEnd }

    /// Whether the peer has ended its side and everything was consumed.
    package var isAtEnd: Bool { atEnd && buffered == 0 }

    /// Waits for more input than is buffered; false at the end of the stream.
    package func fill() async throws(ConnectionError) -> Bool {
        while true {
            if let failure { throw failure }
            if atEnd { return false }
            if isReadable || isHungUp {
                if try receive() { return !atEnd }
                continue
            }
            await waitReadable()
        }
    }

    /// Lets `body` look at the buffered input; it returns how many bytes it has used up.
    package func consume<E: Error>(_ body: (borrowing Span<UInt8>) throws(E) -> Int) throws(E) {
        discard(try used(by: body))
    }

    private func used<E: Error>(by body: (borrowing Span<UInt8>) throws(E) -> Int) throws(E) -> Int {
        // The copy is a reference; it keeps the bytes while `body` looks at them.
        let bytes = input
        return try body(bytes.span.extracting(inputStart..<bytes.count))
    }

    /// Takes up to `limit` bytes of the buffered input.
    package func take(_ limit: Int = .max) -> [UInt8] {
        let count = min(limit, buffered)
        if inputStart == 0 && count == input.count {
            let all = input
            input = []
            return all
        }
        let part = Array(input[inputStart..<inputStart + count])
        discard(count)
        return part
    }

    /// Drops all input that has arrived, as STARTTLS must.
    package func discardInput() {
        input = []
        inputStart = 0
    }

    /// The next line without its end (CRLF or LF); nil at the end of the stream.
    package func readLine(limit: Int) async throws(ConnectionError) -> [UInt8]? {
        var searched = 0
        while true {
            if let end = firstLineFeed(after: searched) {
                let line = Array(input[inputStart..<inputStart + end])
                discard(end + 1)
                return line.last == 13 ? Array(line.dropLast()) : line
            }
            searched = buffered
            guard searched <= limit else { throw .tooLong }
            guard try await fill() else {
                if buffered == 0 { return nil }
                throw .unexpectedEnd
            }
        }
    }

    /// Exactly `count` bytes; nil at the end of the stream before the first.
    package func read(exactly count: Int) async throws(ConnectionError) -> [UInt8]? {
        while buffered < count {
            guard try await fill() else {
                if buffered == 0 { return nil }
                throw .unexpectedEnd
            }
        }
        return take(count)
    }

    /// A descriptor that came with the input, oldest first.
    package func takeDescriptor() -> Descriptor? {
        incoming.popFirst().map { Descriptor(owning: $0) }
    }

    private func firstLineFeed(after searched: Int) -> Int? {
        let bytes = input
        let span = bytes.span
        var index = inputStart + searched
        while index < span.count {
            if span[index] == 10 { return index - inputStart }
            index += 1
        }
        return nil
    }

    private func discard(_ count: Int) {
        inputStart += max(0, min(count, buffered))
        if inputStart == input.count {
            input = []
            inputStart = 0
        } else if inputStart > 65536 {
            input.removeFirst(inputStart)
            inputStart = 0
        }
    }

    /// Reads once; false when nothing was there, neither bytes nor the end.
    private func receive() throws(ConnectionError) -> Bool {
        guard descriptor != nil else { throw .closed }
        let room = unsafe EventLoop.shared.scratch
        if session != nil { return try receiveTLS() }
        var numbers: [Int32] = carriesDescriptors ? Array(repeating: -1, count: 64) : []
        var count = Int32(numbers.count)
        let received =
            carriesDescriptors
            ? unsafe linux_receive(number, room.baseAddress.unsafelyUnwrapped, room.count, &numbers, &count)
            : unsafe linux_receive(number, room.baseAddress.unsafelyUnwrapped, room.count, nil, nil)
        if carriesDescriptors && received >= 0 { incoming.append(contentsOf: numbers.prefix(Int(count))) }
        if received == 0 {
            atEnd = true
            return true
        }
        guard received > 0 else {
            let error = Errno(rawValue: Int32(truncatingIfNeeded: 0 &- received))
            isReadable = false
            if error == .resourceTemporarilyUnavailable || error == .interrupted {
                isHungUp = false
                return false
            }
            // A peer that is gone has ended its stream.
            atEnd = true
            failure = failure ?? .system(error)
            throw .system(error)
        }
        // A short read has emptied the socket, unless descriptors cut it or the end is still to come.
        if received < room.count && count == 0 && !isHungUp { isReadable = false }
        unsafe input.append(contentsOf: UnsafeRawBufferPointer(room).prefix(received))
        return true
    }

    private func receiveTLS() throws(ConnectionError) -> Bool {
        switch unsafe session?.read(into: EventLoop.shared.scratch) ?? .closed {
        case .done(let count):
            unsafe input.append(contentsOf: UnsafeRawBufferPointer(EventLoop.shared.scratch).prefix(count))
            return true
        case .wantRead:
            isReadable = false
            isHungUp = false
            return false
        case .wantWrite:
            isReadable = false
            watchOutput()
            return false
        case .closed:
            atEnd = true
            return true
        case .failed(let error):
            atEnd = true
            failure = .tls(error)
            throw .tls(error)
        }
    }

    // MARK: Writing

    /// The bytes that wait to be sent.
    package var pending: Int { output.count - outputStart }

    /// Has bytes sent at the end of this turn.
    package func post(_ bytes: [UInt8]) {
        guard failure == nil, descriptor != nil else { return }
        output.append(contentsOf: bytes)
        scheduleFlush()
    }

    /// Has bytes sent at the end of this turn.
    package func post(_ bytes: ArraySlice<UInt8>) {
        guard failure == nil, descriptor != nil else { return }
        output.append(contentsOf: bytes)
        scheduleFlush()
    }

    /// Has text sent at the end of this turn.
    package func post(_ text: String) {
        guard failure == nil, descriptor != nil else { return }
        output.append(contentsOf: text.utf8)
        scheduleFlush()
    }

    /// Lets `body` append to the output, which is sent at the end of this turn.
    package func post(writing body: (inout [UInt8]) -> Void) {
        guard failure == nil, descriptor != nil else { return }
        body(&output)
        scheduleFlush()
    }

    /// Sends a descriptor along with the bytes posted in this turn.
    package func post(_ descriptor: consuming Descriptor) {
        outgoing.append((descriptor.release(), sentTotal + pending))
        scheduleFlush()
    }

    /// Waits until little output is pending (back-pressure); `everything` waits until all of it was taken.
    package func drained(everything: Bool = false) async throws(ConnectionError) {
        let limit = everything ? 0 : Self.highWater
        if everything { flush() }
        while pending > limit {
            if let failure { throw failure }
            if descriptor == nil { throw .closed }
            flush()
            if pending <= limit { break }
            arm()
            await unsafe withUnsafeContinuation { unsafe writer = $0 }
            disarm()
        }
        if let failure { throw failure }
    }

    private func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        EventLoop.shared.flushLater(self)
    }

    /// Sends what is pending, as far as the socket takes it, without waiting for the end of the turn.
    package func flush() {
        isFlushScheduled = false
        guard descriptor != nil, failure == nil, !isWatchingOutput else { return }
        while pending > 0 || !outgoing.isEmpty {
            let sent = session == nil ? sendPlain() : sendTLS()
            guard sent > 0 else { break }
            outputStart += sent
            sentTotal += sent
        }
        if outputStart == output.count {
            output = []
            outputStart = 0
        } else if outputStart > 262_144 {
            output.removeFirst(outputStart)
            outputStart = 0
        }
        if pending <= Self.highWater { wakeWriter() }
    }

    private func sendPlain() -> Int {
        let fds = outgoing.prefix(64).map(\.number)
        let start = outputStart
        // Bytes never overtake the descriptors that belong to them.
        let end = outgoing.count > 64 ? start + outgoing[64].position - sentTotal : output.count
        let sent = unsafe output.withUnsafeBytes { bytes in
            unsafe linux_send(
                number,
                bytes.baseAddress.unsafelyUnwrapped + start,
                end - start,
                fds,
                Int32(fds.count)
            )
        }
        if sent >= 0 {
            for fd in fds { _ = Descriptor(owning: fd) }
            outgoing.removeFirst(fds.count)
            return sent
        }
        let error = Errno(rawValue: Int32(truncatingIfNeeded: 0 &- sent))
        if error == .resourceTemporarilyUnavailable {
            watchOutput()
        } else if error != .interrupted {
            fail(.system(error))
        }
        return 0
    }

    private func sendTLS() -> Int {
        let start = outputStart
        let progress = unsafe output.withUnsafeBytes { bytes in
            unsafe session?.write(UnsafeRawBufferPointer(rebasing: bytes[start...])) ?? .closed
        }
        switch progress {
        case .done(let count): return count
        case .wantWrite: watchOutput()
        case .wantRead: break  // The handshake's or a key update's bytes are read by `fill`, which flushes again.
        case .closed: fail(.closed)
        case .failed(let error): fail(.tls(error))
        }
        return 0
    }

    private func watchOutput() {
        guard !isWatchingOutput else { return }
        isWatchingOutput = true
        EventLoop.shared.modify(number, edge: true, events: Int32(linux_in | linux_rdhup | linux_out))
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

    private func waitReadable() async {
        arm()
        await unsafe withUnsafeContinuation { unsafe reader = $0 }
        disarm()
    }

    private func wakeReader() {
        guard let waiting = unsafe reader else { return }
        unsafe reader = nil
        unsafe waiting.resume()
    }

    private func wakeWriter() {
        guard let waiting = unsafe writer else { return }
        unsafe writer = nil
        unsafe waiting.resume()
    }

    /// One timer a connection, set anew only when it fires too early: most waits end long before it.
    private func arm() {
        guard let timeLimit else {
            deadline = .max
            return
        }
        deadline = EventLoop.shared.now &+ timeLimit
        if timer == nil { startTimer(timeLimit) }
    }

    private func disarm() {
        deadline = .max
    }

    private func startTimer(_ nanoseconds: Int64) {
        timer = Loop.after(nanoseconds) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
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

    private func fail(_ error: ConnectionError) {
        if failure == nil { failure = error }
        wakeReader()
        wakeWriter()
    }

    // MARK: TLS

    /// Whether TLS is on.
    package var isSecure: Bool { session != nil }

    /// The TLS version, cipher and its bits; nil without TLS.
    package var security: (version: String, cipher: String, bits: Int)? {
        guard session != nil else { return nil }
        return (session?.version ?? "", session?.cipher ?? "", session?.cipherBits ?? 0)
    }

    /// Makes the stream a TLS one; input that came before is dropped (it was not protected).
    package func startTLS(_ context: TLSContext, isServer: Bool, hostName: String? = nil) async throws(ConnectionError)
    {
        try await drained(everything: true)
        discardInput()
        session = TLSSession(context: context, descriptor: number, isServer: isServer, hostName: hostName)
        while true {
            if let failure { throw failure }
            switch session?.handshake() ?? .failed(TLSError("no TLS session")) {
            case .done: return
            case .wantRead:
                isReadable = false
                if isHungUp { throw .unexpectedEnd }
                await waitReadable()
            case .wantWrite:
                watchOutput()
                arm()
                await unsafe withUnsafeContinuation { unsafe writer = $0 }
                disarm()
            case .closed: throw .unexpectedEnd
            case .failed(let error):
                failure = .tls(error)
                throw .tls(error)
            }
        }
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
