// SPDX-License-Identifier: Apache-2.0

// The attributes of an envelope and their numbers, a row each: the rows both write and read, in the queue file as on
// the wire. A number is never used a second time. Numbers from 128 on may be skipped by a reader that does not know them;
// new attributes of the message take 131...191, new attributes of a recipient 192...254.

/// The numbers that have a meaning of their own.
enum EnvelopeNumber {
    /// Begins a recipient with its address; the recipient's other attributes follow.
    static let recipient: UInt8 = 64
    /// Ends the envelope.
    static let end: UInt8 = 127
    /// Numbers from here on are skipped where they are unknown; unknown lower ones are damage.
    static let firstOptional: UInt8 = 128
    /// Numbers of attributes that do not exist any more: read and dropped.
    static let retired: [UInt8] = []
}

extension Envelope {
    /// The attributes of the message.
    mutating func rows<Coder: AttributeCoder>(_ coder: inout Coder) throws(EnvelopeError) {
        try coder.text(1, "sender", &sender, unless: nil)
        try coder.integer(2, "arrival", &arrival, unless: nil)
        try coder.text(3, "client address", &client.address)
        try coder.text(4, "client name", &client.name)
        try coder.integer(5, "client port", &client.port)
        try coder.text(6, "helo", &client.helo)
        try coder.text(7, "protocol", &client.protocolName)
        try coder.text(8, "sasl user", &sasl.user)
        try coder.text(9, "sasl method", &sasl.method)
        try coder.text(10, "sasl sender", &sasl.sender)
        try coder.choice(11, "encoding", &encoding, unless: .sevenBit)
        try coder.flag(12, "smtputf8", &needsUTF8)
        try coder.text(13, "envelope id", &dsn.envelopeID)
        try coder.option(14, "ret", &dsn.returned)
        try coder.text(15, "message-id", &messageID)
        try coder.text(128, "tls", &client.tls)
        try coder.choice(129, "origin", &origin, unless: .remote)
        try coder.integer(130, "hops", &hops)
    }
}

extension Recipient {
    /// The attributes of a recipient; its address is the record that begins it.
    mutating func rows<Coder: AttributeCoder>(_ coder: inout Coder) throws(EnvelopeError) {
        try coder.text(65, "original recipient", &original, unless: address)
        try coder.set(66, "notify", &notify)
        try coder.text(67, "orcpt", &dsnOriginal)
    }
}
