// SPDX-License-Identifier: Apache-2.0
import MailEnvelope
import MailQueue
import Testing

@testable import qmgr

/// What happens to one message.
@Suite struct PassTests {
    @Test func `a message that is delivered is removed`() {
        let scene = QueueScene()
        scene.admit(1, to: "alice@box.test")
        #expect(scene.steps() == ["resolve #1 [0]", "connect virtual", "deliver #1 [0] by virtual to box.test"])
        scene.end(.delivered)
        #expect(scene.steps() == ["remove #1 incoming"])
        #expect(scene.engine.messages.isEmpty)
        #expect(scene.engine.activeCount == 0 && scene.engine.waitingCount == 0)
        #expect(scene.engine.destinations.isEmpty)
    }

    @Test func `who has the message is written down while others wait, and states before the next attempt`() {
        let scene = QueueScene()
        scene.admit(1, to: "alice@box.test", "bob@box.test")
        _ = scene.lines()
        scene.end(.delivered)
        #expect(scene.steps() == ["mark #1 0=delivered"])
        scene.end(.deferred)
        #expect(scene.steps() == ["mark #1 1=deferred", "move #1 incoming>deferred"])
        #expect(scene.engine.mail(QueueScene.id(1))?.recipients.map(\.index) == [1])
        scene.pass(seconds: 299)
        #expect(scene.steps().isEmpty)
        scene.pass(seconds: 1)
        #expect(scene.steps() == ["resolve #1 [1]", "deliver #1 [1] by virtual to box.test"])
        scene.end(.deferred)
        // It lies in the folder already.
        #expect(scene.steps() == ["mark #1 1=deferred"])
    }

    @Test func `the pause between attempts grows with the age, up to the longest one`() {
        let scene = QueueScene { settings in
            settings.minimalBackoff = 300 * second
            settings.maximalBackoff = 1000 * second
        }
        let arrival = scene.now
        scene.admit(1, to: "alice@box.test")
        var attempts: [Int64] = []
        for _ in 0..<5 {
            scene.end(.deferred)
            scene.pass(seconds: (scene.engine.nextWake ?? 0) / second - scene.now / second)
            attempts.append((scene.now - arrival) / second)
        }
        #expect(attempts == [300, 600, 1200, 2200, 3200])
    }

