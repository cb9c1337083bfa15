// SPDX-License-Identifier: Apache-2.0

/// What a status response says to programs, in brackets (RFC 3501 section 7.1, RFC 4315, RFC 5530).
package enum IMAPResponseCode: Hashable, Sendable {
    case alert
    case alreadyExists
    /// The new message's UID, or the set of them, with the mailbox's UIDVALIDITY (RFC 4315).
    case appendUID(validity: UInt32, uids: NumberSet)
    case authenticationFailed
    case badCharset([String])
    case cannot
    case capability([String])
    /// The mailbox that was selected before is no longer so (RFC 7162).
    case closed
    /// Both sets ascend, and their members belong together in that order (RFC 4315).
    case copyUID(validity: UInt32, source: NumberSet, destination: NumberSet)
    case highestModSeq(UInt64)
    case inUse
    case limit
    case noModSeq
    case noPermission
    case nonExistent
    case overQuota
    case parse
    /// `acceptsKeywords` adds `\*`: new keywords may be made.
    case permanentFlags(FlagList, acceptsKeywords: Bool)
    case privacyRequired
    case readOnly
    case readWrite
    case serverBug
    case tooBig
    case tryCreate
    case uidNext(UInt32)
    case uidNotSticky
    case uidValidity(UInt32)
    case unavailable
    /// The sequence number of the first message that is not seen.
    case unseen(UInt32)
}

extension IMAPResponseWriter {
    /// resp-text-code, with its brackets and the space after them.
    mutating func code(_ code: IMAPResponseCode) {
        raw("[")
        switch code {
        case .alert: raw("ALERT")
        case .alreadyExists: raw("ALREADYEXISTS")
        case .appendUID(let validity, let uids):
            raw("APPENDUID ")
            number(validity)
            raw(" ")
            set(uids)
        case .authenticationFailed: raw("AUTHENTICATIONFAILED")
        case .badCharset(let names):
            raw("BADCHARSET (")
            words(names)
            raw(")")
        case .cannot: raw("CANNOT")
        case .capability(let names):
            raw("CAPABILITY ")
            words(names)
        case .closed: raw("CLOSED")
        case .copyUID(let validity, let source, let destination):
            raw("COPYUID ")
            number(validity)
            raw(" ")
            set(source)
            raw(" ")
            set(destination)
        case .highestModSeq(let value): named("HIGHESTMODSEQ ", value)
        case .inUse: raw("INUSE")
        case .limit: raw("LIMIT")
        case .noModSeq: raw("NOMODSEQ")
        case .noPermission: raw("NOPERM")
        case .nonExistent: raw("NONEXISTENT")
        case .overQuota: raw("OVERQUOTA")
        case .parse: raw("PARSE")
        case .permanentFlags(let flags, let acceptsKeywords):
            raw("PERMANENTFLAGS ")
            self.flags(flags.system, flags.keywords.map(\.name), acceptsKeywords: acceptsKeywords)
        case .privacyRequired: raw("PRIVACYREQUIRED")
        case .readOnly: raw("READ-ONLY")
        case .readWrite: raw("READ-WRITE")
        case .serverBug: raw("SERVERBUG")
        case .tooBig: raw("TOOBIG")
        case .tryCreate: raw("TRYCREATE")
        case .uidNext(let uid): named("UIDNEXT ", UInt64(uid))
        case .uidNotSticky: raw("UIDNOTSTICKY")
        case .uidValidity(let validity): named("UIDVALIDITY ", UInt64(validity))
        case .unavailable: raw("UNAVAILABLE")
        case .unseen(let number): named("UNSEEN ", UInt64(number))
        }
        raw("] ")
    }

    private mutating func named(_ name: String, _ value: UInt64) {
        raw(name)
        number(value)
    }
}
