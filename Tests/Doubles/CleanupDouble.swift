// SPDX-License-Identifier: Apache-2.0
import Foundation
import InternalProtocols
import IPC
import MailEnvelope
import POSIX

/// Stands in for cleanup: takes messages in a thread of its own and answers as it was told.
package final class CleanupDouble: @unchecked Sendable {
    private let lock = NSLock()
    private var messages: [(envelope: Envelope, content: String)] = []
    private let answer: MessageOutcome
    private let listener: Int32

    package init(path: String, answer: MessageOutcome) throws {
        self.answer = answer
        listener = try Descriptor.listen(atPath: path, permissions: 0o666).release()
        _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) & ~O_NONBLOCK)
        Thread.detachNewThread { [weak self, listener] in
            while true {
                let number = accept(listener, nil, nil)
                guard number >= 0, let self else { break }
                try? self.converse(FrameSocket(Descriptor(owning: number)))
            }
            close(listener)
        }
    }

    /// What has come in so far.
    package var received: [(envelope: Envelope, content: String)] { lock.withLock { messages } }

    /// Ends the thread.
    package func end() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func converse(_ socket: FrameSocket) throws {
        _ = try socket.receive().decode(WireProtocol.self)
        try socket.send(InternalProtocol.cleanup)
        while true {
            let envelope = try socket.receive().decode(MessageEnvelope.self).envelope
            var content: [UInt8] = []
            while true {
                let frame = try socket.receive()
                guard frame.kind == MessageContent.kind else { break }
                content += try frame.decode(MessageContent.self).bytes
            }
            lock.withLock { messages.append((envelope, String(decoding: content, as: UTF8.self))) }
            try socket.send(answer)
        }
    }
}
