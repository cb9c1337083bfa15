// SPDX-License-Identifier: Apache-2.0

/// The log line about one recipient, in Postfix' form, which pflogsumm, fail2ban and others read.
///
/// `ID: to=<…>, orig_to=<…>, relay=…, delay=…, delays=a/b/c/d, dsn=…, status=sent (…)`.
package struct DeliveryLogLine: Sendable, CustomStringConvertible {
    /// The moments of a delivery, nanoseconds since the epoch; later ones default to the one before.
    package struct Times: Sendable {
        /// The message arrived.
        package var arrival: Int64
        /// The queue manager began a pass over its recipients.
        package var active: Int64
        /// The delivery began.
        package var begin: Int64
        /// The agent was connected to whom it delivers to.
        package var connected: Int64
        /// The outcome was known.
        package var end: Int64

        package init(arrival: Int64, active: Int64? = nil, begin: Int64? = nil, connected: Int64? = nil, end: Int64) {
            self.arrival = arrival
            self.begin = begin ?? active ?? end
            self.active = active ?? self.begin
            self.connected = connected ?? self.begin
            self.end = end
        }
    }

    package var queueID: String
    package var recipient: Recipient
    package var outcome: Outcome
    package var times: Times
    /// Whether a deferral has become final because the message was too long in the queue.
    package var isExpired: Bool

    package init(
        queueID: String,
        recipient: Recipient,
        outcome: Outcome,
        times: Times,
        isExpired: Bool = false
    ) {
        self.queueID = queueID
        self.recipient = recipient
        self.outcome = outcome
        self.times = times
        self.isExpired = isExpired
    }

    package var description: String {
        let original =
            recipient.original.isEmpty || recipient.original == recipient.address
            ? "" : " orig_to=<\(recipient.original)>,"
        let before = "\(Self.seconds(times.active &- times.arrival))/\(Self.seconds(times.begin &- times.active))"
        let within = "\(Self.seconds(times.connected &- times.begin))/\(Self.seconds(times.end &- times.connected))"
        return
            "\(queueID): to=<\(recipient.address)>,\(original) relay=\(outcome.relay), delay=\(Self.seconds(times.end &- times.arrival)), delays=\(before)/\(within), dsn=\(outcome.status), status=\(status)"
    }

    private var status: String {
        if isExpired { return "expired, returned to sender" }
        let word =
            switch outcome.kind {
            case .delivered, .forwarded: "sent"
            case .deferred: "deferred"
            case .failed: "bounced"
            }
        return "\(word) (\(printable(outcome.text)))"
    }

    /// Seconds with two significant digits, as Postfix logs delays (`delay_logging_resolution_limit`).
    static func seconds(_ nanoseconds: Int64) -> String {
        let milliseconds = max(0, nanoseconds) / 1_000_000
        if milliseconds >= 10_000 { return "\(milliseconds / 1000)" }
        if milliseconds >= 1000 { return "\(milliseconds / 1000).\(milliseconds / 100 % 10)" }
        let hundredths = milliseconds / 10
        if hundredths == 0 { return "0" }
        return hundredths % 10 == 0 ? "0.\(hundredths / 10)" : "0.\(hundredths < 10 ? "0" : "")\(hundredths)"
    }
}
