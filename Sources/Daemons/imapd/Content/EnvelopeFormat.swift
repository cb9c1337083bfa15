// SPDX-License-Identifier: Apache-2.0
internal import IMAPProtocol
internal import MailAddress
internal import MailMessage

extension IMAPResponseWriter {
    // envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP env-bcc SP
    //            env-in-reply-to SP env-message-id ")" (RFC 3501 section 9)
    mutating func envelope(_ envelope: HeaderEnvelope) {
        raw("(")
        nstring(envelope.date)
        raw(" ")
        nstring(envelope.subject)
        for list in [
            envelope.from, envelope.sender, envelope.replyTo, envelope.to, envelope.cc, envelope.bcc,
        ] {
            raw(" ")
            addresses(list)
        }
        raw(" ")
        nstring(envelope.inReplyTo)
        raw(" ")
        nstring(envelope.messageID)
        raw(")")
    }

    // env-from = "(" 1*address ")" / nil; address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
    //
    // A group begins with an address without host, and ends with one that is NIL altogether (RFC 3501 section 7.4.2).
    private mutating func addresses(_ list: [HeaderAddress]) {
        guard !list.isEmpty else {
            raw("NIL")
            return
        }
        raw("(")
        for address in list {
            raw("(")
            nstring(address.displayName)
            raw(" ")
            nstring(address.route)
            raw(" ")
            // NIL has a meaning here, and empty strings confuse clients: what is missing is named as Dovecot does.
            let isMailbox = address.kind == .mailbox
            nstring(isMailbox ? Self.named(address.mailbox, "MISSING_MAILBOX") : address.mailbox)
            raw(" ")
            nstring(isMailbox ? Self.named(address.host, "MISSING_DOMAIN") : address.host)
            raw(")")
        }
        raw(")")
    }

    private static func named(_ part: [UInt8]?, _ missing: String) -> [UInt8] {
        guard let part, !part.isEmpty else { return Array(missing.utf8) }
        return part
    }
}
