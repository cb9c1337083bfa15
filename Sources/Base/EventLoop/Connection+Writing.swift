// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import DequeModule
package import POSIX
internal import SystemPackage

/// Output: posted, sent at the end of the turn, with back-pressure.
extension Connection {
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
        try await drained(everything: everything, until: .max)
    }

    /// As `drained`, with an end that does not move when the peer takes a part.
    func drained(everything: Bool, until deadline: Int64) async throws(ConnectionError) {
        let limit = everything ? 0 : Self.highWater
        if everything { flush() }
        while pending > limit {
            if let failure { throw failure }
            if descriptor == nil { throw .closed }
            flush()
            if pending <= limit { break }
            let left = deadline == .max ? timeLimit : deadline &- EventLoop.shared.now
            try await wait(for: .room, limit: left)
        }
        if let failure { throw failure }
    }

    func scheduleFlush() {
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
        if pending <= Self.highWater { wakeWriters() }
    }

    func sendPlain() -> Int {
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

    func sendTLS() -> Int {
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

    func watchOutput() {
        guard !isWatchingOutput else { return }
        isWatchingOutput = true
        EventLoop.shared.modify(number, edge: true, events: Int32(linux_in | linux_rdhup | linux_out))
    }
}
