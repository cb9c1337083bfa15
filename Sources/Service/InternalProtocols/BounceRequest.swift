// SPDX-License-Identifier: Apache-2.0
package import IPC

/// From qmgr to bounce: report to the sender; the message's descriptor comes along (read-only).
package struct BounceRequest: WireMessage, Equatable {
    package static let kind: UInt8 = 30

    /// What is reported.
    package enum Report: Int, Sendable { case failed = 0, delayed = 1, delivered = 2 }

    /// One recipient to report on.
    package struct Recipient: Sendable, Equatable {
        /// Internal form.
        package var address: String
        package var original: String
        /// ORCPT of RFC 3461, empty without.
        package var originalRecipient: String
        package var status: String
        package var diagnostic: String
        /// The host that said so, empty when it was ourselves.
        package var remote: String

        package init(
            address: String,
            original: String,
            originalRecipient: String,
            status: String,
            diagnostic: String,
            remote: String
        ) {
            self.address = address
            self.original = original
            self.originalRecipient = originalRecipient
            self.status = status
            self.diagnostic = diagnostic
            self.remote = remote
        }
    }

    package var request: Int
    package var report: Report
    package var queueID: String
    package var sender: String
    package var envelopeID: String
    package var returnContent: String
    package var isUTF8: Bool
    /// Nanoseconds since the epoch.
    package var arrival: Int
    /// Nanoseconds since the epoch until which it is tried (delay warnings), 0 otherwise.
    package var retryUntil: Int
    package var contentOffset: Int
    package var contentLength: Int
    package var recipients: [Recipient]

    package init(
        request: Int,
        report: Report,
        queueID: String,
        sender: String,
        envelopeID: String,
        returnContent: String,
        isUTF8: Bool,
        arrival: Int,
        retryUntil: Int,
        contentOffset: Int,
        contentLength: Int,
        recipients: [Recipient]
    ) {
        self.request = request
        self.report = report
        self.queueID = queueID
        self.sender = sender
        self.envelopeID = envelopeID
        self.returnContent = returnContent
        self.isUTF8 = isUTF8
        self.arrival = arrival
        self.retryUntil = retryUntil
        self.contentOffset = contentOffset
        self.contentLength = contentLength
        self.recipients = recipients
    }

    package init(from fields: FieldReader) throws(WireError) {
        request = try fields.number(1)
        guard let report = Report(rawValue: try fields.number(2)) else { throw .malformed(tag: 2) }
        self.report = report
        queueID = try fields.text(3)
        sender = try fields.text(4)
        envelopeID = try fields.text(5)
        returnContent = try fields.text(6)
        isUTF8 = fields.flag(7)
        arrival = try fields.number(8)
        retryUntil = try fields.number(9)
        contentOffset = try fields.number(10)
        contentLength = try fields.number(11)
        recipients = []
        for recipient in try fields.nested(12) {
            recipients.append(
                Recipient(
                    address: try recipient.text(1),
                    original: try recipient.text(2),
                    originalRecipient: try recipient.text(3),
                    status: try recipient.text(4),
                    diagnostic: try recipient.text(5),
                    remote: try recipient.text(6)
                )
            )
        }
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, request)
        fields.put(2, report.rawValue)
        fields.put(3, queueID)
        fields.put(4, sender)
        fields.put(5, envelopeID)
        fields.put(6, returnContent)
        fields.put(7, isUTF8)
        fields.put(8, arrival)
        fields.put(9, retryUntil)
        fields.put(10, contentOffset)
        fields.put(11, contentLength)
        for recipient in recipients {
            fields.put(12) { fields in
                fields.put(1, recipient.address)
                fields.put(2, recipient.original)
                fields.put(3, recipient.originalRecipient)
                fields.put(4, recipient.status)
                fields.put(5, recipient.diagnostic)
                fields.put(6, recipient.remote)
            }
        }
    }
}

/// bounce's answer: the report is on disk as a message of its own, or not (then qmgr asks again later).
package struct BounceOutcome: WireMessage, Equatable {
    package static let kind: UInt8 = 31

    package var request: Int
    /// The report's queue id; empty when there is none.
    package var queueID: String
    /// Why there is none; empty when there was none to send (null sender, NOTIFY=NEVER).
    package var error: String

    package init(request: Int, queueID: String, error: String = "") {
        self.request = request
        self.queueID = queueID
        self.error = error
    }

    package init(from fields: FieldReader) throws(WireError) {
        request = try fields.number(1)
        queueID = try fields.text(2)
        error = try fields.text(3)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, request)
        fields.put(2, queueID)
        fields.put(3, error)
    }
}
