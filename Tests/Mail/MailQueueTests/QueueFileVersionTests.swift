// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailEnvelope
import POSIX
import Testing

@testable import MailQueue

/// Queue files that version 0.1 wrote (Tests/Fixtures/Queue-0.1) are read with every value.
@Suite struct QueueFileVersionTests {
    private struct Contents {
        let id: QueueID
        let content: String
        let envelope: Envelope
        let message: MessageMark
        let marks: [RecipientMark]
        let reasons: [DeliveryReason?]
    }

    private static func read(_ name: String) throws -> Contents {
        let folder = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Fixtures/Queue-0.1").standardized
        let reader = try QueueFileReader(Descriptor.open(folder.appendingPathComponent(name).path, .read))
        try reader.verifyContent()
        let (message, marks) = try reader.marks()
        return Contents(
            id: reader.header.id,
            content: String(decoding: try reader.content(at: 0, count: 1 << 20), as: UTF8.self),
            envelope: try reader.envelope(),
            message: message,
            marks: marks,
            reasons: marks.map { reader.reason(of: $0) }
        )
    }

    @Test func `A queued message with every attribute is read`() throws {
        let found = try Self.read("queued-utf8")
        #expect(
            found.content
                == "Subject: fixture grüße\nMessage-Id: <utf8.1@example.org>\n\n"
                + "queued with all that an envelope holds\n"
        )
        var envelope = Envelope()
        envelope.sender = "dörte@bücher.example"
        envelope.arrival = 1_764_000_000_123_456_789
        envelope.client.address = "2001:db8::25"
        envelope.client.name = "client.example.org"
        envelope.client.port = 40025
        envelope.client.helo = "ehlo.example.org"
        envelope.client.protocolName = "UTF8SMTPSA"
        envelope.sasl.user = "doerte"
        envelope.sasl.method = "PLAIN"
        envelope.sasl.sender = "dörte@bücher.example"
        envelope.encoding = .eightBit
        envelope.needsUTF8 = true
        envelope.dsn.envelopeID = "QQ+2B314159"
        envelope.dsn.returned = .headers
        envelope.messageID = "<utf8.1@example.org>"
        envelope.recipients = [
            Recipient(
                address: "bob@example.test",
                original: "jürgen@example.test",
                notify: [.success, .failure],
                dsnOriginal: "utf-8;j\\x{FC}rgen@example.test"
            ),
            Recipient(address: "bob@example.test", notify: [.never]),
            Recipient(
                address: "bob@example.test",
                original: "",
                notify: [.delay],
                dsnOriginal: "rfc822;bob+2Bx@example.test"
            ),
        ]
        #expect(found.envelope == envelope)
        #expect(found.message == MessageMark())
        #expect(found.marks == Array(repeating: RecipientMark(), count: 3))
    }

    @Test func `A message that is partly done is read with its marks and reasons`() throws {
        let found = try Self.read("deferred-partly-done")
        #expect(found.content == "Subject: fixture deferred\n\npartly delivered, deferred with reasons\n")
        var envelope = Envelope()
        envelope.sender = "alice@example.org"
        envelope.arrival = 1_764_000_001_000_000_001
        envelope.client.address = "192.0.2.1"
        envelope.client.name = "unknown"
        envelope.client.helo = "client"
        envelope.client.protocolName = "SMTP"
        envelope.dsn.returned = .full
        envelope.recipients = ["bob", "one", "bob", "later", "bob", "bob"].map {
            Recipient(address: "\($0)@example.test")
        }
        envelope.recipients[0].original = "info@example.test"
        #expect(found.envelope == envelope)
        #expect(found.message == MessageMark(isDelayReported: true))
        #expect(found.marks.map(\.state) == [.deferred, .delivered, .bounced, .expanded, .deferred, .deferred])
        #expect(found.marks.map(\.attempts) == [3, 1, 1, 2, 65_535, 3])
        #expect(
            found.marks.map(\.lastAttempt)
                == [300, 2, 3, 4, 300, 300].map { (seconds: Int64) in 1_764_000_000 + seconds }
        )
        #expect(found.marks.map(\.nextAttempt) == [1_764_000_600, 0, 0, 0, 1_764_000_600, 1_764_000_600])
        let remote = DeliveryReason(
            status: "4.4.1",
            text: "connect to mx.example.net[192.0.2.25]:25: Connection timed out",
            remoteMTA: "mx.example.net[192.0.2.25]:25",
            diagnosticType: .smtp
        )
        let own = DeliveryReason(status: "4.2.0", text: "mailbox für bob ist gesperrt", diagnosticType: .unix)
        #expect(found.reasons == [remote, nil, nil, nil, own, remote])
    }

    @Test func `A message on hold is read, with the request to give it up`() throws {
        let found = try Self.read("on-hold")
        #expect(found.content == "Subject: fixture held\n\non hold, with the null sender\n")
        var envelope = Envelope()
        envelope.arrival = 1_764_000_002_000_000_000
        envelope.messageID = "<held.1@example.org>"
        envelope.recipients = [
            Recipient(address: "bob@example.test"),
            Recipient(address: "bob@example.test", original: "other@example.test"),
        ]
        #expect(found.envelope == envelope)
        #expect(found.message == MessageMark(isDelayReported: false, isExpired: true))
        #expect(found.marks.map(\.state) == [.queued, .failed] && found.marks.map(\.attempts) == [0, 2])
        #expect(found.reasons == [nil, DeliveryReason(status: "5.1.1", text: "unknown user")])
    }
}
