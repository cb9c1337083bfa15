// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MailEnvelope

@Suite struct EnvelopeCodecTests {
    /// A different value in every member, none of them a default.
    static var full: Envelope {
        var envelope = Envelope()
        envelope.sender = "sender@example.org"
        envelope.arrival = 1_700_000_000_123_456_789
        envelope.origin = .own
        envelope.client.address = "2001:db8::1"
        envelope.client.name = "client.example.org"
        envelope.client.port = 40_025
        envelope.client.helo = "helo.example.org"
        envelope.client.protocolName = "ESMTPSA"
        envelope.client.tls = "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"
        envelope.sasl.user = "user"
        envelope.sasl.method = "PLAIN"
        envelope.sasl.sender = "auth@example.org"
        envelope.encoding = .eightBit
        envelope.needsUTF8 = true
        envelope.dsn.envelopeID = "QQ314159"
        envelope.dsn.returned = .headers
        envelope.messageID = "<1@example.org>"
        envelope.hops = 3
        envelope.recipients = [
            Recipient(
                address: "bob@example.net",
                original: "Info@example.org",
                notify: [.success, .failure],
                dsnOriginal: "rfc822;info@example.org"
            ),
            Recipient(address: "größe@example.net"),
            Recipient(address: "x@example.net", original: "", notify: .never),
        ]
        return envelope
    }

    /// The members of a value and of the values in it, by name.
    private static func members(_ value: Any, _ path: String = "") -> [String: String] {
        let mirror = Mirror(reflecting: value)
        let isGroup =
            value is Envelope || value is ClientInfo || value is SASLInfo || value is DSNOptions
            || value is Recipient
        guard isGroup else { return [path: String(describing: value)] }
        return mirror.children.reduce(into: [:]) { result, child in
            result.merge(members(child.value, "\(path).\(child.label ?? "")")) { first, _ in first }
        }
    }

    @Test func `The test fills every member with a value of its own`() throws {
        let filled = Self.members(Self.full)
        let empty = Self.members(Envelope())
        #expect(filled.count == empty.count && filled.count > 15)
        for (name, value) in filled { #expect(value != empty[name], "\(name) has its default: fill it in `full`") }
        let recipient = Self.members(try #require(Self.full.recipients.first))
        for (name, value) in Self.members(Recipient(address: "", original: "")) {
            #expect(value != recipient[name], "\(name)")
        }
    }

    @Test func `Every member survives the queue file and the wire`() throws {
        let full = Self.full
        let stored = try full.encoded(limits: EnvelopeLimits())
        let read = try Envelope(decoding: stored, recipientCount: 3, limits: EnvelopeLimits())
        #expect(read == full)
        #expect(Self.members(read) == Self.members(full))
        #expect(try Envelope(wireBytes: full.wireBytes) == full)
        #expect(stored == full.wireBytes)
        #expect(try Envelope(wireBytes: Envelope().wireBytes) == Envelope())
    }

    private static func record(_ number: UInt8, _ value: [UInt8]) -> [UInt8] {
        [number, UInt8(truncatingIfNeeded: value.count), UInt8(truncatingIfNeeded: value.count >> 8)] + value
    }

    @Test func `Unknown optional attributes are skipped, other unknown ones are damage, retired ones are dropped`()
        throws
    {
        let stored = try Self.full.encoded(limits: EnvelopeLimits())
        func read(_ front: [UInt8], retired: [UInt8] = []) throws(EnvelopeError) -> Envelope {
            var envelope = Envelope()
            try envelope.read((front + stored)[...], limits: EnvelopeLimits(), retired: retired)
            return envelope
        }
        #expect(try read(Self.record(190, [1, 2, 3])) == Self.full)
        #expect(try read(Self.record(254, [])) == Self.full)
        #expect(throws: EnvelopeError.malformed) { try read(Self.record(16, [1])) }
        #expect(try read(Self.record(16, [1]), retired: [16]) == Self.full)
        // Attributes of a recipient before the first one.
        #expect(throws: EnvelopeError.malformed) { try read(Self.record(66, [1])) }
    }

    @Test(
        arguments: [
            [], [1], [1, 5, 0, 65], [127], [11, 1, 0, 2, 127, 0, 0], [11, 2, 0, 1, 0, 127, 0, 0],
            [14, 1, 0, 3, 127, 0, 0],
            [129, 1, 0, 9, 127, 0, 0], [2, 1, 0, 0, 127, 0, 0], [127, 0, 0, 1], [1, 1, 0, 10, 127, 0, 0],
            [1, 1, 0, 255, 127, 0, 0],
        ] as [[UInt8]]
    )
    func `Damaged records are refused`(_ bytes: [UInt8]) {
        #expect(throws: EnvelopeError.malformed) {
            try Envelope(decoding: bytes, recipientCount: 0, limits: EnvelopeLimits())
        }
    }

    @Test func `What cannot be stored is refused by the queue file and passes the wire`() throws {
        for sender in ["a\nb@example.org", String(repeating: "x", count: 5000), String(repeating: "ü", count: 40_000)] {
            var envelope = Self.full
            envelope.sender = sender
            #expect(throws: EnvelopeError.invalidValue(field: "sender")) {
                try envelope.encoded(limits: EnvelopeLimits())
            }
            let received = try Envelope(wireBytes: envelope.wireBytes)
            // Cut or not: what was refused here is refused there.
            #expect(throws: EnvelopeError.invalidValue(field: "sender")) {
                try received.encoded(limits: EnvelopeLimits())
            }
            #expect(received.recipients == envelope.recipients)
        }
    }

    @Test func `More recipients than a queue file takes are refused on the wire too`() throws {
        var envelope = Envelope()
        envelope.recipients = Array(repeating: Recipient(address: "x@y"), count: EnvelopeLimits().recipients + 1)
        let bytes = envelope.wireBytes
        #expect(throws: EnvelopeError.limitExceeded("recipients")) { try Envelope(wireBytes: bytes) }
    }
}
