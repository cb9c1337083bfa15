// SPDX-License-Identifier: Apache-2.0
internal import MailEnvelope
internal import MailMessage
internal import POSIX

/// Completes a message's header: our Received field in front, what is missing behind, what must not stay taken out.
///
/// Missing fields (RFC 5322 section 3.6: Date, From; and Message-ID, and a recipient field) are added for local mail,
/// and for all mail with `always_add_missing_headers`; a stranger's message passes as it is.
struct HeaderCompletion {
    let envelope: Envelope
    let settings: CleanupSettings
    let queueID: String
    /// Nanoseconds since the epoch.
    let arrival: Int64
    /// PREPEND of access(5): they stand above our own trace field.
    var prepended: [String] = []

    /// The head of the message as it is stored, and its Message-ID.
    func complete(_ head: [UInt8], _ census: HeaderCensus) -> (bytes: [UInt8], messageID: String) {
        let headerEnd = census.headerEnd ?? head.count
        var bytes: [UInt8] = []
        for field in prepended {
            // Whatever a table holds, it is one line.
            bytes += field.utf8.map { $0 < 32 && $0 != 9 || $0 == 127 ? UInt8(ascii: "?") : $0 }
            bytes.append(10)
        }
        bytes += received.utf8
        bytes.reserveCapacity(head.count + bytes.count + 256)
        if mustDrop(census.fields) {
            appendKept(head, headerEnd, to: &bytes)
        } else {
            bytes.append(contentsOf: head[..<headerEnd])
            if headerEnd > 0 && head[headerEnd - 1] != 10 { bytes.append(10) }
        }
        var messageID = census.messageID.map { String(decoding: head[$0], as: UTF8.self) } ?? ""
        if envelope.origin != .remote || settings.alwaysAddsMissingHeaders {
            appendMissing(census.fields, &messageID, to: &bytes)
        }
        if census.lacksEmptyLine { bytes.append(10) }
        bytes.append(contentsOf: head[headerEnd...])
        return (bytes, messageID)
    }

    // MARK: Received (RFC 5321 section 4.4)

    /// Our trace field.
    ///
    /// Nothing in it can end a line: the parts are the client's words, cleaned.
    private var received: String {
        let ours = "\(settings.hostName) (\(settings.mailName))"
        if envelope.origin == .own { return "Received: by \(ours)\n\tid \(queueID); \(date)\n" }
        let name = envelope.client.name.isEmpty ? "unknown" : envelope.client.name
        let helo = envelope.client.helo.isEmpty ? name : envelope.client.helo
        let literal =
            envelope.client.address.utf8.contains(UInt8(ascii: ":"))
            ? "IPv6:\(envelope.client.address)" : envelope.client.address
        var text = "Received: from \(Self.clean(helo)) (\(Self.clean(name)) [\(Self.clean(literal))])\n"
        if !envelope.client.tls.isEmpty { text += "\t(using \(printable(envelope.client.tls)))\n" }
        text += "\tby \(ours) with \(Self.clean(envelope.client.protocolName)) id \(queueID)"
        if envelope.recipients.count == 1, let only = envelope.recipients.first {
            text += "\n\tfor <\(Self.clean(only.address))>; \(date)\n"
        } else {
            text += ";\n\t\(date)\n"
        }
        return text
    }

    private var date: String {
        let second = arrival / 1_000_000_000
        return MailDate(secondsSince1970: second, zoneMinutes: Clock.zoneMinutes(at: second)).rfc5322
    }

    private static func clean(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 32 || $0 == 127 || $0 == 40 || $0 == 41 || $0 == 92 }) else {
            return text
        }
        // Parentheses and backslashes would unbalance the comments around the client's words.
        let bytes = text.utf8.map { byte -> UInt8 in
            byte < 32 || byte == 127 || byte == 40 || byte == 41 || byte == 92 ? UInt8(ascii: "?") : byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Taken out

    /// Whether a field of `message_drop_headers` is there, as far as the census knows their names.
    private func mustDrop(_ fields: HeaderCensus.Fields) -> Bool {
        settings.dropsOtherFields || !fields.isDisjoint(with: settings.droppedFields)
    }

    private func appendKept(_ head: [UInt8], _ end: Int, to bytes: inout [UInt8]) {
        let span = head.span
        var scanner = HeaderScanner(0..<end)
        while let field = scanner.next(span) {
            let name = String(decoding: head[field.name], as: UTF8.self).lowercased()
            if settings.droppedHeaders.contains(name) && !field.isMalformed { continue }
            bytes.append(contentsOf: head[field.range])
            if bytes.last != 10 { bytes.append(10) }
        }
    }

    // MARK: Added

    private func appendMissing(_ fields: HeaderCensus.Fields, _ messageID: inout String, to bytes: inout [UInt8]) {
        let isResent = !fields.isDisjoint(with: .anyResent)
        let prefix = isResent ? "Resent-" : ""
        if !fields.contains(isResent ? .resentDate : .date) {
            bytes.append(contentsOf: "\(prefix)Date: \(date)\n".utf8)
        }
        if !fields.contains(isResent ? .resentMessageID : .messageID) {
            let id = "<\(stamp).\(queueID)@\(settings.hostName)>"
            if !isResent { messageID = id }
            bytes.append(contentsOf: "\(prefix)Message-Id: \(id)\n".utf8)
        }
        if !fields.contains(isResent ? .resentFrom : .from) {
            let sender = envelope.sender.isEmpty ? "MAILER-DAEMON@\(settings.origin)" : envelope.sender
            bytes.append(contentsOf: foldedField(name: "\(prefix)From", value: sender, lineEnding: .lf))
        }
        if !settings.undisclosedRecipients.isEmpty, fields.isDisjoint(with: .anyRecipient), !isResent {
            bytes.append(contentsOf: "\(settings.undisclosedRecipients)\n".utf8)
        }
    }

    /// `YYYYMMDDhhmmss` of the arrival in UTC, which makes a Message-ID readable.
    private var stamp: String {
        let second = arrival / 1_000_000_000
        let day = CivilDate(day: Int(second / 86_400))
        let rest = Int(second % 86_400)
        let parts = [day.month, day.dayOfMonth, rest / 3600, rest / 60 % 60, rest % 60]
        return "\(day.year)" + parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined()
    }
}
