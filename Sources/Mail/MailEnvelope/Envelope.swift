// SPDX-License-Identifier: Apache-2.0

/// Everything known about a message except its content: who sent it, to whom, and how it arrived.
///
/// Addresses are in internal form, `local@domain` without quotes or angle brackets; the null reverse-path is empty.
/// The same value goes from the receiving daemon to cleanup, into the queue file, to qmgr and to the delivery agents.
///
/// A new attribute is one member here (or in `ClientInfo`, `SASLInfo`, `DSNOptions`, `Recipient`) and one row in
/// `EnvelopeRows.swift`, with a number of 128 or more that was never used before. `EnvelopeCodecTests` fails while the
/// row is missing.
package struct Envelope: Sendable, Equatable {
    /// The encoding of the body, as BODY= of RFC 6152 declares it.
    package enum Encoding: UInt8, Sendable {
        case sevenBit = 0
        case eightBit = 1
    }

    /// Where a message entered the system; cleanup completes the header of local and own mail only.
    package enum Origin: UInt8, Sendable {
        /// From a stranger, by SMTP; its header stays as it is.
        case remote = 0
        /// From `local_header_rewrite_clients`, an authenticated client or a local program.
        case local = 1
        /// Made by this system: a report or a forwarded message.
        case own = 2
    }

    /// MAIL FROM; empty is the null reverse-path.
    package var sender = ""
    /// Nanoseconds since the epoch.
    package var arrival: Int64 = 0
    package var origin = Origin.remote
    package var client = ClientInfo()
    package var sasl = SASLInfo()
    package var encoding = Encoding.sevenBit
    /// Whether the message needs SMTPUTF8 (RFC 6531) to be passed on.
    package var needsUTF8 = false
    package var dsn = DSNOptions()
    /// The Message-ID with its angle brackets, as the log shows it.
    package var messageID = ""
    /// How often this system has forwarded the message; added to its Received fields when cleanup looks for a loop.
    package var hops: UInt16 = 0
    package var recipients: [Recipient] = []

    package init() {}

    package init(origin: Origin, sender: String, recipients: [Recipient]) {
        self.origin = origin
        self.sender = sender
        self.recipients = recipients
    }
}

/// The client that submitted a message.
package struct ClientInfo: Sendable, Equatable {
    /// The address in text form, without brackets; empty for a local submission.
    package var address = ""
    /// The verified name, or `unknown`.
    package var name = ""
    /// 0 where unknown.
    package var port: UInt16 = 0
    /// The argument of HELO, EHLO or LHLO.
    package var helo = ""
    /// `SMTP`, `ESMTP`, `ESMTPS`, `ESMTPA`, `ESMTPSA`, `LMTP` (RFC 3848), or empty.
    package var protocolName = ""
    /// `TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)`; empty without TLS.
    package var tls = ""

    package init() {}
}

/// The SMTP authentication (RFC 4954) under which a message was submitted; everything is empty without AUTH.
package struct SASLInfo: Sendable, Equatable {
    package var user = ""
    package var method = ""
    /// AUTH= of MAIL FROM.
    package var sender = ""

    package init() {}
}

/// The parameters of MAIL FROM that control delivery status notifications (RFC 3461).
package struct DSNOptions: Sendable, Equatable {
    /// RET (section 4.3).
    package enum Return: UInt8, Sendable {
        case full = 1
        case headers = 2
    }

    /// ENVID (section 4.4), decoded; empty where not given.
    package var envelopeID = ""
    /// RET; nil where not given.
    package var returned: Return?

    package init() {}
}

/// A recipient of a message.
package struct Recipient: Sendable, Hashable {
    /// NOTIFY of RFC 3461 section 4.1; empty where not given.
    package struct Notify: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let never = Notify(rawValue: 1)
        package static let success = Notify(rawValue: 2)
        package static let failure = Notify(rawValue: 4)
        package static let delay = Notify(rawValue: 8)
    }

    /// The address to deliver to: after rewriting and aliases.
    package var address: String
    /// The address that the client gave in RCPT TO.
    package var original: String
    package var notify: Notify
    /// ORCPT of RFC 3461 section 4.2, `type;address` with the address decoded; empty where not given.
    package var dsnOriginal: String

    package init(address: String, original: String? = nil, notify: Notify = [], dsnOriginal: String = "") {
        self.address = address
        self.original = original ?? address
        self.notify = notify
        self.dsnOriginal = dsnOriginal
    }
}

/// Limits on the envelope of a queue file.
package struct EnvelopeLimits: Sendable, Equatable {
    /// Most recipients; aliases may expand to many.
    package var recipients: Int
    /// Most bytes of one value; an address has at most 320, a Message-ID at most a line.
    package var value: Int
    /// Most bytes of all records.
    package var envelope: Int

    package init(recipients: Int = 200_000, value: Int = 4096, envelope: Int = 128 << 20) {
        self.recipients = recipients
        self.value = value
        self.envelope = envelope
    }
}
