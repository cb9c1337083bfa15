// SPDX-License-Identifier: Apache-2.0
import DaemonDoubles
import EventLoop
import FinalDelivery
import Foundation
import InternalProtocols
import MailAddress
import MailEnvelope
import MailStore
import POSIX
import Service
import TestSupport
import Testing

@Suite("The course of a final delivery", .timeLimit(.minutes(20)))
struct FinalDeliveriesTests {
    /// A step that has the plan changed by a function.
    private struct Step: DeliveryStep {
        let change: @Sendable (inout DeliveryPlan) -> Outcome?

        func apply(to plan: inout DeliveryPlan, _ message: RequestedMessage) async -> Outcome? { change(&plan) }
    }

    static let content = "Subject: hello\n\nbody\n"
    let folder = TemporaryFolder()

    private func target(_ name: String) -> DeliveryTarget {
        DeliveryTarget(
            MailLocation(mailbox: folder.path + "/" + name),
            owner: DeliveryTarget.Owner(uid: Identity.effectiveUser, gid: Identity.effectiveGroup)
        )
    }

    /// A step that gives each recipient a Maildir or mbox of the first letter of its address.
    private func mailboxes(_ suffix: String = "/") -> any DeliveryStep {
        let path = folder.path
        return Step { plan in
            let owner = DeliveryTarget.Owner(uid: Identity.effectiveUser, gid: Identity.effectiveGroup)
            let location = MailLocation(mailbox: "\(path)/\(plan.address.internalForm.prefix(1))\(suffix)")
            plan.target = DeliveryTarget(location, owner: owner)
            return nil
        }
    }

    /// Delivers a message; what was reported, by index and in order.
    private func deliver(
        _ content: String = FinalDeliveriesTests.content,
        to recipients: [Recipient],
        steps: [any DeliveryStep],
        cleanup: String? = nil,
        length: Int? = nil,
        change: @Sendable (inout Envelope) -> Void = { _ in }
    ) async throws -> [(index: Int, outcome: Outcome)] {
        let path = try folder.write("message", "envelope" + content)
        var envelope = Envelope(origin: .remote, sender: "ann@example.com", recipients: recipients)
        change(&envelope)
        let request = DeliveryRequest(
            request: 1,
            queueID: "3QueueID",
            transport: "test",
            nextHop: "host",
            envelope: envelope,
            indexes: Array(recipients.indices),
            content: try #require(ContentRange(offset: 8, length: length ?? content.utf8.count))
        )
        return try await onLoop {
            let deliveries = FinalDeliveries(
                steps: steps,
                writer: MailboxWriter(MailDelivery(), .own),
                forwarder: cleanup.map { Forwarder(CleanupClient(path: $0), prepends: true) }
            )
            var reported: [(index: Int, outcome: Outcome)] = []
            let file = SharedMessage(try Descriptor.open(path, .read))
            await deliveries.deliver(request, file) { reported.append(($0, $1)) }
            return reported
        }
    }

    private func mail(_ mailbox: String) -> [String] {
        folder.names("\(mailbox)/new").map { folder.text("\(mailbox)/new/\($0)") }
    }

