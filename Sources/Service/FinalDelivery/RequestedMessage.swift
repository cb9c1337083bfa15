// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import InternalProtocols
internal import MailEnvelope
internal import POSIX
package import Service
package import SystemPackage

/// The message of one request, for all of its recipients.
@Loop
package final class RequestedMessage {
    /// What is read at first.
    ///
    /// A header is no longer, and most messages are not either. Mailboxes are written in pieces of this size.
    package nonisolated static let headLimit = 256 << 10
    /// What is read in place: it lies in the page cache, and the way over another thread would take longer.
    private static let quickLimit = 128 << 10

    package let request: DeliveryRequest
    package let file: SharedMessage
    private var known: [UInt8]?

    package init(_ request: DeliveryRequest, _ file: SharedMessage) {
        self.request = request
        self.file = file
    }

    /// The first octets of the content, which hold its header; read once for all recipients.
    package func head() async throws(Errno) -> [UInt8] {
        if let known { return known }
        let (file, offset) = (file, request.content.offset)
        let count = min(request.content.length, Self.headLimit)
        let read = { @Sendable () throws(Errno) in try file.descriptor.read(at: offset, count: count) }
        let head = count <= Self.quickLimit ? try read() : try await offload(read)
        // A file that is shorter than promised must not become a shorter message.
        guard head.count == count else { throw .ioError }
        known = head
        return head
    }
}
