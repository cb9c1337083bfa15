// SPDX-License-Identifier: Apache-2.0
package import IPC
package import MailEnvelope

/// From qmgr to bounce: report to the sender; the message's descriptor comes along (read-only).
package struct BounceRequest: WireMessage, Equatable {
    package static let kind: UInt8 = 30

    /// What is reported.
    package enum Report: Int, Sendable { case failed = 0, delayed = 1, delivered = 2 }

    package var report: Report
    package var queueID: String
    /// The message's envelope; its recipients are those to report on.
    package var envelope: Envelope
    /// What became of each of them, in their order.
    package var outcomes: [Outcome]
    package var content: ContentRange
    /// Nanoseconds since the epoch until which delivery is tried (delay warnings), 0 otherwise.
    package var retryUntil: Int64

    package init(
        report: Report,
        queueID: String,
        envelope: Envelope,
        outcomes: [Outcome],
        content: ContentRange,
        retryUntil: Int64 = 0
    ) {
        self.report = report
        self.queueID = queueID
        self.envelope = envelope
        self.outcomes = outcomes
        self.content = content
        self.retryUntil = retryUntil
    }

    package init(from fields: FieldReader) throws(WireError) {
        guard let report = Report(rawValue: try fields.number(1)) else { throw .malformed(tag: 1) }
        self.report = report
        queueID = try fields.text(2)
        envelope = try fields.envelope(3)
        outcomes = try fields.outcomes(4)
        guard outcomes.count == envelope.recipients.count else { throw .malformed(tag: 4) }
        content = try fields.content(5)
        retryUntil = Int64(try fields.number(7, in: 0...Int.max))
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, report.rawValue)
        fields.put(2, queueID)
        fields.put(3, envelope)
        fields.put(4, outcomes)
        fields.put(5, content)
        fields.put(7, Int(retryUntil))
    }
}

/// bounce's answer: the report is on disk as a message of its own, or not (then qmgr asks again later).
package struct BounceOutcome: WireMessage, Equatable {
    package static let kind: UInt8 = 31

    /// The report's queue id; empty when there is none.
    package var queueID: String
    /// Why there is none; empty when there was none to send (null sender).
    package var error: String

    package init(queueID: String, error: String = "") {
        self.queueID = queueID
        self.error = error
    }

    package init(from fields: FieldReader) throws(WireError) {
        queueID = try fields.text(1)
        error = try fields.text(2)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, queueID)
        fields.put(2, error)
    }
}
