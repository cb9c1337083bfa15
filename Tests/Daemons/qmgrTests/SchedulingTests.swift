// SPDX-License-Identifier: Apache-2.0
import MailEnvelope
import MailQueue
import Testing

@testable import qmgr

/// Who comes first, and how many at once.
@Suite struct SchedulingTests {
    @Test func `a list of a thousand mailboxes delays a single mail by no more than its turn`() {
        let scene = QueueScene { $0.transports["virtual"]?.processLimit = 1 }
        scene.capacity = 2
        scene.give(.admitted(scene.mail(1, to: (0..<1000).map { "user\($0)@box.test" })))
        #expect(scene.deliveries.count == 2)
        scene.admit(2, to: "alice@box.test")
        scene.end(.delivered)
        scene.end(.delivered)
        #expect(scene.deliveries.contains { $0.id == QueueScene.id(2) })
        scene.endAll(.delivered)
        #expect(scene.engine.messages.isEmpty && scene.engine.destinations.isEmpty)
    }

    @Test func `messages take turns at a destination, and recipients go together up to the limit`() {
        let scene = QueueScene { settings in
            settings.transports["smtp"] = TransportSettings(
                recipientLimit: 2,
                concurrency: ConcurrencyRules(initial: 1, limit: 1)
            )
        }
        scene.give(.admitted(scene.mail(1, to: (0..<7).map { "user\($0)@a.test" })))
        scene.admit(2, to: "alice@a.test", "bob@a.test", "carol@a.test")
        scene.admit(3, to: "dave@b.test")
        scene.endAll(.delivered)
        #expect(
            scene.lines { if case .deliver = $0 { true } else { false } } == [
                "deliver #1 [0, 1] by smtp to a.test", "deliver #3 [0] by smtp to b.test",
                "deliver #1 [2, 3] by smtp to a.test", "deliver #2 [0, 1] by smtp to a.test",
                "deliver #1 [4, 5] by smtp to a.test", "deliver #2 [2] by smtp to a.test",
                "deliver #1 [6] by smtp to a.test",
            ]
        )
    }

    @Test func `a destination that is slow stops no other one`() {
        let scene = QueueScene()
        for number in 0..<100 { scene.admit(number, to: "user@slow.test") }
        #expect(scene.deliveries.count == 5)
        scene.admit(200, to: "user@quick.test")
        #expect(scene.deliveries.count == 6)
    }

    @Test func `new mail and a backlog that is flushed take turns`() {
        let scene = QueueScene { $0.activeLimit = 10 }
        for number in 0..<50 {
            var mail = scene.mail(number, to: ["user\(number)@box.test"])
            mail.nextAttempt = scene.now + 1000 * second
            mail.recipients[0].attempts = 1
            scene.give(.admitted(mail))
        }
        scene.give(.flush)
        #expect(scene.engine.activeCount == 10)
        for number in 100..<110 { scene.admit(number, to: "user\(number)@box.test") }
        _ = scene.lines()
        for _ in 0..<10 { scene.end(.delivered) }
        let begun = scene.notes().filter { $0.hasPrefix("active") }
        #expect(begun.count == 10)
        #expect(begun.count { $0.hasPrefix("active #10") } == 5)
        scene.endAll(.delivered)
        #expect(scene.engine.messages.isEmpty)
    }

    struct Bounds: Sendable {
        let processes: Int
        let capacity: Int
        let deliveries: Int
        let connections: Int
    }

    @Test(
        "maxproc of master.cf and what an agent takes at once bound the deliveries",
        arguments: [
            Bounds(processes: 1, capacity: 1, deliveries: 1, connections: 1),
            Bounds(processes: 3, capacity: 1, deliveries: 3, connections: 3),
            Bounds(processes: 1, capacity: 4, deliveries: 4, connections: 1),
            Bounds(processes: 2, capacity: 4, deliveries: 8, connections: 2),
            Bounds(processes: 0, capacity: 1, deliveries: 40, connections: 40),
            Bounds(processes: 0, capacity: 16, deliveries: 40, connections: 3),
            Bounds(processes: 100, capacity: 100, deliveries: 40, connections: 1),
            // An agent that says nonsense takes one.
            Bounds(processes: 1, capacity: 0, deliveries: 1, connections: 1),
        ]
    )
    func bounds(bounds: Bounds) {
        let scene = QueueScene { $0.transports["virtual"]?.processLimit = bounds.processes }
        scene.capacity = bounds.capacity
        for number in 0..<40 { scene.admit(number, to: "user\(number)@box.test") }
        #expect(scene.deliveries.count == bounds.deliveries)
        #expect(scene.connections.count == bounds.connections)
        var most = 0
        while scene.end(.delivered) != nil { most = max(most, scene.deliveries.count) }
        #expect(most <= bounds.deliveries)
        #expect(scene.engine.messages.isEmpty)
        #expect(scene.connections.count == bounds.connections)
    }

    @Test func `one recipient a time: the mailbox is the destination, with its own bound`() {
        let scene = QueueScene { $0.transports["virtual"]?.concurrency.limit = 2 }
        for number in 0..<10 { scene.admit(number, to: "slow@box.test") }
        for number in 10..<20 { scene.admit(number, to: "user\(number)@box.test") }
        #expect(scene.deliveries.count == 12)
        #expect(scene.engine.destinations.count == 11)
    }

    @Test func `a new configuration takes hold while deliveries go on`() {
        let scene = QueueScene { $0.transports["virtual"]?.processLimit = 4 }
        scene.capacity = 1
        for number in 0..<10 { scene.admit(number, to: "user\(number)@box.test") }
        #expect(scene.deliveries.count == 4)
        var settings = scene.engine.settings
        settings.transports["virtual"]?.processLimit = 2
        settings.minimalBackoff = 50 * second
        scene.give(.configured(settings))
        #expect(scene.deliveries.count == 4)
        for _ in 0..<4 { scene.end(.delivered) }
        #expect(scene.deliveries.count == 2)
        #expect(scene.connections.count == 2)
        settings.transports["virtual"]?.processLimit = 0
        scene.give(.configured(settings))
        #expect(scene.deliveries.count == 6)
        scene.endAll(.deferred)
        #expect(scene.engine.nextWake == scene.now + 50 * second)
        scene.pass(seconds: 50)
        scene.endAll(.delivered)
        #expect(scene.engine.messages.isEmpty)
    }
}