    @Test func `recipients without an agent are decided at once, each with its line`() {
        let scene = QueueScene()
        scene.admit(1, to: "refuse@a.test", "later@a.test", "nobody@a.test")
        #expect(
            scene.lines() == [
                "active #1", "resolve #1 [0, 1, 2]", "failed refuse@a.test (no such user)",
                "deferred later@a.test (a table cannot be read)", "delivered nobody@a.test (discarded)",
                "mark #1 2=delivered", "report #1 failed [0]", "mark #1 0=bounced", "mark #1 1=deferred",
                "move #1 incoming>deferred",
            ]
        )
    }

    @Test func `routes may come in parts, and a slow one stops no other message`() {
        let engine = QueueEngine(QueueSettings())
        let scene = QueueScene()
        let (first, other) = (scene.mail(1, to: ["a@x.test", "b@x.test"]), scene.mail(2, to: ["c@y.test"]))
        #expect(engine.handle(.admitted(first), at: scene.now).contains(.resolve(first.id, [0, 1])))
        let route = Route.deliver(transport: "smtp", nextHop: "x.test")
        #expect(engine.handle(.resolved(first.id, [RoutedRecipient(index: 0, route: route)]), at: scene.now) == [])
        #expect(engine.handle(.admitted(other), at: scene.now).contains(.resolve(other.id, [0])))
        let others = engine.handle(
            .resolved(other.id, [RoutedRecipient(index: 0, route: .deliver(transport: "smtp", nextHop: "y.test"))]),
            at: scene.now
        )
        #expect(others == [.connect(transport: "smtp", agent: 1)])
        let delivery = engine.handle(.connected(agent: 1, capacity: 5), at: scene.now)
        #expect(delivery.map(QueueScene.line) == ["deliver #2 [0] by smtp to y.test"])
        let rest = engine.handle(.resolved(first.id, [RoutedRecipient(index: 1, route: route)]), at: scene.now)
        // Both recipients in one delivery.
        #expect(rest.map(QueueScene.line) == ["deliver #1 [0, 1] by smtp to x.test"])
        // An answer that nobody waits for, and one too many, do nothing.
        #expect(engine.handle(.resolved(first.id, [RoutedRecipient(index: 1, route: route)]), at: scene.now) == [])
        #expect(engine.handle(.resolved(QueueScene.id(9), []), at: scene.now) == [])
    }

    @Test func `a report is on disk before the message is removed; without one it stays`() {
        let scene = QueueScene()
        scene.makesReports = false
        scene.admit(1, to: "alice@box.test")
        _ = scene.lines()
        scene.end(.failed)
        #expect(scene.steps() == ["report #1 failed [0]", "mark #1 0=failed", "move #1 incoming>deferred"])
        scene.makesReports = true
        scene.pass(seconds: 300)
        // Nothing is delivered again.
        #expect(scene.steps() == ["report #1 failed [0]", "remove #1 deferred"])
    }

    /// Who asks for which reports, and whether the report in question is made.
    struct Wish: Sendable {
        let sender: String
        let notify: Recipient.Notify
        let isReported: Bool

        init(_ sender: String, _ notify: Recipient.Notify, _ isReported: Bool) {
            self.sender = sender
            self.notify = notify
            self.isReported = isReported
        }
    }

    @Test(
        "who wants no report gets none, and neither does a null sender",
        arguments: [
            Wish("s@example.org", [], true), Wish("s@example.org", .failure, true),
            Wish("s@example.org", [.success, .failure], true), Wish("s@example.org", .success, false),
            Wish("s@example.org", .delay, false), Wish("s@example.org", .never, false), Wish("", .failure, false),
        ]
    )
    func failureReports(wish: Wish) {
        let scene = QueueScene()
        scene.admit(1, to: "alice@box.test", from: wish.sender, notify: wish.notify)
        scene.end(.failed)
        let steps = scene.steps()
        #expect(steps.contains("report #1 failed [0]") == wish.isReported)
        #expect(steps.last == "remove #1 incoming")
    }

    @Test func `a message that is too old is returned; a report that is too old is dropped`() {
        let scene = QueueScene { settings in
            settings.lifetime = 1000 * second
            settings.bounceLifetime = 500 * second
        }
        scene.admit(1, to: "alice@box.test")
        scene.admit(2, to: "bob@box.test", from: "")
        scene.endAll(.deferred)
        scene.pass(seconds: 300)
        scene.endAll(.deferred)
        _ = scene.lines()
        scene.pass(seconds: 300)
        scene.endAll(.deferred)
        #expect(scene.notes().contains("removed #2"))
        scene.pass(seconds: 600)
        scene.endAll(.deferred)
        #expect(
            scene.lines().suffix(4) == [
                "expired alice@box.test", "report #1 failed [0]", "removed #1", "remove #1 deferred",
            ]
        )
        #expect(scene.engine.messages.isEmpty)
    }

    @Test func `the sender hears of a delay once`() {
        let scene = QueueScene { $0.delayWarning = 400 * second }
        scene.admit(1, to: "alice@box.test", "bob@box.test", notify: [])
        scene.admit(2, to: "alice@box.test", notify: .failure)
        scene.endAll(.deferred)
        scene.pass(seconds: 300)
        scene.endAll(.deferred)
        #expect(!scene.steps().contains { $0.hasPrefix("report") })
        scene.pass(seconds: 300)
        scene.endAll(.deferred)
        let steps = scene.steps()
        #expect(steps.filter { $0.hasPrefix("report") } == ["report #1 delayed [0, 1]"])
        #expect(steps.contains("mark #1 delay"))
        scene.pass(seconds: 2000)
        scene.endAll(.deferred)
        #expect(!scene.steps().contains { $0.hasPrefix("report") })
    }

    @Test func `a message whose file is gone is forgotten, whatever it is about`() {
        let scene = QueueScene()
        scene.admit(1, to: "alice@box.test")
        scene.give(.vanished(QueueScene.id(1)))
        scene.give(.unreadable(delivery: scene.deliveries[0].number, "its queue file is gone"))
        #expect(scene.notes().suffix(1) == ["vanished #1"])
        scene.admit(2, to: "later@box.test")
        scene.give(.vanished(QueueScene.id(2)))
        #expect(scene.notes().suffix(1) == ["vanished #2"])
        scene.give(.vanished(QueueScene.id(2)))
        #expect(scene.engine.messages.isEmpty && scene.engine.activeCount == 0 && scene.engine.waitingCount == 0)
    }

    @Test func `a file without open recipients is removed, and one on hold is left alone`() {
        let scene = QueueScene()
        scene.give(.admitted(scene.mail(1, to: [])))
        #expect(scene.steps() == ["remove #1 incoming"])
        var held = scene.mail(2, to: ["alice@box.test"])
        held.folder = .hold
        scene.give(.admitted(held))
        scene.give(.flush)
        scene.pass(seconds: 10_000)
        #expect(scene.steps().isEmpty)
        #expect(scene.engine.place(of: held.id) == "hold")
    }

    @Test func `marks are written for what is done where removal is behind`() {
        let scene = QueueScene()
        scene.admit(1, to: "alice@box.test")
        _ = scene.lines()
        scene.engine.isRemovalBehind = true
        scene.end(.delivered)
        #expect(scene.steps() == ["mark #1 0=delivered", "remove #1 incoming"])
    }
}
