// SPDX-License-Identifier: Apache-2.0
package import IPC
package import MailEnvelope

/// The first frame of a message for cleanup: its envelope, with the recipients as the client named them.
package struct MessageEnvelope: WireMessage, Equatable {
    package static let kind: UInt8 = 1

    package var envelope: Envelope
    /// What access tables ask for so far.
    package var actions: MessageActions

    package init(_ envelope: Envelope, actions: MessageActions = MessageActions()) {
        self.envelope = envelope
        self.actions = actions
    }

    package init(from fields: FieldReader) throws(WireError) {
        envelope = try fields.envelope(1)
        actions = try MessageActions.read(2, fields)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, envelope)
        actions.put(2, into: &fields)
    }
}

/// A part of a message's content, lines ended by LF; at most 64 KiB.
package struct MessageContent: WireMessage, Equatable {
    package static let kind: UInt8 = 2

    package var bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(from fields: FieldReader) throws(WireError) {
        bytes = try fields.bytes(1)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, bytes)
    }
}

/// The end of the content: the message is whole (`isComplete`) and can be queued, or cleanup forgets it.
package struct MessageEnd: WireMessage, Equatable {
    package static let kind: UInt8 = 3

    package var isComplete: Bool
    /// What access tables ask for: those of the envelope, and what came since.
    package var actions: MessageActions

    package init(isComplete: Bool, actions: MessageActions = MessageActions()) {
        self.isComplete = isComplete
        self.actions = actions
    }

    package init(from fields: FieldReader) throws(WireError) {
        isComplete = fields.flag(1)
        actions = try MessageActions.read(2, fields)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, isComplete)
        actions.put(2, into: &fields)
    }
}

/// cleanup's answer to a `MessageEnd`: the message is on disk, or why not.
package struct MessageOutcome: WireMessage, Equatable {
    package static let kind: UInt8 = 4

    /// Empty when it was not queued.
    package var queueID: String
    /// SMTP reply code, 250 when queued.
    package var code: Int
    /// RFC 3463 status, such as `4.3.0`.
    package var status: String
    package var text: String

    package init(queueID: String) {
        self.init(queueID: queueID, code: 250, status: "2.0.0", text: "Ok: queued as \(queueID)")
    }

    package init(queueID: String = "", code: Int, status: String, text: String) {
        self.queueID = queueID
        self.code = code
        self.status = status
        self.text = text
    }

    package init(from fields: FieldReader) throws(WireError) {
        queueID = try fields.text(1)
        code = try fields.number(2, in: 200...599)
        status = try fields.text(3)
        text = try fields.text(4)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, queueID)
        fields.put(2, code)
        fields.put(3, status)
        fields.put(4, text)
    }
}
