// SPDX-License-Identifier: Apache-2.0

/// A delivery status notification (RFC 3464, RFC 6522, RFC 6533): what becomes of a message, told to its sender.
///
/// It is made from values alone; time, ids and host are the caller's. The report itself goes out with the null
/// reverse-path, and is never made for a message that came with it (RFC 3464 section 2).
package struct DeliveryReport: Sendable, Equatable {
    /// What the report is about.
    package enum Kind: Sendable {
        case failure, delay, success
    }

    package var kind: Kind
    /// `myhostname`: the Reporting-MTA.
    package var host: String
    /// The queue id of the message that the report is about.
    package var queueID: String
    /// The sender of that message, who gets the report; never empty.
    package var sender: String
    /// ENVID of the message as the client gave it; empty without.
    package var envelopeID: String
    /// Seconds since the epoch at which the message came.
    package var arrival: Int64
    /// Seconds since the epoch until which delivery is tried, in a warning.
    package var retryUntil: Int64?
    package var recipients: [ReportRecipient]
    package var returned: ReturnedContent
    /// Whether the message used SMTPUTF8, so that its sender can read UTF-8.
    package var messageNeedsUTF8: Bool

    /// Seconds since the epoch of the report itself.
    package var date: Int64
    /// Minutes that the local zone is ahead of UTC.
    package var zoneMinutes: Int
    /// The report's own queue id: makes its Message-ID and the boundary.
    package var reportID: String

    package init(
        kind: Kind,
        host: String,
        queueID: String,
        sender: String,
        arrival: Int64,
        recipients: [ReportRecipient],
        returned: ReturnedContent,
        date: Int64,
        zoneMinutes: Int = 0,
        reportID: String,
        envelopeID: String = "",
        retryUntil: Int64? = nil,
        messageNeedsUTF8: Bool = false
    ) {
        self.kind = kind
        self.host = host
        self.queueID = queueID
        self.sender = sender
        self.envelopeID = envelopeID
        self.arrival = arrival
        self.retryUntil = retryUntil
        self.recipients = recipients
        self.returned = returned
        self.messageNeedsUTF8 = messageNeedsUTF8
        self.date = date
        self.zoneMinutes = zoneMinutes
        self.reportID = reportID
    }

    /// Whether the report must itself go by SMTPUTF8: then its parts are those of RFC 6533.
    package var needsUTF8: Bool {
        messageNeedsUTF8 || !sender.utf8.allSatisfy { $0 < 128 }
    }

    /// Whether the report has bytes beyond ASCII (BODY=8BITMIME).
    package var isEightBit: Bool {
        needsUTF8 || returned.bytes.contains { $0 >= 128 }
    }

    /// The Message-ID with its angle brackets.
    package var messageID: String { "<\(reportID)@\(hostName)>" }

    /// Makes the report, lines ended by LF, in chunks of about 64 KiB however many recipients there are.
    package func write<Failure: Error>(to sink: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
        let boundary = self.boundary
        var chunk = header(boundary)
        chunk += explanationHeader(boundary)
        for recipient in recipients {
            chunk += explanation(of: recipient)
            if chunk.utf8.count > 64 << 10 {
                try sink(Array(chunk.utf8))
                chunk = ""
            }
        }
        chunk += statusHeader(boundary)
        for recipient in recipients {
            chunk += status(of: recipient)
            if chunk.utf8.count > 64 << 10 {
                try sink(Array(chunk.utf8))
                chunk = ""
            }
        }
        chunk += returnedHeader(boundary)
        try sink(Array(chunk.utf8))
        try sink(returned.bytes)
        let gap = returned.bytes.isEmpty || returned.bytes.last == newlineByte ? "" : "\n"
        try sink(Array("\(gap)\n--\(boundary)--\n".utf8))
    }

    /// The whole report in one piece.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write { (chunk: [UInt8]) in bytes += chunk }
        return bytes
    }

    /// The host's name as it may stand in fields.
    var hostName: String { ReportText.line(host, allowsUTF8: false, limit: 255).filter { $0 != " " } }

    /// A boundary that does not occur in what is returned.
    var boundary: String {
        let base = "\(reportID).\(date)".filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") }
        // Nobody outside knew the report's id; the loop is for the impossible.
        for number in 0..<16 {
            let boundary = "\(base.prefix(48))/\(number)"
            if !returned.bytes.hasLine(beginning: Array("--\(boundary)".utf8)) { return boundary }
        }
        return "\(base.prefix(40))/\(returned.bytes.count)"
    }
}

extension [UInt8] {
    /// Whether a line begins so.
    fileprivate func hasLine(beginning prefix: [UInt8]) -> Bool {
        var start = 0
        while start < count {
            if self[start...].starts(with: prefix) { return true }
            guard let newline = self[start...].firstIndex(of: newlineByte) else { return false }
            start = newline + 1
        }
        return false
    }
}
