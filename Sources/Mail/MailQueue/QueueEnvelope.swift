// SPDX-License-Identifier: Apache-2.0

/// All that is known of a message besides its content, as it stands in the queue file; it never changes after the commit.
///
/// Addresses are in their external form without angle brackets; the null reverse-path is empty. No value may hold a
/// control character: the file's encoder refuses them (`QueueFileError.invalidValue`).
package struct QueueEnvelope: Sendable, Equatable {
    /// What RFC 6152 and RFC 6531 call the body's encoding.
    package enum Encoding: UInt8, Sendable {
        case sevenBit = 0
        case eightBit = 1
    }

    /// RET of RFC 3461 section 4.3.
    package enum Return: UInt8, Sendable {
        case full = 1
        case headers = 2
    }

    /// Who brought the message.
    package struct Client: Sendable, Equatable {
        /// The address in text form, without brackets; empty for a local submission.
        package var address = ""
        /// The verified name, or `unknown`.
        package var name = ""
        package var port: UInt16 = 0
        /// What it said in HELO, EHLO or LHLO.
        package var helo = ""
        /// `SMTP`, `ESMTP`, `ESMTPS`, `ESMTPA`, `ESMTPSA`, `LMTP` (RFC 3848), or empty.
        package var protocolName = ""

        package init(
            address: String = "",
            name: String = "",
            port: UInt16 = 0,
            helo: String = "",
            protocolName: String = ""
        ) {
            self.address = address
            self.name = name
            self.port = port
            self.helo = helo
            self.protocolName = protocolName
        }
    }

    /// MAIL FROM, after rewriting; empty is the null reverse-path.
    package var sender = ""
    /// Nanoseconds since the epoch.
    package var arrival: Int64 = 0
    package var client = Client()
    /// The name that was logged in with, and how; empty without AUTH.
    package var saslUser = ""
    package var saslMethod = ""
    /// AUTH= of MAIL FROM (RFC 4954), empty where not given.
    package var saslSender = ""
    package var encoding = Encoding.sevenBit
    /// Whether the message needs SMTPUTF8 (RFC 6531) to be passed on.
    package var needsUTF8 = false
    /// ENVID of RFC 3461 in xtext, empty where not given.
    package var envelopeID = ""
    package var returnContent: Return?
    /// The message-id with its angle brackets, as the log shows it.
    package var messageID = ""
    package var recipients: [QueueRecipient] = []

    package init() {}
}

/// A recipient as it stands in the envelope of a queue file.
package struct QueueRecipient: Sendable, Equatable {
    /// NOTIFY of RFC 3461 section 4.1; empty where not given.
    package struct Notify: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let never = Notify(rawValue: 1)
        package static let success = Notify(rawValue: 2)
        package static let failure = Notify(rawValue: 4)
        package static let delay = Notify(rawValue: 8)
    }

    /// Where it goes: after rewriting and aliases.
    package var address: String
    /// What the client named in RCPT TO.
    package var original: String
    package var notify: Notify
    /// ORCPT of RFC 3461 section 4.2, `type;address` with the address in xtext; empty where not given.
    package var dsnOriginal: String

    package init(address: String, original: String? = nil, notify: Notify = [], dsnOriginal: String = "") {
        self.address = address
        self.original = original ?? address
        self.notify = notify
        self.dsnOriginal = dsnOriginal
    }
}

/// Limits on what a queue file's envelope may hold.
package struct QueueLimits: Sendable, Equatable {
    /// More recipients than this are refused; aliases may expand to many.
    package var recipients: Int
    /// Bytes of one value; an address has at most 320, a message-id at most a line.
    package var value: Int
    /// Bytes of all records.
    package var envelope: Int

    package init(recipients: Int = 200_000, value: Int = 4096, envelope: Int = 128 << 20) {
        self.recipients = recipients
        self.value = value
        self.envelope = envelope
    }
}
