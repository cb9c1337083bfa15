// SPDX-License-Identifier: Apache-2.0
package import IPC
package import MailEnvelope

/// From qmgr to a delivery agent: one message, some of its recipients, and the file's descriptor (read-only).
package struct DeliveryRequest: WireMessage, Equatable {
    package static let kind: UInt8 = 20
    /// Places of recipients in a queue file.
    private static let places = 0...(1 << 32)

    /// qmgr's number of this request on this connection; verdicts come in any order.
    package var request: Int
    package var queueID: String
    /// The service that delivers, as in master.cf.
    package var transport: String
    package var nextHop: String
    /// The message's envelope; its recipients are those to deliver to.
    package var envelope: Envelope
    /// The place of each of them in the queue file, in their order.
    package var indexes: [Int]
    package var content: ContentRange

    package init(
        request: Int,
        queueID: String,
        transport: String,
        nextHop: String,
        envelope: Envelope,
        indexes: [Int],
        content: ContentRange
    ) {
        self.request = request
        self.queueID = queueID
        self.transport = transport
        self.nextHop = nextHop
        self.envelope = envelope
        self.indexes = indexes
        self.content = content
    }

    package var sender: String { envelope.sender }
    package var recipients: [Recipient] { envelope.recipients }

    package init(from fields: FieldReader) throws(WireError) {
        request = try fields.number(1)
        queueID = try fields.text(2)
        transport = try fields.text(3)
        nextHop = try fields.text(4)
        envelope = try fields.envelope(5)
        indexes = try fields.numbers(6, in: Self.places)
        guard indexes.count == envelope.recipients.count else { throw .malformed(tag: 6) }
        content = try fields.content(7)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, request)
        fields.put(2, queueID)
        fields.put(3, transport)
        fields.put(4, nextHop)
        fields.put(5, envelope)
        for index in indexes { fields.put(6, index) }
        fields.put(7, content)
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

/// From an agent to qmgr: what became of one recipient, sent as soon as it is known.
package struct DeliveryVerdict: WireMessage, Equatable {
    package static let kind: UInt8 = 21

    package var request: Int
    /// The recipient's place in the queue file.
    package var index: Int
    package var outcome: Outcome

    package init(request: Int, index: Int, outcome: Outcome) {
        self.request = request
        self.index = index
        self.outcome = outcome
    }

    package init(from fields: FieldReader) throws(WireError) {
        request = try fields.number(1)
        index = try fields.number(2)
        guard let outcome = try fields.outcomes(3).first else { throw .missing(tag: 3) }
        self.outcome = outcome
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, request)
        fields.put(2, index)
        fields.put(3, outcome.wireBytes)
    }
}

/// The agent has finished a request; every recipient without a verdict counts as deferred.
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
