// SPDX-License-Identifier: Apache-2.0
package import IPC

/// First frame of a message for cleanup: everything but the content.
package struct MessageEnvelope: WireMessage, Equatable {
    package static let kind: UInt8 = 1

    /// Where a message came in, which decides how much of its header is completed.
    package enum Origin: Int, Sendable {
        /// A stranger's, by SMTP: passed on as it is.
        case remote = 0
        /// From `local_header_rewrite_clients`, an authenticated client or a local program.
        case local = 1
        /// Made by ourselves: a bounce, a forwarded message.
        case own = 2
    }

    /// One recipient as the client named it.
    package struct Recipient: Sendable, Equatable {
        /// Internal form, `local@domain`.
        package var address: String
        /// ORCPT of RFC 3461, `rfc822;…`, empty without.
        package var originalRecipient: String
        /// NOTIFY of RFC 3461: bits 1 never, 2 success, 4 failure, 8 delay; 0 means it was not given.
        package var notify: Int

        package init(_ address: String, originalRecipient: String = "", notify: Int = 0) {
            self.address = address
            self.originalRecipient = originalRecipient
            self.notify = notify
        }
    }

    package var origin: Origin
    /// Internal form; empty for the null sender.
    package var sender: String
    package var recipients: [Recipient]
    /// `7bit`, `8bit`; what BODY= said.
    package var encoding = "7bit"
    package var isUTF8 = false
    /// ENVID of RFC 3461.
    package var envelopeID = ""
    /// RET of RFC 3461: `FULL`, `HDRS` or empty.
    package var returnContent = ""
    package var clientName = ""
    package var clientAddress = ""
    package var helo = ""
    /// What the `with` of a Received field says: `SMTP`, `ESMTPSA` and so on.
    package var protocolName = ""
    package var saslMethod = ""
    package var saslUser = ""
    /// `TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)`, empty without TLS.
    package var tls = ""
    /// The size the client announced, 0 when it did not.
    package var sizeHint = 0
    /// How often this message has been forwarded already by ourselves.
    package var hops = 0
    /// What access tables ask for so far.
    package var actions = MessageActions()

    package init(origin: Origin, sender: String, recipients: [Recipient]) {
        self.origin = origin
        self.sender = sender
        self.recipients = recipients
    }

    package init(from fields: FieldReader) throws(WireError) {
        guard let origin = Origin(rawValue: try fields.number(1)) else { throw .malformed(tag: 1) }
        self.origin = origin
        sender = try fields.text(2)
        recipients = []
        for recipient in try fields.nested(3) {
            recipients.append(
                Recipient(
                    try recipient.text(1),
                    originalRecipient: recipient.textIfPresent(2) ?? "",
                    notify: try recipient.numberIfPresent(3) ?? 0
                )
            )
        }
        encoding = try fields.text(4)
        isUTF8 = fields.flag(5)
        envelopeID = fields.textIfPresent(6) ?? ""
        returnContent = fields.textIfPresent(7) ?? ""
        clientName = fields.textIfPresent(8) ?? ""
        clientAddress = fields.textIfPresent(9) ?? ""
        helo = fields.textIfPresent(10) ?? ""
        protocolName = fields.textIfPresent(11) ?? ""
        saslMethod = fields.textIfPresent(12) ?? ""
        saslUser = fields.textIfPresent(13) ?? ""
        tls = fields.textIfPresent(14) ?? ""
        sizeHint = try fields.numberIfPresent(15) ?? 0
        hops = try fields.numberIfPresent(16) ?? 0
        actions = try MessageActions.read(17, fields)
    }

    package func encode(into fields: inout FieldWriter) {
        fields.put(1, origin.rawValue)
        fields.put(2, sender)
        for recipient in recipients {
            fields.put(3) { fields in
                fields.put(1, recipient.address)
                if !recipient.originalRecipient.isEmpty { fields.put(2, recipient.originalRecipient) }
                if recipient.notify != 0 { fields.put(3, recipient.notify) }
            }
        }
        fields.put(4, encoding)
        fields.put(5, isUTF8)
        let texts = [
            envelopeID, returnContent, clientName, clientAddress, helo, protocolName, saslMethod, saslUser, tls,
        ]
        for (index, text) in texts.enumerated() where !text.isEmpty { fields.put(UInt8(6 + index), text) }
        fields.put(15, sizeHint)
        fields.put(16, hops)
        actions.put(17, into: &fields)
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

/// The content is whole (`isComplete`) and is to be queued, or what was sent is to be forgotten.
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
        code = try fields.number(2)
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
