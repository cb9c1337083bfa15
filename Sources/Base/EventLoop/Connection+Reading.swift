// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import DequeModule
package import POSIX
internal import SystemPackage

/// Input: filled from the socket, looked at and consumed.
extension Connection {
    /// How long a wait for input or room may take, in nanoseconds.
    ///
    /// It counts anew with every wait. Nil waits for ever for input, and an hour for room.
    package var timeout: Int64? {
        get { timeLimit }
        set { timeLimit = newValue }
    }

    /// The bytes that have arrived and were not yet consumed.
    package var buffered: Int { input.count - inputStart }

    /// Whether there is input, or the end, that was not looked at yet, as far as events have reported.
    package var mayHaveInput: Bool { buffered > 0 || isReadable || atEnd }

    /// Whether the peer has ended its side and everything was consumed.
    package var isAtEnd: Bool { atEnd && buffered == 0 }

    /// Waits for more input than is buffered; false at the end of the stream.
    package func fill() async throws(ConnectionError) -> Bool {
        while true {
            if let failure { throw failure }
            if atEnd { return false }
            if isReadable || isHungUp {
                if await hasHadItsTurn() { continue }
                if try receive() { return !atEnd }
                continue
            }
            try await wait(for: .input, limit: timeLimit)
        }
    }

    /// Reads of one connection in a turn, at the most.
    private static var readsPerTurn: Int { 16 }

    /// Counts a read; where a peer sends faster than it is served the others have their turn first, and true returns.
    private func hasHadItsTurn() async -> Bool {
        if turnOfReads != EventLoop.shared.turn {
            turnOfReads = EventLoop.shared.turn
            reads = 0
        }
        reads += 1
        guard reads > Self.readsPerTurn else { return false }
        await Loop.yield()
        return true
    }

    /// Lets `body` look at the buffered input; it returns how many bytes it has used up.
    package func consume<E: Error>(_ body: (borrowing Span<UInt8>) throws(E) -> Int) throws(E) {
        discard(try used(by: body))
    }

    func used<E: Error>(by body: (borrowing Span<UInt8>) throws(E) -> Int) throws(E) -> Int {
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

    func firstLineFeed(after searched: Int) -> Int? {
        let bytes = input
        let span = bytes.span
        var index = inputStart + searched
        while index < span.count {
            if span[index] == 10 { return index - inputStart }
            index += 1
        }
        return nil
    }

    func discard(_ count: Int) {
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
    func receive() throws(ConnectionError) -> Bool {
        guard descriptor != nil else { throw .closed }
        let room = unsafe EventLoop.shared.scratch
        if session != nil { return try receiveTLS() }
        var count: Int32 = 0
        let received: Int
        if carriesDescriptors {
            count = Int32(EventLoop.shared.receivedNumbers.count)
            received = unsafe linux_receive(
                number,
                room.baseAddress.unsafelyUnwrapped,
                room.count,
                &EventLoop.shared.receivedNumbers,
                &count
            )
            if received >= 0 && count > 0 {
                incoming.append(contentsOf: EventLoop.shared.receivedNumbers.prefix(Int(count)))
            }
        } else {
            received = unsafe linux_receive(number, room.baseAddress.unsafelyUnwrapped, room.count, nil, nil)
        }
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
            // Descriptors were lost, and with them what they belong to; what came before can still be answered.
            if carriesDescriptors && error == .tooManyOpenFiles { throw .system(error) }
            failure = failure ?? .system(error)
            throw .system(error)
        }
        // A short read has emptied the socket, unless descriptors cut it or the end is still to come.
        if received < room.count && count == 0 && !isHungUp { isReadable = false }
        unsafe input.append(contentsOf: UnsafeRawBufferPointer(room).prefix(received))
        return true
    }

    func receiveTLS() throws(ConnectionError) -> Bool {
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
}