    @Test func `A Maildir gets the message with its head lines`() async throws {
        let recipient = Recipient(address: "joe@example.org", original: "Boss@example.org")
        let reported = try await deliver(to: [recipient], steps: [mailboxes()])
        #expect(reported.map(\.outcome) == [Outcome(.delivered, status: "2.0.0", text: "delivered to maildir")])
        #expect(
            mail("j") == [
                "Return-Path: <ann@example.com>\nX-Original-To: Boss@example.org\nDelivered-To: joe@example.org\n"
                    + Self.content
            ]
        )
    }

    @Test(arguments: [0, 1, 130_000, 262_144, 262_145, 700_000])
    func `Messages of any length are whole, in a Maildir and in an mbox`(_ filling: Int) async throws {
        let line = "0123456789 abcdef\n"
        let body = String(repeating: line, count: filling / line.utf8.count) + String(repeating: "x", count: 7) + "\n"
        let content = "Subject: x\n\n" + body
        _ = try await deliver(content, to: [Recipient(address: "joe@example.org")], steps: [mailboxes()])
        #expect(mail("j").first?.hasSuffix("Delivered-To: joe@example.org\n" + content) == true)
        let reported = try await deliver(content, to: [Recipient(address: "m@example.org")], steps: [mailboxes("box")])
        #expect(reported.map(\.outcome.text) == ["delivered to mailbox"])
        let mbox = folder.text("mbox")
        #expect(mbox.hasPrefix("From ann@example.com  ") && mbox.hasSuffix("m@example.org\n" + content + "\n"))
    }

    @Test(arguments: [0, 20_000, 200_000])
    func `A message that was here before fails, and is not delivered`(_ filling: Int) async throws {
        let line = "X-Filling: " + String(repeating: "x", count: 60) + "\n"
        let header = String(repeating: line, count: filling / line.utf8.count) + "Delivered-To: JOE@example.org\n"
        let recipients = ["joe@example.org", "ann@example.org"].map { Recipient(address: $0) }
        let reported = try await deliver(header + Self.content, to: recipients, steps: [mailboxes()])
        #expect(reported.map(\.outcome.status) == ["5.4.6", "2.0.0"])
        #expect(reported.first?.outcome.text == "mail forwarding loop for joe@example.org")
        #expect(mail("j").isEmpty && mail("a").count == 1)
    }

    @Test(arguments: ["", "@", "joe\u{1}@example.org", "a@b@c\n"])
    func `What is no address fails without a look at a table`(_ address: String) async throws {
        let reported = try await deliver(
            to: [Recipient(address: address)],
            steps: [Step { _ in Outcome(.delivered, status: "2.0.0", text: "asked") }]
        )
        let outcome = try #require(reported.first).outcome
        #expect(outcome.kind == .failed && outcome.text.utf8.allSatisfy { $0 >= 32 } || outcome.text == "asked")
        #expect(outcome.kind == .failed || EmailAddress(internalForm: address) != nil)
    }

    @Test func `A file that is shorter than promised defers, and nothing is written`() async throws {
        let reported = try await deliver(
            to: [Recipient(address: "joe@example.org")],
            steps: [mailboxes()],
            length: 5000
        )
        #expect(reported.map(\.outcome.kind) == [.deferred] && reported.map(\.outcome.status) == ["4.3.0"])
        #expect(mail("j").isEmpty)
    }

    @Test func `An outcome of a step ends the delivery before the next step`() async throws {
        let full = Outcome(.failed, status: "5.2.2", text: "over quota")
        let reported = try await deliver(
            to: [Recipient(address: "joe@example.org")],
            steps: [
                mailboxes(), Step { _ in full },
                Step { _ in
                    Issue.record("a step after the end")
                    return nil
                },
            ]
        )
        #expect(reported.map(\.outcome) == [full] && mail("j").isEmpty)
    }

    @Test func `A later step chooses folder and flags in the mailbox that an earlier one has found`() async throws {
        try MailStorage(location: MailLocation(mailbox: folder.path + "/j/")).create("Lists/swift")
        let sorts = Step { plan in
            plan.target?.folder = "Lists/swift"
            plan.target?.flags = [.seen]
            return nil
        }
        let recipient = Recipient(address: "joe@example.org")
        let reported = try await deliver(to: [recipient], steps: [mailboxes(), sorts])
        #expect(reported.map(\.outcome.kind) == [.delivered] && mail("j").isEmpty)
        let names = folder.names("j/.Lists.swift/cur")
        #expect(names.count == 1 && names.first?.hasSuffix(":2,S") == true)
    }

    @Test func `A full disk or a strange folder of one recipient says nothing of the transport`() async throws {
        try folder.write("j", "in the way")
        let reported = try await deliver(to: [Recipient(address: "joe@example.org")], steps: [mailboxes()])
        let outcome = try #require(reported.first).outcome
        #expect(outcome.kind == .deferred && outcome.scope == .recipient && outcome.peer == nil)
    }

    // MARK: Copies elsewhere

    private func forwards(_ addresses: [String], keepsCopy: Bool = false, list: String? = nil) -> any DeliveryStep {
        Step { plan in
            plan.forwards = addresses.compactMap { EmailAddress(internalForm: $0) }
            plan.keepsCopy = keepsCopy
            if let list { (plan.sender, plan.isList) = (list, true) }
            return nil
        }
    }

    private func cleanup(_ answer: MessageOutcome = MessageOutcome(queueID: "4New")) throws -> (CleanupDouble, String) {
        let path = folder.path + "/cleanup"
        return (try CleanupDouble(path: path, answer: answer), path)
    }

    @Test(arguments: [20, 300_000])
    func `A copy elsewhere is a new message, marked with Delivered-To`(_ size: Int) async throws {
        let (cleanup, path) = try cleanup()
        defer { cleanup.end() }
        let content = "Subject: x\n\n" + String(repeating: "0123456789abcde\n", count: size / 16)
        let reported = try await deliver(
            content,
            to: [Recipient(address: "team@example.org")],
            steps: [forwards(["joe@example.org", "ops@example.com"])],
            cleanup: path
        ) { $0.encoding = .eightBit }
        #expect(reported.map(\.outcome) == [Outcome(.forwarded, status: "2.0.0", text: "forwarded as 4New")])
        let message = try #require(cleanup.received.first)
        #expect(message.content == "Delivered-To: team@example.org\n" + content)
        #expect(message.envelope.sender == "ann@example.com" && message.envelope.encoding == .eightBit)
        #expect(message.envelope.recipients.map(\.address) == ["joe@example.org", "ops@example.com"])
    }

    @Test func `The own copy and those elsewhere are one outcome`() async throws {
        let (cleanup, path) = try cleanup()
        defer { cleanup.end() }
        let reported = try await deliver(
            to: [Recipient(address: "joe@example.org")],
            steps: [forwards(["ops@example.com"], keepsCopy: true), mailboxes()],
            cleanup: path
        )
        #expect(reported.map(\.outcome.text) == ["delivered to maildir, forwarded as 4New"])
        #expect(reported.map(\.outcome.kind) == [.delivered] && mail("j").count == 1)
    }

    @Test func `While the own copy is deferred nobody else gets one`() async throws {
        let (cleanup, path) = try cleanup()
        defer { cleanup.end() }
        try folder.write("j", "in the way")
        let reported = try await deliver(
            to: [Recipient(address: "joe@example.org")],
            steps: [forwards(["ops@example.com"], keepsCopy: true), mailboxes()],
            cleanup: path
        )
        #expect(reported.map(\.outcome.kind) == [.deferred] && cleanup.received.isEmpty)
    }

    static let refusals: [(MessageOutcome, Outcome.Kind, Outcome.Scope)] = [
        (MessageOutcome(code: 452, status: "4.3.1", text: "full"), .deferred, .transport),
        (MessageOutcome(code: 451, status: "4.3.0", text: "no"), .deferred, .recipient),
        (MessageOutcome(code: 554, status: "5.4.6", text: "too many hops"), .failed, .recipient),
    ]

    @Test(arguments: refusals)
    func `What cleanup refuses is not forwarded; a full queue concerns the transport`(
        _ row: (answer: MessageOutcome, kind: Outcome.Kind, scope: Outcome.Scope)
    ) async throws {
        let (cleanup, path) = try cleanup(row.answer)
        defer { cleanup.end() }
        let reported = try await deliver(
            to: [Recipient(address: "team@example.org")],
            steps: [forwards(["joe@example.org"])],
            cleanup: path
        )
        let outcome = try #require(reported.first).outcome
        #expect(outcome.kind == row.kind && outcome.scope == row.scope && outcome.status == row.answer.status)
    }

    // MARK: DSN options of copies (RFC 3461 section 5.2.7)

    static let notifies: [(Recipient.Notify, Recipient.Notify)] = [
        ([], []), ([.never], [.never]), ([.success], [.never]), ([.success, .failure], [.failure]),
        ([.failure, .delay], [.failure, .delay]),
    ]

    @Test(arguments: notifies)
    func `A copy asks for the reports of the original, but for the one of its success`(
        _ row: (asked: Recipient.Notify, passed: Recipient.Notify)
    ) async throws {
        let (cleanup, path) = try cleanup()
        defer { cleanup.end() }
        let original = "rfc822;Team@example.org"
        _ = try await deliver(
            to: [Recipient(address: "team@example.org", notify: row.asked, dsnOriginal: original)],
            steps: [forwards(["joe@example.org", "ops@example.com"])],
            cleanup: path
        ) {
            $0.dsn.envelopeID = "E1"
            $0.dsn.returned = .headers
        }
        let envelope = try #require(cleanup.received.first).envelope
        #expect(envelope.dsn.envelopeID == "E1" && envelope.dsn.returned == .headers)
        #expect(envelope.recipients.map(\.notify) == [row.passed, row.passed])
        #expect(envelope.recipients.allSatisfy { $0.dsnOriginal == original })
    }

    @Test func `A list answers to its owner, so its members' copies ask for nothing`() async throws {
        let (cleanup, path) = try cleanup()
        defer { cleanup.end() }
        _ = try await deliver(
            to: [Recipient(address: "team@example.org", notify: [.success, .failure], dsnOriginal: "rfc822;x@y")],
            steps: [forwards(["joe@example.org"], list: "owner-team@example.org")],
            cleanup: path
        ) { $0.dsn.envelopeID = "E1" }
        let envelope = try #require(cleanup.received.first).envelope
        #expect(envelope.sender == "owner-team@example.org" && envelope.dsn == DSNOptions())
        #expect(envelope.recipients == [Recipient(address: "joe@example.org")])
    }
}
