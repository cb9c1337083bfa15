// SPDX-License-Identifier: Apache-2.0
package import IPC

/// From qmgr to a delivery agent: one message, some of its recipients, and the file's descriptor (read-only).
package struct DeliveryRequest: WireMessage, Equatable {
    package static let kind: UInt8 = 20

    /// One recipient to deliver to.
    package struct Recipient: Sendable, Equatable {
        /// The number of its record in the queue file.
        package var index: Int
        /// Internal form.
        package var address: String
        /// What the sender's client said, before aliases; internal form.
        package var original: String

        package init(index: Int, address: String, original: String) {
            self.index = index
            self.address = address
            self.original = original
        }
    }

    /// qmgr's number of this request on this connection.
    package var request: Int
    package var queueID: String
    /// The service that delivers, as in master.cf.
    package var transport: String
    package var nextHop: String
    package var sender: String
    package var recipients: [Recipient]
    /// Where the content is in the file.
    package var contentOffset: Int
    package var contentLength: Int
    package var encoding: String
    package var isUTF8: Bool
    /// Nanoseconds since the epoch.
    package var arrival: Int

    package init(
        request: Int,
        queueID: String,
        transport: String,
        nextHop: String,
        sender: String,
        recipients: [Recipient],
        contentOffset: Int,
        contentLength: Int,
        encoding: String,
        isUTF8: Bool,
        arrival: Int
    ) {
        self.request = request
        self.queueID = queueID
        self.transport = transport
        self.nextHop = nextHop
        self.sender = sender
        self.recipients = recipients
        self.contentOffset = contentOffset
        self.contentLength = contentLength
        self.encoding = encoding
        self.isUTF8 = isUTF8
        self.arrival = arrival
    }

    package init(from fields: FieldReader) throws(WireError) {
        request = try fields.number(1)
        queueID = try fields.text(2)
        transport = try fields.text(3)
        nextHop = try fields.text(4)
        sender = try fields.text(5)
        recipients = []
        for recipient in try fields.nested(6) {
            recipients.append(
                Recipient(
                    index: try recipient.number(1),
                    address: try recipient.text(2),
                    original: try recipient.text(3)
                )
            )
        }
        contentOffset = try fields.number(7)
        contentLength = try fields.number(8)
        encoding = try fields.text(9)
        isUTF8 = fields.flag(10)
        arrival = try fields.number(11)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, request)
        fields.put(2, queueID)
        fields.put(3, transport)
        fields.put(4, nextHop)
        fields.put(5, sender)
        for recipient in recipients {
            fields.put(6) { fields in
                fields.put(1, recipient.index)
                fields.put(2, recipient.address)
                fields.put(3, recipient.original)
            }
        }
        fields.put(7, contentOffset)
        fields.put(8, contentLength)
        fields.put(9, encoding)
        fields.put(10, isUTF8)
        fields.put(11, arrival)
    }
}

/// From an agent to qmgr, first of all: how much it does at once.
package struct AgentGreeting: WireMessage, Equatable {
    package static let kind: UInt8 = 23

    /// Deliveries at once on this connection; for more qmgr opens another one.
    package var capacity: Int

    package init(capacity: Int) {
        self.capacity = capacity
    }

    package init(from fields: FieldReader) throws(WireError) {
        capacity = try fields.number(1)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, capacity)
    }
}

/// From an agent to qmgr: what became of one recipient, as it comes.
package struct DeliveryVerdict: WireMessage, Equatable {
    package static let kind: UInt8 = 21

    /// What became of it.
    package enum Outcome: Int, Sendable {
        /// Delivered, durably.
        case delivered = 0
        /// Not now; try again.
        case deferred = 1
        /// Never; bounce.
        case failed = 2
        /// Handed over as a new message (forwarding), which is on disk.
        case forwarded = 3
    }

    package var request: Int
    package var index: Int
    package var outcome: Outcome
    /// RFC 3463 status, such as `5.1.1`.
    package var status: String
    /// What an administrator reads after `status=…`: `delivered to maildir`, `unknown user: "x"`.
    package var text: String
    /// Who took it: `virtual`, `local`, `mx.example.org[192.0.2.1]:25`.
    package var relay: String

    package init(request: Int, index: Int, outcome: Outcome, status: String, text: String, relay: String) {
        self.request = request
        self.index = index
        self.outcome = outcome
        self.status = status
        self.text = text
        self.relay = relay
    }

    package init(from fields: FieldReader) throws(WireError) {
        request = try fields.number(1)
        index = try fields.number(2)
        guard let outcome = Outcome(rawValue: try fields.number(3)) else { throw .malformed(tag: 3) }
        self.outcome = outcome
        status = try fields.text(4)
        text = try fields.text(5)
        relay = try fields.text(6)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, request)
        fields.put(2, index)
        fields.put(3, outcome.rawValue)
        fields.put(4, status)
        fields.put(5, text)
        fields.put(6, relay)
    }
}

/// The agent is through with a request; every recipient without a verdict counts as deferred.
package struct DeliveryDone: WireMessage, Equatable {
    package static let kind: UInt8 = 22

    package var request: Int

    package init(request: Int) {
        self.request = request
    }

    package init(from fields: FieldReader) throws(WireError) {
        request = try fields.number(1)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, request)
    }
}
