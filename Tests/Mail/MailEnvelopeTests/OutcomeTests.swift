// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MailEnvelope

@Suite struct OutcomeTests {
    static let outcomes: [Outcome] = [
        Outcome(.delivered, status: "2.0.0", text: "delivered to maildir", peer: .local("virtual")),
        Outcome(.forwarded, status: "2.0.0", text: "forwarded as 3Q", peer: .local("")),
        Outcome(.failed, status: "5.1.1", text: "grüße\n"),
        Outcome(
            .deferred,
            status: "4.4.1",
            text: "timed out",
            scope: .transport,
            peer: .remote(host: "mx.example.org", address: "192.0.2.1", port: 25),
            diagnosticType: .smtp
        ),
        Outcome(.deferred, status: "", text: "", scope: .host, peer: .remote(host: "", address: "", port: 0)),
        Outcome(.failed, status: "5.3.0", text: "exit 1", diagnosticType: .unix),
    ]

    @Test(arguments: outcomes)
    func `Every member survives the wire`(_ outcome: Outcome) throws {
        #expect(try Outcome(wireBytes: outcome.wireBytes) == outcome)
        // Of a later version.
        #expect(try Outcome(wireBytes: outcome.wireBytes + [200, 1, 0, 7]) == outcome)
    }

    @Test(
        arguments: [[], [2, 1, 0, 65], [1, 1, 0, 9], [1, 0, 0], [1, 1, 0], [1, 1, 0, 1, 4, 1, 0, 9]] as [[UInt8]]
    )
    func `What is no outcome is refused`(_ bytes: [UInt8]) {
        #expect(throws: EnvelopeError.malformed) { try Outcome(wireBytes: bytes) }
    }

    @Test(arguments: outcomes)
    func `The stored reason keeps what a report needs`(_ outcome: Outcome) throws {
        let reason = try #require(DeliveryReason(decoding: outcome.reason.encoded()))
        let again = Outcome(outcome.kind, reason)
        #expect(again.status == outcome.status && again.remoteHost == outcome.remoteHost)
        #expect(again.diagnosticType == outcome.diagnosticType && again.text == printable(outcome.text))
    }

    static let relays: [(Outcome.Peer?, String)] = [
        (nil, "none"), (.local("virtual"), "virtual"),
        (.remote(host: "mx.example.org", address: "192.0.2.1", port: 25), "mx.example.org[192.0.2.1]:25"),
        (.remote(host: "mx.example.org", address: "", port: 0), "mx.example.org"),
    ]

    @Test(arguments: relays)
    func `The relay of the log has Postfix' form`(_ row: (Outcome.Peer?, String)) {
        #expect(Outcome(.delivered, status: "2.0.0", text: "", peer: row.0).relay == row.1)
    }

    private static func line(_ outcome: Outcome, original: String? = nil, isExpired: Bool = false) -> String {
        DeliveryLogLine(
            queueID: "3Q",
            recipient: Recipient(address: "bob@example.net", original: original),
            outcome: outcome,
            times: DeliveryLogLine.Times(
                arrival: 1_000_000_000,
                active: 1_100_000_000,
                begin: 1_120_000_000,
                connected: 2_370_000_000,
                end: 13_370_000_000
            ),
            isExpired: isExpired
        ).description
    }

    @Test func `The log line has Postfix' fields in Postfix' order`() {
        #expect(
            Self.line(outcomes[0], original: "info@example.org")
                == "3Q: to=<bob@example.net>, orig_to=<info@example.org>, relay=virtual, delay=12, "
                + "delays=0.1/0.02/1.2/11, dsn=2.0.0, status=sent (delivered to maildir)"
        )
        #expect(
            Self.line(outcomes[3])
                == "3Q: to=<bob@example.net>, relay=mx.example.org[192.0.2.1]:25, delay=12, "
                + "delays=0.1/0.02/1.2/11, dsn=4.4.1, status=deferred (timed out)"
        )
        #expect(
            Self.line(outcomes[2]).hasSuffix(
                "relay=none, delay=12, delays=0.1/0.02/1.2/11, dsn=5.1.1, status=bounced (grüße?)"
            )
        )
        #expect(Self.line(outcomes[3], isExpired: true).hasSuffix("dsn=4.4.1, status=expired, returned to sender"))
    }

    private var outcomes: [Outcome] { Self.outcomes }

    @Test func `Delays of an agent that knows no more than its own begin`() {
        let times = DeliveryLogLine.Times(arrival: 0, begin: 500_000_000, end: 750_000_000)
        let line = DeliveryLogLine(
            queueID: "3Q",
            recipient: Recipient(address: "x@y"),
            outcome: outcomes[0],
            times: times
        )
        #expect(line.description.contains("delay=0.75, delays=0.5/0/0/0.25,"))
    }

    static let ranges: [(Int, Int, Bool)] = [
        (0, 0, true), (128, 1000, true), (0, 1 << 50, true), (1 << 50, 0, true), (1, 1 << 50, false), (-1, 0, false),
        (0, .min, false), (.max, .max, false),
    ]

    @Test(arguments: ranges)
    func `A content range has bounds`(_ row: (Int, Int, Bool)) {
        #expect((ContentRange(offset: row.0, length: row.1) != nil) == row.2)
    }
}
