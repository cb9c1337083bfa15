// SPDX-License-Identifier: Apache-2.0
internal import MailMessage
internal import MailStatus

extension DeliveryReport {
    /// The report's header and the begin of its body.
    func header(_ boundary: String) -> String {
        let title =
            switch kind {
            case .failure: "Undelivered Mail Returned to Sender"
            case .delay: "Delayed Mail (still being retried)"
            case .success: "Successful Mail Delivery Report"
            }
        return field("Date", date(date))
            + field("From", "Mail Delivery System <MAILER-DAEMON@\(hostName)>")
            + field("Subject", title)
            + field("To", "<\(sender)>")
            + field("Auto-Submitted", "auto-replied")
            + field("Message-ID", messageID)
            + field("MIME-Version", "1.0")
            + "Content-Type: multipart/report; report-type=delivery-status;\n    boundary=\"\(boundary)\"\n"
            + (isEightBit ? "Content-Transfer-Encoding: 8bit\n" : "")
            + "\nThis is a MIME-encapsulated message.\n"
    }

    /// The beginning of the part for people.
    func explanationHeader(_ boundary: String) -> String {
        let isWhole = if case .full = returned { true } else { false }
        let news =
            switch kind {
            case .failure:
                "your message could not be delivered to the recipients below, and no further attempts will be made. "
                    + (isWhole ? "Your message is attached." : "The header of your message is attached.")
            case .delay:
                "your message has not been delivered to the recipients below yet. You need not send it again: "
                    + "further attempts will be made" + (retryUntil.map { " until \(date($0))" } ?? "")
                    + ", and you will be told if they all fail."
            case .success:
                "your message was delivered to the recipients below, as you asked to be told."
            }
        return "\n--\(boundary)\nContent-Description: Notification\n"
            + "Content-Type: text/plain; charset=\(needsUTF8 ? "utf-8" : "us-ascii")\n" + encoding(needsUTF8) + "\n"
            + ReportText.wrapped("This is the mail system of \(hostName):", indent: "")
            + ReportText.wrapped(news, indent: "")
            + (kind == .failure
                ? "\n"
                    + ReportText.wrapped(
                        "If you need help, write to <postmaster@\(hostName)> and attach this report.",
                        indent: ""
                    )
                : "")
    }

    /// What people read of one recipient.
    func explanation(of recipient: ReportRecipient) -> String {
        let way =
            recipient.original.isEmpty || recipient.original == recipient.address
            ? "" : " (you wrote to <\(recipient.original)>)"
        let host = recipient.remoteMTA.isEmpty ? "" : " \(recipient.remoteMTA) said:"
        let text = recipient.diagnostic.isEmpty ? recipient.status.description : recipient.diagnostic
        let line = ReportText.line("<\(recipient.address)>\(way):\(host) \(text)", allowsUTF8: needsUTF8)
        return "\n" + ReportText.wrapped(line, indent: "    ")
    }

    /// The fields for the message as a whole (RFC 3464 section 2.2).
    func statusHeader(_ boundary: String) -> String {
        let type = needsUTF8 ? "message/global-delivery-status" : "message/delivery-status"
        return "\n--\(boundary)\nContent-Description: Delivery report\nContent-Type: \(type)\n" + encoding(needsUTF8)
            + "\n"
            + field("Reporting-MTA", "dns; \(hostName)")
            + (envelopeID.isEmpty ? "" : field("Original-Envelope-Id", envelopeID))
            + field("X-Relais-Queue-ID", queueID)
            + field("X-Relais-Sender", ReportText.typed(sender, allowsUTF8: needsUTF8))
            + field("Arrival-Date", date(arrival))
    }

    /// The fields for one recipient (RFC 3464 section 2.3).
    func status(of recipient: ReportRecipient) -> String {
        var fields = "\n" + field("Final-Recipient", ReportText.typed(recipient.address, allowsUTF8: needsUTF8))
        if let original = ReportText.original(ofParameter: recipient.dsnOriginal) {
            fields += field("Original-Recipient", original)
        }
        fields += field("Action", recipient.action.rawValue)
        fields += field("Status", recipient.status.description)
        if !recipient.remoteMTA.isEmpty { fields += field("Remote-MTA", "dns; \(recipient.remoteMTA)") }
        if !recipient.diagnosticType.isEmpty, !recipient.diagnostic.isEmpty {
            fields += field("Diagnostic-Code", "\(recipient.diagnosticType); \(recipient.diagnostic)")
        }
        if let last = recipient.lastAttempt { fields += field("Last-Attempt-Date", date(last)) }
        if let retryUntil, recipient.action == .delayed { fields += field("Will-Retry-Until", date(retryUntil)) }
        return fields
    }

    /// The header of the part with the message or its header.
    func returnedHeader(_ boundary: String) -> String {
        let (title, type) =
            switch returned {
            case .full:
                (kind == .failure ? "Undelivered message" : "Message", needsUTF8 ? "message/global" : "message/rfc822")
            case .headers: ("Message header", needsUTF8 ? "message/global-headers" : "text/rfc822-headers")
            }
        return "\n--\(boundary)\nContent-Description: \(title)\nContent-Type: \(type)\n"
            + encoding(returned.bytes.contains { $0 >= 128 }) + "\n"
    }

    private func field(_ name: String, _ value: String) -> String {
        ReportText.field(name, value, allowsUTF8: needsUTF8)
    }

    private func encoding(_ isEightBit: Bool) -> String {
        isEightBit ? "Content-Transfer-Encoding: 8bit\n" : ""
    }

    private func date(_ seconds: Int64) -> String {
        MailDate(secondsSince1970: seconds, zoneMinutes: zoneMinutes).rfc5322
    }
}
