// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Foundation
import POSIX
import TestSupport
import Testing

@Suite struct ReadingInTurnsTests {
    /// Writes from a thread of its own as fast as the socket takes it, until the reader is gone.
    private static func flood(_ number: Int32) {
        Thread.detachNewThread {
            let bytes = [UInt8](repeating: 120, count: 65536)
            while true {
                if write(number, bytes, bytes.count) < 0 {
                    guard errno == EAGAIN || errno == EINTR else { break }
                    usleep(50)
                }
            }
            close(number)
        }
    }

    @Test func `A peer that sends faster than it is served does not keep the others from their turn`() async throws {
        try await onLoop {
            let (reader, own, number) = try Descriptor.withSocketPair { one, other in
                let own = one.number
                return (try Connection(one), own, other.release())
            }
            defer { reader.close() }
            Self.flood(number)
            for _ in 0..<5 {
                #expect(try await reader.fill())
                var othersHadTheirTurn = false
                Loop.after(0) { othersHadTheirTurn = true }
                var reads = 0
                while !othersHadTheirTurn && reads < 200 {
                    reader.discardInput()
                    // Here the peer is always ahead; all tests share the loop, so no longer than that takes.
                    var ready = pollfd(fd: own, events: Int16(POLLIN), revents: 0)
                    poll(&ready, 1, 100)
                    #expect(try await reader.fill())
                    reads += 1
                }
                #expect(reads <= 17)
            }
        }
    }
}
