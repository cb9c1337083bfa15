// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import MailAddress
internal import MailEnvelope
internal import POSIX
internal import Service
internal import SystemPackage

/// Sends a message on as a new one, through cleanup.
@Loop
final class Forwarder {
    /// What is read at once, and what a frame takes (`MessageContent`).
    private static let readSize = 256 << 10
    private static let frameSize = 64 << 10

    private let cleanup: CleanupClient
    private let prepends: Bool

    /// A forwarder that marks messages with Delivered-To where `prepends` says so.
    init(_ cleanup: CleanupClient, prepends: Bool) {
        self.cleanup = cleanup
        self.prepends = prepends
    }

    /// Forwards the message; the outcome is `forwarded` only when the new one is on disk.
    func forward(
        _ request: DeliveryRequest,
        _ file: SharedMessage,
        for recipient: String,
        sender: String,
        to addresses: [EmailAddress]
    ) async -> Outcome {
        var envelope = Envelope(
            origin: .own,
            sender: sender,
            recipients: addresses.map { Recipient(address: $0.internalForm) }
        )
        envelope.encoding = request.envelope.encoding
        envelope.needsUTF8 = request.envelope.needsUTF8
        envelope.hops = 1
        let submission = cleanup.begin(envelope)
        if prepends { await submission.content(TraceHeader.deliveredTo(recipient)) }
        do throws(Errno) {
            try await copy(request, file, to: submission)
        } catch {
            submission.abort()
            return Outcome(.deferred, status: "4.3.0", text: "cannot read the message: \(error)")
        }
        let outcome = await submission.commit()
        guard outcome.queueID.isEmpty else {
            return Outcome(.forwarded, status: "2.0.0", text: "forwarded as \(outcome.queueID)")
        }
        return Outcome(
            outcome.code >= 500 ? .failed : .deferred,
            status: outcome.status,
            text: "cannot forward: \(outcome.text)"
        )
    }

    private func copy(
        _ request: DeliveryRequest,
        _ file: SharedMessage,
        to submission: Submission
    ) async throws(Errno) {
        var position = 0
        while position < request.content.length {
            let offset = request.content.offset + position
            let count = min(Self.readSize, request.content.length - position)
            let bytes = try await offload { () throws(Errno) in try file.descriptor.read(at: offset, count: count) }
            // A file shorter than promised must not become a shorter message.
            guard !bytes.isEmpty else { throw .ioError }
            position += bytes.count
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Self.frameSize)
                await submission.content(Array(bytes[start..<end]))
                start = end
            }
        }
    }
}
