// SPDX-License-Identifier: Apache-2.0
internal import DeliveryStatus
internal import EventLoop
internal import InternalProtocols
internal import IPC
internal import Logging
internal import MailEnvelope
internal import MailStatus
internal import POSIX
internal import Service
internal import SystemPackage

/// Makes the reports that qmgr requests and submits them to cleanup.
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

    private func carryOut(_ asked: BounceRequest, _ file: SharedMessage) async -> BounceOutcome {
        let request = Self.withoutSilent(asked)
        // RFC 3464 section 2: a report is never answered by a report.
        guard !request.envelope.sender.isEmpty, !request.outcomes.isEmpty else { return BounceOutcome(queueID: "") }
        crashPoint(.bounceRequested)
        let content: [UInt8]
        do throws(Errno) {
            // One byte beyond the limit shows that the message does not fit.
            let count = min(request.content.length, max(0, bounce.sizeLimit) + 1)
            content = try await offload { () throws(Errno) in
                try file.descriptor.read(at: request.content.offset, count: count)
            }
        } catch {
            return BounceOutcome(queueID: "", error: "the message cannot be read: \(error)")
        }
        let report = report(request, content)
        var envelope = Envelope(
            origin: .own,
            sender: "",
            recipients: [Recipient(address: request.envelope.sender, notify: .never)]
        )
        envelope.encoding = report.isEightBit ? .eightBit : .sevenBit
        envelope.needsUTF8 = report.needsUTF8
        let submission = cleanup.begin(envelope)
        await submission.content(report.bytes)
        let outcome = await submission.commit()
        crashPoint(.bounceSubmitted)
        return BounceOutcome(
            queueID: outcome.queueID,
            error: outcome.queueID.isEmpty ? outcome.text : ""
        )
    }

    /// The request without the recipients that the sender wants to hear nothing of (NOTIFY=NEVER, RFC 3461 section 4.1).
    private static func withoutSilent(_ request: BounceRequest) -> BounceRequest {
        var request = request
        let reported = zip(request.envelope.recipients, request.outcomes).filter { !$0.0.notify.contains(.never) }
        request.envelope.recipients = reported.map(\.0)
        request.outcomes = reported.map(\.1)
        return request
    }

    private func report(_ request: BounceRequest, _ content: [UInt8]) -> DeliveryReport {
        let now = Clock.wall / 1_000_000_000
        reports += 1
        let envelope = request.envelope
        let kind: DeliveryReport.Kind =
            switch request.report {
            case .failed: .failure
            case .delayed: .delay
            case .delivered: .success
            }
        return DeliveryReport(
            kind: kind,
            host: bounce.hostName,
            queueID: request.queueID,
            sender: envelope.sender,
            arrival: envelope.arrival / 1_000_000_000,
            recipients: zip(envelope.recipients, request.outcomes).map { recipient, outcome in
                Self.entry(recipient, outcome, request.report, now)
            },
            returned: .choose(
                content: content,
                size: request.content.length,
                wantsFull: request.report == .failed && envelope.dsn.returned != .headers,
                limit: bounce.sizeLimit
            ),
            date: now,
            zoneMinutes: Clock.zoneMinutes(at: now),
            reportID: "\(now).\(processID).\(reports)",
            envelopeID: envelope.dsn.envelopeID,
            retryUntil: request.retryUntil == 0 ? nil : request.retryUntil / 1_000_000_000,
            messageNeedsUTF8: envelope.needsUTF8
        )
    }

    /// What the report says of one recipient.
    private static func entry(
        _ recipient: Recipient,
        _ outcome: Outcome,
        _ report: BounceRequest.Report,
        _ now: Int64
    ) -> ReportRecipient {
        // RFC 3464 section 2.3.3: mail that another host took is relayed, an alias expanded.
        let isRelayed = !outcome.remoteHost.isEmpty
        let (action, undefined): (ReportRecipient.Action, EnhancedStatus.Class) =
            switch report {
            case .failed: (.failed, .permanent)
            case .delayed: (.delayed, .transient)
            case .delivered: (outcome.kind == .forwarded ? .expanded : isRelayed ? .relayed : .delivered, .success)
            }
        return ReportRecipient(
            address: recipient.address,
            action: action,
            status: EnhancedStatus(outcome.status) ?? EnhancedStatus(undefined: undefined),
            diagnostic: outcome.text,
            original: recipient.original == recipient.address ? "" : recipient.original,
            dsnOriginal: recipient.dsnOriginal,
            diagnosticType: outcome.diagnosticType.rawValue,
            remoteMTA: outcome.remoteHost,
            lastAttempt: now
        )
    }
}
