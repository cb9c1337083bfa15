// SPDX-License-Identifier: Apache-2.0
import DaemonDoubles
import Foundation
import IPC
import InternalProtocols
import MailEnvelope
import POSIX
import TestSupport
import Testing

@testable import bounce

/// bounce as master starts it, with the test in the places of qmgr and cleanup.
@Suite("Reports of bounce(8)", .serialized, .timeLimit(.minutes(20)))
struct ReporterTests {
    private final class Instance {
        let daemon: DaemonProcess
        let cleanup: CleanupDouble
        private let qmgr: FrameSocket

        init(sizeLimit: Int = 50_000, answer: MessageOutcome = MessageOutcome(queueID: "4Report")) throws {
            daemon = try DaemonProcess("bounce", settings: "bounce_size_limit = \(sizeLimit)")
            cleanup = try CleanupDouble(path: "\(daemon.folder)/q/public/cleanup", answer: answer)
            try daemon.start(Surroundings.product("bounce"))
            qmgr = try FrameSocket.connect(to: daemon.socket, as: InternalProtocol.bounce)
        }

        deinit { cleanup.end() }

        /// Has bounce report on a message that lies behind an envelope in its queue file.
        func report(
            _ report: BounceRequest.Report = .failed,
            _ recipients: [(Recipient, Outcome)] = [ReporterTests.failed],
            sender: String = "ann@example.com",
            content: String = ReporterTests.content,
            length: Int? = nil,
            change: (inout BounceRequest) -> Void = { _ in }
        ) throws -> BounceOutcome {
            let path = "\(daemon.folder)/message"
            try ("envelope" + content).write(toFile: path, atomically: true, encoding: .utf8)
            let file = try Descriptor.open(path, .read)
            var envelope = Envelope(origin: .remote, sender: sender, recipients: recipients.map(\.0))
            envelope.arrival = 1_795_165_500_000_000_000
            let range = try #require(ContentRange(offset: 8, length: length ?? content.utf8.count))
            var request = BounceRequest(
                report: report,
                queueID: "3QueueID",
                envelope: envelope,
                outcomes: recipients.map(\.1),
                content: range
            )
            change(&request)
            try qmgr.send(request, with: file.number)
            return try qmgr.receive().decode(BounceOutcome.self)
        }

        /// What cleanup got last.
        func text() throws -> String { try #require(cleanup.received.last).content }
    }

    static let content = "Subject: hello\n\nbody text\n"
    static let failed = (
        Recipient(address: "joe@example.org"), Outcome(.failed, status: "5.1.1", text: "unknown user: \"joe\"")
    )

    @Test func `A failure is reported to the sender, from nobody, with the message in it`() throws {
        let bounce = try Instance()
        let answer = try bounce.report()
        #expect(answer == BounceOutcome(queueID: "4Report"))
        let envelope = try #require(bounce.cleanup.received.first).envelope
        #expect(envelope.sender.isEmpty && envelope.origin == .own)
        #expect(envelope.recipients == [Recipient(address: "ann@example.com", notify: .never)])
        let text = try bounce.text()
        for line in [
            "Reporting-MTA: dns; host.example.org\n", "Final-Recipient: rfc822; joe@example.org\n",
            "Action: failed\n", "Status: 5.1.1\n", "Content-Type: message/rfc822\n", "\nSubject: hello\n\nbody text\n",
        ] { #expect(text.contains(line), "\(line) in \(text)") }
    }

    static let relayed = Outcome(
        .delivered,
        status: "2.0.0",
        text: "250 Ok",
        peer: .remote(host: "mx.example.net", address: "192.0.2.1", port: 25)
    )
    static let actions: [(BounceRequest.Report, Outcome, String, String)] = [
        (.delayed, Outcome(.deferred, status: "4.4.1", text: "connection refused"), "delayed", "4.4.1"),
        (.delivered, Outcome(.delivered, status: "2.0.0", text: "delivered to maildir"), "delivered", "2.0.0"),
        (.delivered, Outcome(.forwarded, status: "2.0.0", text: "forwarded as 4X"), "expanded", "2.0.0"),
        (.delivered, relayed, "relayed", "2.0.0"),
        (.failed, Outcome(.failed, status: "nonsense", text: "x"), "failed", "5.0.0"),
    ]

    @Test(arguments: actions)
    func `The action says what became of the recipient, and only failures bring the whole message back`(
        _ row: (report: BounceRequest.Report, outcome: Outcome, action: String, status: String)
    ) throws {
        let bounce = try Instance()
        _ = try bounce.report(row.report, [(Recipient(address: "joe@example.org"), row.outcome)])
        let text = try bounce.text()
        #expect(text.contains("\nAction: \(row.action)\n") && text.contains("\nStatus: \(row.status)\n"), "\(text)")
        #expect(text.contains("body text") == (row.report == .failed))
    }

    @Test func `Mail without a sender is answered by no report`() throws {
        let bounce = try Instance()
        #expect(try bounce.report(sender: "") == BounceOutcome(queueID: ""))
        #expect(bounce.cleanup.received.isEmpty)
    }

    @Test func `A recipient with NOTIFY=NEVER is in no report, and alone makes none`() throws {
        let bounce = try Instance()
        let silent = (Recipient(address: "silent@example.org", notify: .never), Self.failed.1)
        #expect(try bounce.report(.failed, [silent]) == BounceOutcome(queueID: ""))
        #expect(bounce.cleanup.received.isEmpty)
        #expect(try bounce.report(.failed, [silent, Self.failed]) == BounceOutcome(queueID: "4Report"))
        let text = try bounce.text()
        #expect(text.contains("joe@example.org") && !text.contains("silent@example.org"))
    }

    @Test(arguments: [(26, true), (25, false), (1, false)])
    func `A message beyond bounce_size_limit comes back as its header`(_ row: (limit: Int, isWhole: Bool)) throws {
        let bounce = try Instance(sizeLimit: row.limit)
        #expect(try bounce.report().queueID == "4Report")
        #expect(try bounce.text().contains("body text") == row.isWhole)
        #expect(try bounce.text().contains("message/rfc822") == row.isWhole)
    }

    @Test func `RET=HDRS brings back the header alone`() throws {
        let bounce = try Instance()
        _ = try bounce.report { $0.envelope.dsn.returned = .headers }
        #expect(try bounce.text().contains("Subject: hello\n") && !bounce.text().contains("body text"))
    }

    @Test(arguments: [1000, 1 << 30, ContentRange.largest - 8])
    func `A length that the file does not have harms nothing`(_ length: Int) throws {
        let bounce = try Instance()
        #expect(try bounce.report(length: length).queueID == "4Report")
        #expect(try !bounce.text().contains("message/rfc822"))
        #expect(try bounce.report().queueID == "4Report", "it serves as before")
    }

    @Test func `Text of another host stays in its field`() throws {
        let bounce = try Instance()
        let text = "550 no\nAction: delivered\r\n\r\nX: y \u{1b}[31m"
        let outcome = Outcome(.failed, status: "5.0.0", text: text, diagnosticType: .smtp)
        _ = try bounce.report(.failed, [(Recipient(address: "joe@example.org"), outcome)])
        let report = try bounce.text()
        #expect(!report.contains("\nAction: delivered") && !report.contains("\nX: y") && !report.contains("\u{1b}"))
    }

    @Test func `What cleanup does not take is told to qmgr`() throws {
        let bounce = try Instance(answer: MessageOutcome(code: 452, status: "4.3.1", text: "no room"))
        #expect(try bounce.report() == BounceOutcome(queueID: "", error: "no room"))
    }
}
