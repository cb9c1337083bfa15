// SPDX-License-Identifier: Apache-2.0
package import IPC
package import MailEnvelope

/// From cleanup to qmgr: a message that has just become durable in `incoming`, or in `hold`.
///
/// It saves qmgr from reading the file. If it gets lost, the next scan of the queue finds the file.
package struct QueuedMessage: WireMessage, Equatable {
    package static let kind: UInt8 = 10

    package var queueID: String
    /// The envelope as the queue file holds it.
    package var envelope: Envelope
    package var content: ContentRange
    /// Whether the file lies in `hold` (HOLD of access(5)).
    package var isOnHold = false

    package init(queueID: String, envelope: Envelope, content: ContentRange) {
        self.queueID = queueID
        self.envelope = envelope
        self.content = content
    }

    package init(from fields: FieldReader) throws(WireError) {
        queueID = try fields.text(1)
        envelope = try fields.envelope(2)
        content = try fields.content(3)
        isOnHold = fields.flag(4)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, queueID)
        fields.put(2, envelope)
        fields.put(3, content)
        if isOnHold { fields.put(4, true) }
    }
}

/// From an administrator's command to qmgr: do something with messages.
package struct QueueOrder: WireMessage, Equatable {
    package static let kind: UInt8 = 11

    /// What is to be done.
    package enum Action: String, Sendable {
        case list, flush, delete, hold, release, requeue, status
    }

    package var action: Action
    /// Queue ids; empty means all (of the folder that the action concerns).
    package var queueIDs: [String]

    package init(_ action: Action, queueIDs: [String] = []) {
        self.action = action
        self.queueIDs = queueIDs
    }

    package init(from fields: FieldReader) throws(WireError) {
        guard let action = Action(rawValue: try fields.text(1)) else { throw .malformed(tag: 1) }
        self.action = action
        queueIDs = fields.texts(2)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, action.rawValue)
        fields.put(2, queueIDs)
    }
}

/// qmgr's answer to `list`: one for each message, ended by a `QueueOrderDone`.
package struct QueueEntry: WireMessage, Equatable {
    package static let kind: UInt8 = 12

    /// One recipient that is not done.
    package struct Recipient: Sendable, Equatable {
        package var address: String
        /// Why the last attempt failed; empty before the first.
        package var reason: String

        package init(address: String, reason: String) {
            self.address = address
            self.reason = reason
        }
    }

    package var queueID: String
    /// `active`, `incoming`, `deferred` or `hold`.
    package var state: String
    package var size: Int
    /// Nanoseconds since the epoch.
    package var arrival: Int
    /// Nanoseconds since the epoch of the next attempt, 0 when it is due.
    package var nextAttempt: Int
    package var attempts: Int
    package var sender: String
    package var recipients: [Recipient]

    package init(
        queueID: String,
        state: String,
        size: Int,
        arrival: Int,
        nextAttempt: Int,
        attempts: Int,
        sender: String,
        recipients: [Recipient]
    ) {
        self.queueID = queueID
        self.state = state
        self.size = size
        self.arrival = arrival
        self.nextAttempt = nextAttempt
        self.attempts = attempts
        self.sender = sender
        self.recipients = recipients
    }

    package init(from fields: FieldReader) throws(WireError) {
        queueID = try fields.text(1)
        state = try fields.text(2)
        size = try fields.number(3)
        arrival = try fields.number(4)
        nextAttempt = try fields.number(5)
        attempts = try fields.number(6)
        sender = try fields.text(7)
        recipients = []
        for recipient in try fields.nested(8) {
            recipients.append(Recipient(address: try recipient.text(1), reason: try recipient.text(2)))
        }
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, queueID)
        fields.put(2, state)
        fields.put(3, size)
        fields.put(4, arrival)
        fields.put(5, nextAttempt)
        fields.put(6, attempts)
        fields.put(7, sender)
        for recipient in recipients {
            fields.put(8) { fields in
                fields.put(1, recipient.address)
                fields.put(2, recipient.reason)
            }
        }
    }
}

/// qmgr has carried an order out.
package struct QueueOrderDone: WireMessage, Equatable {
    package static let kind: UInt8 = 13

    /// How many messages it concerned.
    package var count: Int
    /// Queue ids that are not in the queue.
    package var unknown: [String]
    /// Why it could not be done; empty when it was.
    package var error: String

    package init(count: Int, unknown: [String] = [], error: String = "") {
        self.count = count
        self.unknown = unknown
        self.error = error
    }

    package init(from fields: FieldReader) throws(WireError) {
        count = try fields.number(1)
        unknown = fields.texts(2)
        error = fields.textIfPresent(3) ?? ""
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, count)
        fields.put(2, unknown)
        if !error.isEmpty { fields.put(3, error) }
    }
}
