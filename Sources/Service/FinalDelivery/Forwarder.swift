// SPDX-License-Identifier: Apache-2.0
package import EventLoop
internal import InternalProtocols
internal import MailAddress
package import MailEnvelope
internal import POSIX
package import Service
internal import SystemPackage

/// Sends a message on as a new one, through cleanup.
@Loop
package final class Forwarder {
    /// What is read at once, and what a frame takes (`MessageContent`).
    private static let readSize = 256 << 10
    private static let frameSize = 64 << 10

    private let cleanup: CleanupClient
    private let prepends: Bool

    /// A forwarder; `prepends` says whether it marks messages with Delivered-To, by which loops are detected.
    package init(_ cleanup: CleanupClient, prepends: Bool) {
        self.cleanup = cleanup
        self.prepends = prepends
    }

    /// Sends the message to the plan's other addresses; the outcome is `forwarded` only when the new one is on disk.
    package func forward(_ message: RequestedMessage, _ plan: DeliveryPlan) async -> Outcome {
        let submission = cleanup.begin(Self.envelope(message.request.envelope, plan))
        if prepends { await submission.content(HeadLines.deliveredTo(plan.recipient.address)) }
        do throws(Errno) {
            try await copy(message, to: submission)
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
            text: "cannot forward: \(outcome.text)",
            // A full queue file system (RFC 3463: X.3.1) is nothing of this recipient.
            scope: outcome.status == "4.3.1" ? .transport : .recipient
        )
    }

    /// The envelope of the new message, with what the sender asked for by RFC 3461 (section 5.2.7).
    ///
    /// The outcome `forwarded` is reported as `expanded` where NOTIFY has SUCCESS, so the new message does not ask for
    /// that report again. Members of a list answer to the list's owner alone.
    nonisolated static func envelope(_ original: Envelope, _ plan: DeliveryPlan) -> Envelope {
        var recipient = Recipient(address: "")
        if !plan.isList {
            recipient.notify = plan.recipient.notify.subtracting(.success)
            if plan.recipient.notify == .success { recipient.notify = .never }
            recipient.dsnOriginal = plan.recipient.dsnOriginal
        }
        var envelope = Envelope(
            origin: .own,
            sender: plan.sender,
            recipients: plan.forwards.map { address in
                var forwarded = recipient
                forwarded.address = address.internalForm
                forwarded.original = address.internalForm
                return forwarded
            }
        )
        if !plan.isList { envelope.dsn = original.dsn }
        envelope.encoding = original.encoding
        envelope.needsUTF8 = original.needsUTF8
        envelope.hops = 1
        return envelope
    }

    private func copy(_ message: RequestedMessage, to submission: Submission) async throws(Errno) {
        let content = message.request.content
        let file = message.file
        var bytes = try await message.head()
        var position = 0
        while position < content.length {
            if position > 0 {
                let offset = content.offset + position
                let count = min(Self.readSize, content.length - position)
                bytes = try await offload { () throws(Errno) in try file.descriptor.read(at: offset, count: count) }
            }
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
