// SPDX-License-Identifier: Apache-2.0
import MailEnvelope
import MailQueue
import Testing

@testable import qmgr

/// Destinations, transports and agents that fail.
@Suite struct FailureTests {
    @Test func `a hundred thousand messages for a transport without a service fail in bounded steps`() {
        let count = 100_000
        let scene = QueueScene()
        scene.missing = ["smtp"]
        for number in 0..<count {
            var mail = scene.mail(number, to: ["user@host.test"])
            mail.nextAttempt = scene.now + 3600 * second
            mail.recipients[0].attempts = 1
            scene.give(.admitted(mail))
        }
        #expect(scene.engine.waitingCount == count)
        scene.give(.flush)
        #expect(scene.engine.waitingCount == count && scene.engine.activeCount == 0)
        #expect(scene.mostActions <= 8 * QueueEngine.slice, "\(scene.mostActions)")
        let notes = scene.notes()
        #expect(notes.count { $0.hasPrefix("active") } == count)
        #expect(
            notes.count { $0.hasPrefix("deferred user@host.test (mail transport unavailable: no such file)") } == count
        )
        // The service is asked once, not once a message.
        #expect(notes.count { $0.hasPrefix("unavailable smtp") } == 1)
    }

    @Test func `a transport without a service is asked again after a while, or when the queue is flushed`() {
        let scene = QueueScene()
        scene.missing = ["smtp"]
        scene.admit(1, to: "user@host.test")
        scene.admit(2, to: "user@host.test")
        #expect(scene.steps().count { $0 == "connect smtp" } == 1)
        scene.give(.flush)
        #expect(scene.steps().count { $0 == "connect smtp" } == 1)
        scene.missing = []
        scene.give(.flush)
        #expect(scene.deliveries.count == 2)
        scene.endAll(.delivered)
        #expect(scene.engine.messages.isEmpty)
    }

    @Test func `a destination that cannot be reached is given up after a round of failures, and tried again later`() {
        let scene = QueueScene()
        for number in 0..<20 { scene.admit(number, to: "user@dead.test") }
        scene.admit(30, to: "user@live.test")
        #expect(scene.deliveries.count == 6)
        _ = scene.lines()
        // 1/5 + 1/4 + 1/3 + 1/2 of a round are more than one.
        for _ in 0..<3 { scene.end(.deferred, scope: .host) }
        #expect(!scene.notes().contains { $0.contains("suspended") })
        scene.end(.deferred, scope: .host)
        #expect(scene.notes().count { $0.contains("(delivery temporarily suspended: so it is)") } == 15)
        scene.end(.deferred, scope: .host)
        scene.endAll(.delivered)
        scene.admit(40, to: "user@dead.test")
        #expect(scene.deliveries.isEmpty)
        scene.give(.flush)
        #expect(scene.deliveries.count == 5)
        for _ in 0..<5 { scene.end(.deferred, scope: .host) }
        scene.pass(seconds: 300)
        #expect(scene.deliveries.count == 5)
        scene.endAll(.delivered)
        scene.pass(seconds: 5000)
        scene.endAll(.delivered)
        #expect(scene.engine.messages.isEmpty && scene.engine.destinations.isEmpty && scene.engine.dead.isEmpty)
    }

    @Test func `recipients that fail, whatever their status says, give no destination up`() {
        let scene = QueueScene()
        for number in 0..<50 { scene.admit(number, to: "user@full.test") }
        scene.endAll(.deferred)
        #expect(!scene.notes().contains { $0.contains("suspended") })
        scene.admit(60, to: "user@full.test")
        #expect(scene.deliveries.count == 1)
    }

    @Test func `a failure of the agent itself stops its transport for a while`() {
        let scene = QueueScene()
        for number in 0..<20 { scene.admit(number, to: "user@\(number).test") }
        scene.end(.deferred, scope: .transport)
        scene.endAll(.delivered)
        scene.admit(30, to: "user@other.test")
        #expect(scene.deliveries.isEmpty)
        #expect(scene.notes().contains("deferred user@other.test (mail transport unavailable: so it is)"))
        scene.pass(seconds: 60)
        scene.admit(31, to: "user@other.test")
        #expect(scene.deliveries.count == 1)
    }

    @Test func `what an agent had that is gone goes to the next one, once`() {
        let scene = QueueScene()
        scene.admit(1, to: "alice@box.test")
        scene.admit(2, to: "bob@box.test", "carol@box.test")
        scene.lose(scene.connections[0].agent)
        #expect(scene.connections.count == 1)
        #expect(scene.deliveries.count == 3)
        #expect(!scene.notes().contains { $0.hasPrefix("agent lost") })
        scene.lose(scene.connections[0].agent)
        #expect(scene.deliveries.isEmpty)
        let notes = scene.notes()
        #expect(notes.count { $0.hasPrefix("agent lost") } == 3)
        #expect(notes.contains("deferred carol@box.test (the delivery agent has gone away)"))
        // It is nobody's, and what it says afterwards is nothing.
        scene.give(.verdict(delivery: 2, recipient: 0, QueueScene.outcome(.delivered)))
        scene.give(.finished(delivery: 2))
        scene.give(.agentLost(1))
        scene.pass(seconds: 300)
        #expect(scene.deliveries.count == 3)
        scene.endAll(.delivered)
        #expect(scene.engine.messages.isEmpty)
    }

    @Test func `a verdict counts though the agent is lost afterwards`() {
        let scene = QueueScene { $0.transports["smtp"] = TransportSettings() }
        scene.admit(1, to: "alice@a.test", "bob@a.test")
        let delivery = scene.deliveries[0]
        scene.give(.verdict(delivery: delivery.number, recipient: 0, QueueScene.outcome(.delivered)))
        _ = scene.lines()
        scene.lose(delivery.agent)
        #expect(scene.steps() == ["mark #1 1=deferred", "move #1 incoming>deferred"])
        scene.pass(seconds: 300)
        #expect(scene.deliveries.map(\.recipients) == [[1]])
    }

    @Test func `recipients without a verdict, twice judged or never asked for`() {
        let scene = QueueScene()
        scene.admit(1, to: "alice@a.test", "bob@a.test")
        let number = scene.deliveries[0].number
        scene.give(.verdict(delivery: number, recipient: 7, QueueScene.outcome(.delivered)))
        scene.give(.verdict(delivery: number, recipient: 0, QueueScene.outcome(.delivered)))
        scene.give(.verdict(delivery: number, recipient: 0, QueueScene.outcome(.failed)))
        scene.give(.finished(delivery: number))
        #expect(scene.notes().contains("deferred bob@a.test (delivery agent gave no verdict)"))
        #expect(scene.engine.mail(QueueScene.id(1))?.recipients.map(\.index) == [1])
    }

    @Test func `another connection that cannot be made stops nobody whom the others serve`() {
        let scene = QueueScene()
        scene.capacity = 1
        scene.admit(1, to: "alice@box.test")
        scene.missing = ["virtual"]
        scene.admit(2, to: "bob@box.test")
        #expect(scene.deliveries.count == 1)
        #expect(!scene.notes().contains { $0.hasPrefix("unavailable") })
        scene.end(.delivered)
        #expect(scene.deliveries.map(\.id) == [QueueScene.id(2)])
    }
}
