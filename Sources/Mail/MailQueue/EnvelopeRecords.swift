// SPDX-License-Identifier: Apache-2.0

/// The envelope as records: tag(1) length(2) bytes, lowest byte first; a recipient's own records follow its address.
enum EnvelopeRecord: UInt8 {
    case sender = 1
    case arrival, clientAddress, clientName, clientPort, helo, protocolName
    case saslUser, saslMethod, saslSender
    case encoding, needsUTF8, envelopeID, returnContent, messageID
    case recipient = 64
    case originalRecipient, notify, dsnOriginal
    case end = 127

    /// Records with higher tags are hints of later versions, to be passed over; others are errors.
    static let firstOptional: UInt8 = 128
}

extension QueueEnvelope {
    /// The records; throws `invalidValue` for a control character or a value longer than the limit.
    func encoded(limits: QueueLimits) throws(QueueFileError) -> [UInt8] {
        guard recipients.count <= limits.recipients else { throw .limitExceeded("recipients") }
        var records = RecordWriter(limits: limits)
        try records.add(.sender, sender, always: true)
        records.add(.arrival, integer: arrival)
        try records.add(.clientAddress, client.address)
        try records.add(.clientName, client.name)
        if client.port != 0 { records.add(.clientPort, integer: client.port) }
        try records.add(.helo, client.helo)
        try records.add(.protocolName, client.protocolName)
        try records.add(.saslUser, saslUser)
        try records.add(.saslMethod, saslMethod)
        try records.add(.saslSender, saslSender)
        if encoding != .sevenBit { records.add(.encoding, integer: encoding.rawValue) }
        if needsUTF8 { records.add(.needsUTF8, integer: UInt8(1)) }
        try records.add(.envelopeID, envelopeID)
        if let returnContent { records.add(.returnContent, integer: returnContent.rawValue) }
        try records.add(.messageID, messageID)
        for recipient in recipients {
            try records.add(.recipient, recipient.address, always: true)
            if recipient.original != recipient.address {
                try records.add(.originalRecipient, recipient.original, always: true)
            }
            if !recipient.notify.isEmpty { records.add(.notify, integer: recipient.notify.rawValue) }
            try records.add(.dsnOriginal, recipient.dsnOriginal)
        }
        records.add(.end, integer: UInt8(0))
        guard records.bytes.count <= limits.envelope else { throw .limitExceeded("envelope") }
        return records.bytes
    }

    /// Reads records; whatever does not fit is `corrupt(.envelope)`.
    init(decoding bytes: [UInt8], recipientCount: Int, limits: QueueLimits) throws(QueueFileError) {
        guard recipientCount <= limits.recipients else { throw .limitExceeded("recipients") }
        guard bytes.count <= limits.envelope else { throw .limitExceeded("envelope") }
        self.init()
        var reader = ByteReader(bytes[...])
        var isComplete = false
        while !isComplete {
            guard let tag = reader.integer(UInt8.self), let length = reader.integer(UInt16.self),
                let value = reader.take(Int(length))
            else { throw .corrupt(.envelope) }
            if tag >= EnvelopeRecord.firstOptional { continue }
            guard let record = EnvelopeRecord(rawValue: tag), length <= limits.value else { throw .corrupt(.envelope) }
            if record == .end {
                isComplete = true
            } else if try !setRecipientValue(record, value) {
                try setValue(record, value)
            }
        }
        guard reader.isAtEnd, recipients.count == recipientCount else { throw .corrupt(.envelope) }
    }

    private mutating func setValue(_ record: EnvelopeRecord, _ value: ArraySlice<UInt8>) throws(QueueFileError) {
        switch record {
        case .sender: sender = try text(value)
        case .arrival: arrival = try integer(value)
        case .clientAddress: client.address = try text(value)
        case .clientName: client.name = try text(value)
        case .clientPort: client.port = try integer(value)
        case .helo: client.helo = try text(value)
        case .protocolName: client.protocolName = try text(value)
        case .saslUser: saslUser = try text(value)
        case .saslMethod: saslMethod = try text(value)
        case .saslSender: saslSender = try text(value)
        case .encoding: encoding = try choice(value)
        case .needsUTF8: needsUTF8 = try integer(value, UInt8.self) != 0
        case .envelopeID: envelopeID = try text(value)
        case .returnContent: returnContent = try choice(value)
        case .messageID: messageID = try text(value)
        case .recipient, .originalRecipient, .notify, .dsnOriginal, .end: throw .corrupt(.envelope)
        }
    }

    private mutating func setRecipientValue(
        _ record: EnvelopeRecord,
        _ value: ArraySlice<UInt8>
    ) throws(QueueFileError) -> Bool {
        if record == .recipient {
            recipients.append(QueueRecipient(address: try text(value)))
            return true
        }
        let last = recipients.count - 1
        guard last >= 0 else { return false }
        switch record {
        case .originalRecipient: recipients[last].original = try text(value)
        case .notify: recipients[last].notify = QueueRecipient.Notify(rawValue: try integer(value))
        case .dsnOriginal: recipients[last].dsnOriginal = try text(value)
        default: return false
        }
        return true
    }
}

/// Whether a value may stand in a queue file, a log line or a header: no control character, NUL included.
package func isPrintable(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
}

/// The text with `?` for each control character, and cut to `limit` bytes: for what others sent and only people read.
package func printable(_ text: String, limit: Int = 4096) -> String {
    guard !isPrintable(text) || text.utf8.count > limit else { return text }
    let bytes = text.utf8.prefix(limit).map { $0 >= 32 && $0 != 127 ? $0 : UInt8(ascii: "?") }
    var cut = bytes[...]
    // A character cut in two would become a longer one (U+FFFD).
    if text.utf8.count > limit {
        while let last = cut.last, last & 0xC0 == 0x80 { cut.removeLast() }
        if let last = cut.last, last >= 0xC0 { cut.removeLast() }
    }
    return String(decoding: cut, as: UTF8.self)
}

private struct RecordWriter {
    var bytes: [UInt8] = []
    let limits: QueueLimits

    init(limits: QueueLimits) {
        self.limits = limits
    }

    mutating func add(_ record: EnvelopeRecord, _ text: String, always: Bool = false) throws(QueueFileError) {
        guard always || !text.isEmpty else { return }
        let length = text.utf8.count
        guard length <= min(limits.value, Int(UInt16.max)), isPrintable(text) else {
            throw .invalidValue(field: "\(record)")
        }
        bytes.append(record.rawValue)
        bytes.append(littleEndian: UInt16(length))
        bytes += text.utf8
    }

    mutating func add(_ record: EnvelopeRecord, integer value: some FixedWidthInteger) {
        bytes.append(record.rawValue)
        bytes.append(littleEndian: UInt16(type(of: value).bitWidth / 8))
        bytes.append(littleEndian: value)
    }
}

private func text(_ value: ArraySlice<UInt8>) throws(QueueFileError) -> String {
    guard let text = String(validating: value, as: UTF8.self), isPrintable(text) else { throw .corrupt(.envelope) }
    return text
}

private func integer<Value: FixedWidthInteger>(
    _ value: ArraySlice<UInt8>,
    _: Value.Type = Value.self
) throws(QueueFileError) -> Value {
    var reader = ByteReader(value)
    guard let number = reader.integer(Value.self), reader.isAtEnd else { throw .corrupt(.envelope) }
    return number
}

private func choice<Value: RawRepresentable<UInt8>>(_ value: ArraySlice<UInt8>) throws(QueueFileError) -> Value {
    guard let choice = Value(rawValue: try integer(value)) else { throw .corrupt(.envelope) }
    return choice
}
