// SPDX-License-Identifier: Apache-2.0
import Foundation
import InternalProtocols
import MailEnvelope
import POSIX
import Testing
import TestSupport

@testable import local

/// local as master starts it: its own process, its rights dropped, its sandbox on.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct AgentTests {
    static let content = "Subject: hello\n\nbody\n"

    typealias Account = SystemAccount

    @Test func `An alias is forwarded as a new message, marked, only after cleanup has it`() throws {
        let agent = try AgentInstance(settings: "", aliases: "team: joe, ops@example.com\nowner-team: boss\n")
        let large = "Subject: hello\n\n" + String(repeating: "0123456789abcdef\n", count: 20_000)
        let verdict = try #require(try agent.deliver(large, to: ["Team@example.org"]).first)
        #expect(verdict.outcome.kind == .forwarded && verdict.outcome.status == "2.0.0")
        #expect(verdict.outcome.text == "forwarded as 4QueueID" && verdict.outcome.relay == "local")
        let message = try #require(agent.cleanup.received.first)
        #expect(message.envelope.sender == "owner-team@example.org" && message.envelope.origin == .own)
        #expect(message.envelope.recipients.map(\.address) == ["joe@example.org", "ops@example.com"])
        #expect(message.envelope.encoding == .eightBit && message.envelope.hops == 1)
        #expect(message.content == "Delivered-To: Team@example.org\n" + large)
        #expect(
            agent.log.contains("3QueueID: to=<Team@example.org>, relay=local")
                && agent.log.contains("dsn=2.0.0, status=sent (forwarded as 4QueueID)")
        )
    }

    @Test(
        arguments: [
            (MessageOutcome(code: 451, status: "4.3.0", text: "no"), Outcome.Kind.deferred),
            (MessageOutcome(code: 554, status: "5.4.6", text: "Error: too many hops"), .failed),
        ]
    )
    func `What cleanup refuses is not forwarded`(_ row: (MessageOutcome, Outcome.Kind)) throws {
        let agent = try AgentInstance(settings: "", aliases: "team: joe\n", answer: row.0)
        let verdict = try #require(try agent.deliver(Self.content, to: ["team@example.org"]).first)
        #expect(verdict.outcome.kind == row.1 && verdict.outcome.status == row.0.status)
        #expect(verdict.outcome.text == "cannot forward: \(row.0.text)")
    }

    @Test func `A message that was here before is a loop, to a mailbox as to an alias`() throws {
        let agent = try AgentInstance(settings: "", aliases: "team: joe\n")
        let looping = "Delivered-To: team@example.org\nDelivered-To: root@example.org\n" + Self.content
        let verdicts = try agent.deliver(looping, to: ["team@example.org", "root@example.org"])
        #expect(
            verdicts.map(\.outcome.kind) == [.failed, .failed] && verdicts.map(\.outcome.status) == ["5.4.6", "5.4.6"]
        )
        #expect(verdicts.first?.outcome.text == "mail forwarding loop for team@example.org")
        #expect(agent.cleanup.received.isEmpty)
    }

    @Test func `Unknown users fail, root waits for an alias, what is not supported waits`() throws {
        let agent = try AgentInstance(settings: "", aliases: "robot: \"|/usr/bin/robot\"\n")
        let verdicts = try agent.deliver(
            Self.content,
            to: ["Relais-Nobody+x@example.org", "root@example.org", "robot@example.org"]
        )
        #expect(verdicts.map(\.outcome.kind) == [.failed, .deferred, .deferred])
        #expect(verdicts.map(\.outcome.status) == ["5.1.1", "4.3.5", "4.3.5"])
        #expect(verdicts.first?.outcome.text == "unknown user: \"relais-nobody\"")
        #expect(verdicts[1].outcome.text == "root has no mailbox here: alias root to a person in alias_maps")
        #expect(
            verdicts[2].outcome.text == "alias \"robot\": delivery to the command |/usr/bin/robot is not supported yet"
        )
    }

    @Test func `Aliases that are written anew count from the next message on`() throws {
        let agent = try AgentInstance(settings: "", aliases: "team: joe\n")
        _ = try agent.deliver(Self.content, to: ["team@example.org"])
        try agent.setAliases("team: ann\n")
        _ = try agent.deliver(Self.content, to: ["team@example.org"])
        #expect(
            agent.cleanup.received.map { $0.envelope.recipients.map(\.address) }
                == [["joe@example.org"], ["ann@example.org"]]
        )
    }

    @Test(.enabled(if: !Privileges.isRoot, "as root there is the test with an account of its own"))
    func `Without root the own user gets mail in the spool`() throws {
        let own = try #require(try Identity.numbered(Identity.effectiveUser))
        let agent = try AgentInstance(settings: "")
        let verdict = try #require(try agent.deliver(Self.content, to: ["\(own.name)@example.org"]).first)
        #expect(verdict.outcome.kind == .delivered && verdict.outcome.text == "delivered to mailbox")
        let mailbox = try String(contentsOfFile: "\(agent.folder)/spool/\(own.name)", encoding: .utf8)
        #expect(mailbox.contains("\nDelivered-To: \(own.name)@example.org\nSubject: hello\n\nbody\n\n"))
    }

    @Test(.enabled(if: Privileges.isRoot, "needs root: makes an account and becomes it"))
    func `Each user's mail is written as that user, by a process that is not root`() throws {
        let folder = TemporaryFolder()
        let account = try Account(below: folder.path)
        let user = try #require(try Identity.named(account.name))
        let address = "\(account.name)+lists@example.org"
        for (mailbox, kind) in [("Maildir/", "maildir"), ("mbox", "mailbox")] {
            let agent = try AgentInstance(settings: "home_mailbox = \(mailbox)")
            let verdict = try #require(try agent.deliver(Self.content, to: [address]).first)
            #expect(verdict.outcome.kind == .delivered && verdict.outcome.text == "delivered to \(kind)")
            #expect(folder.access("\(account.name)/\(mailbox)").prefix(2) == [Int(user.uid), Int(user.gid)])
            // setUID and setGID, bits 6 and 7 of linux/capability.h, and nothing else of root.
            let process = agent.process
            #expect(process["Uid"] == "65534 65534 65534 65534" && process["Gid"]?.contains(" 0") == false)
            #expect(process["CapEff"] == "00000000000000c0" && process["CapBnd"] == "00000000000000c0")
            #expect(process["NoNewPrivs"] == "1" && process["Seccomp"] == "2")
        }
        let names = folder.names("\(account.name)/Maildir/new")
        #expect(
            folder.text("\(account.name)/Maildir/new/\(names.first ?? "")")
                == "Return-Path: <ann@example.com>\nX-Original-To: \(address)\nDelivered-To: \(address)\n"
                + Self.content
        )
    }

    @Test(.enabled(if: Privileges.isRoot, "needs root: makes an account and becomes it"))
    func `A user who is added while it runs gets mail, in a mailbox of user and group mail`() throws {
        let group = try #require(try Identity.group(named: "mail"))
        let agent = try AgentInstance(settings: "", aliases: "", spoolGroup: group)
        // It serves already, inside its sandbox, when the account is made.
        let before = try agent.deliver(Self.content, to: ["relais-nobody@example.org"])
        #expect(before.map(\.outcome.status) == ["5.1.1"])
        let account = try Account(below: "\(agent.folder)/homes")
        try agent.setAliases("\(account.name): \(account.name), ops@example.com\n")
        let verdicts = try agent.deliver(Self.content, to: ["\(account.name)@example.org"])
        #expect(verdicts.map(\.outcome.text) == ["delivered to mailbox, forwarded as 4QueueID"])
        #expect(verdicts.map(\.outcome.kind) == [.delivered])
        let status = try fileStatus("\(agent.folder)/spool/\(account.name)")
        let user = try #require(try Identity.named(account.name))
        #expect(status.owner == user.uid && status.group == group && status.mode & 0o777 == 0o600)
    }
}
