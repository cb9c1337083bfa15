// SPDX-License-Identifier: Apache-2.0
import IPC
import InternalProtocols
import MailEnvelope
import Testing

@Suite struct EnvelopeFrameTests {
    static var envelope: Envelope {
        var envelope = Envelope(origin: .local, sender: "ann@example.org", recipients: [])
        envelope.arrival = 1_700_000_000_000_000_000
        envelope.client.address = "192.0.2.1"
        envelope.client.port = 40_025
        envelope.client.tls = "TLSv1.3"
        envelope.sasl.user = "ann"
        envelope.sasl.sender = "ann@example.org"
        envelope.dsn.envelopeID = "QQ1"
        envelope.dsn.returned = .headers
        envelope.recipients = [
            Recipient(address: "bob@example.net", original: "info@example.org", notify: [.success, .delay]),
            Recipient(address: "eve@example.net", dsnOriginal: "rfc822;eve@example.net"),
        ]
        return envelope
    }

    static var content: ContentRange {
        get throws { try #require(ContentRange(offset: 128, length: 1000)) }
    }

    /// The message after it was sent and read, with extra fields put behind it.
    private static func sent<Message: WireMessage>(
        _ message: Message,
        _ change: (inout FieldWriter) -> Void = { _ in }
    ) throws -> Message {
        var fields = FieldWriter()
        message.encode(into: &fields)
        change(&fields)
        return try Message(from: FieldReader(fields.bytes))
    }

    @Test func `Frames carry the envelope with DSN, client and SASL attributes`() throws {
        let first = MessageEnvelope(Self.envelope)
        #expect(try Self.sent(first) == first)
        let notice = QueuedMessage(queueID: "3Q", envelope: Self.envelope, content: try Self.content)
        #expect(try Self.sent(notice) == notice)
        let request = try Self.request()
        #expect(try Self.sent(request) == request)
        #expect(try Self.sent(request).recipients == Self.envelope.recipients)
        let report = try Self.report()
        #expect(try Self.sent(report) == report)
        let verdict = DeliveryVerdict(request: 7, index: 3, outcome: Self.outcome)
        #expect(try Self.sent(verdict) == verdict)
    }

    private static let outcome = Outcome(
        .deferred,
        status: "4.4.1",
        text: "timed out",
        scope: .host,
        peer: .remote(host: "mx.example.net", address: "192.0.2.25", port: 25),
        diagnosticType: .smtp
    )

    private static func request() throws -> DeliveryRequest {
        DeliveryRequest(
            request: 7,
            queueID: "3Q",
            transport: "virtual",
            nextHop: "example.net",
            envelope: envelope,
            indexes: [3, 5],
            content: try content
        )
    }

    private static func report() throws -> BounceRequest {
        BounceRequest(
            report: .failed,
            queueID: "3Q",
            envelope: envelope,
            outcomes: [outcome, Outcome(.failed, status: "5.1.1", text: "unknown user")],
            content: try content,
            retryUntil: 5
        )
    }

    @Test func `Fields that a reader does not know are skipped`() throws {
        let request = try Self.request()
        #expect(try Self.sent(request) { $0.put(200, "of a later version") } == request)
    }

    /// Numbers that a peer might send as offset and length.
    static let ranges: [(Int, Int)] = [
        (0, -1), (-1, 0), (0, .min), (.min, .min), (.max, .max), (1 << 50, 1), (1, 1 << 50), (0, (1 << 50) + 1),
        (.max, 0),
    ]

    @Test(arguments: ranges)
    func `A range of content that no file can have is malformed`(_ range: (Int, Int)) throws {
        #expect(ContentRange(offset: range.0, length: range.1) == nil)
        for (kind, tag) in [(0, UInt8(3)), (1, 7), (2, 5)] {
            var fields = FieldWriter()
            // In front: the first field with a tag counts.
            fields.put(tag, range.0)
            fields.put(tag + 1, range.1)
            switch kind {
            case 0:
                QueuedMessage(queueID: "3Q", envelope: Self.envelope, content: try Self.content).encode(into: &fields)
            case 1: try Self.request().encode(into: &fields)
            default: try Self.report().encode(into: &fields)
            }
            let reader = try FieldReader(fields.bytes)
            #expect(throws: WireError.self) {
                switch kind {
                case 0: _ = try QueuedMessage(from: reader)
                case 1: _ = try DeliveryRequest(from: reader)
                default: _ = try BounceRequest(from: reader)
                }
            }
        }
    }

    @Test(arguments: [[3], [3, 5, 6], [], [3, -1], [3, Int.max], [3, .min]] as [[Int]])
    func `Places that do not fit the recipients are malformed`(_ indexes: [Int]) throws {
        var request = try Self.request()
        request.indexes = indexes
        #expect(throws: WireError.malformed(tag: 6)) { try Self.sent(request) }
    }

    @Test func `A report with another number of outcomes than recipients is malformed`() throws {
        var report = try Self.report()
        report.outcomes.removeLast()
        #expect(throws: WireError.malformed(tag: 4)) { try Self.sent(report) }
        report = try Self.report()
        report.retryUntil = -1
        #expect(throws: WireError.malformed(tag: 7)) { try Self.sent(report) }
    }

    @Test func `An envelope that is no records is malformed`() throws {
        for bytes: [UInt8] in [
            [], [1], [1, 255, 255], [127], Self.envelope.wireBytes.dropLast(), [99, 0, 0, 127, 0, 0],
        ] {
            var fields = FieldWriter()
            fields.put(1, bytes)
            let reader = try FieldReader(fields.bytes)
            #expect(throws: WireError.malformed(tag: 1)) { try MessageEnvelope(from: reader) }
        }
    }

    @Test func `Orders to master come in short frames`() {
        #expect(InternalProtocol.control.requestLimit == 64 << 10)
        #expect(InternalProtocol.status.requestLimit == 64 << 10)
    }
}
