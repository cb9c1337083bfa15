// SPDX-License-Identifier: Apache-2.0
internal import DeliveryStatus
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import Logging
internal import MailStatus
internal import POSIX
internal import Service
internal import SystemPackage

/// Makes the reports that qmgr asks for.
@Loop
final class Reporter {
    private let bounce: Bounce
    private let worker: Worker
    private let cleanup: CleanupClient
    private var reports = 0

    init(_ bounce: Bounce, _ worker: Worker) {
        self.bounce = bounce
        self.worker = worker
        cleanup = CleanupClient(path: worker.start.publicSocket("cleanup"))
    }

    func converse(_ frames: FrameConnection) async throws {
        while let frame = try await frames.receive() {
            let request = try frame.decode(BounceRequest.self)
            let file = SharedMessage(try frames.takeDescriptor())
            worker.workBegins()
            defer { worker.workEnds() }
            frames.send(await carryOut(request, file))
        }
    }

    private func carryOut(_ request: BounceRequest, _ file: SharedMessage) async -> BounceOutcome {
        // RFC 3464 section 2: a report is never answered by a report.
        guard !request.sender.isEmpty else { return BounceOutcome(request: request.request, queueID: "") }
        crashPoint(.bounceRequested)
        let content: [UInt8]
        do throws(Errno) {
            // One byte more than the limit tells that it does not fit.
            let count = min(request.contentLength - 1, bounce.sizeLimit) + 1
            content = try await offload { () throws(Errno) in
                try file.descriptor.read(at: request.contentOffset, count: count)
            }
        } catch {
            return BounceOutcome(request: request.request, queueID: "", error: "the message cannot be read: \(error)")
        }
        let report = report(request, content)
        var envelope = MessageEnvelope(
            origin: .own,
            sender: "",
            recipients: [MessageEnvelope.Recipient(request.sender, notify: 1)]
        )
        envelope.encoding = report.isEightBit ? "8bit" : "7bit"
        envelope.isUTF8 = report.needsUTF8
        let submission = cleanup.begin(envelope)
        await submission.content(report.bytes)
        let outcome = await submission.commit()
        crashPoint(.bounceSubmitted)
        return BounceOutcome(
            request: request.request,
            queueID: outcome.queueID,
            error: outcome.queueID.isEmpty ? outcome.text : ""
        )
    }

    private func report(_ request: BounceRequest, _ content: [UInt8]) -> DeliveryReport {
        let now = Clock.wall / 1_000_000_000
        reports += 1
        let kind: DeliveryReport.Kind
        let action: ReportRecipient.Action
        switch request.report {
        case .failed: (kind, action) = (.failure, .failed)
        case .delayed: (kind, action) = (.delay, .delayed)
        case .delivered: (kind, action) = (.success, .delivered)
        }
        let undefined: EnhancedStatus.Class = request.report == .failed ? .permanent : .transient
        return DeliveryReport(
            kind: kind,
            host: bounce.hostName,
            queueID: request.queueID,
            sender: request.sender,
            arrival: Int64(request.arrival) / 1_000_000_000,
            recipients: request.recipients.map { recipient in
                ReportRecipient(
                    address: recipient.address,
                    action: action,
                    status: EnhancedStatus(recipient.status) ?? EnhancedStatus(undefined: undefined),
                    diagnostic: recipient.diagnostic,
                    original: recipient.original == recipient.address ? "" : recipient.original,
                    dsnOriginal: recipient.originalRecipient,
                    diagnosticType: recipient.remote.isEmpty ? "" : "smtp",
                    remoteMTA: recipient.remote,
                    lastAttempt: now
                )
            },
            returned: .choose(
                content: content,
                size: request.contentLength,
                wantsFull: request.report == .failed && request.returnContent != "HDRS",
                limit: bounce.sizeLimit
            ),
            date: now,
            zoneMinutes: Clock.zoneMinutes(at: now),
            reportID: "\(now).\(processID).\(reports)",
            envelopeID: request.envelopeID,
            retryUntil: request.retryUntil == 0 ? nil : Int64(request.retryUntil) / 1_000_000_000,
            messageNeedsUTF8: request.isUTF8
        )
    }
}
