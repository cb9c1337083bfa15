// SPDX-License-Identifier: Apache-2.0
import MailEnvelope
import MailQueue
import Testing

@testable import qmgr

/// What administrators order.
@Suite struct OrderTests {
    /// A message whose pass is under way.
    private func active() -> QueueScene {
        let scene = QueueScene()
        scene.admit(1, to: "alice@box.test")
        _ = scene.lines()
        return scene
    }

    @Test func `an active message is held when its pass has ended`() {
        let scene = active()
        #expect(scene.order(.hold, on: 1))
        #expect(scene.engine.place(of: QueueScene.id(1)) == "active")
        scene.end(.deferred)
        #expect(scene.steps() == ["mark #1 0=deferred", "move #1 incoming>deferred", "move #1 deferred>hold"])
        #expect(scene.engine.place(of: QueueScene.id(1)) == "hold")
        #expect(!scene.order(.hold, on: 1))
        #expect(!scene.order(.flush, on: 1))
        scene.pass(seconds: 10_000)
        #expect(scene.steps().isEmpty)
        #expect(scene.order(.release, on: 1))
        #expect(
            scene.steps() == ["move #1 hold>deferred", "resolve #1 [0]", "deliver #1 [0] by virtual to box.test"]
        )
    }

    @Test func `an active message is deleted when its pass has ended, delivered or not`() {
        let scene = active()
        #expect(scene.order(.delete, on: 1))
        scene.end(.deferred)
        #expect(scene.steps().last == "remove #1 deferred")
        let other = active()
        #expect(other.order(.delete, on: 1))
        other.end(.delivered)
        #expect(other.steps() == ["remove #1 incoming"])
        #expect(scene.engine.messages.isEmpty && other.engine.messages.isEmpty)
    }

    @Test func `a waiting message is tried at once, held or deleted`() {
        let scene = active()
        scene.end(.deferred)
        #expect(!scene.order(.release, on: 1))
        _ = scene.lines()
        #expect(scene.order(.flush, on: 1))
        #expect(scene.steps() == ["resolve #1 [0]", "deliver #1 [0] by virtual to box.test"])
        #expect(!scene.order(.flush, on: 1))
        scene.end(.deferred)
        #expect(scene.order(.requeue, on: 1))
        scene.end(.deferred)
        _ = scene.lines()
        #expect(scene.order(.hold, on: 1))
        #expect(scene.steps() == ["move #1 deferred>hold"])
        #expect(scene.order(.delete, on: 1))
        #expect(scene.steps() == ["remove #1 hold"])
        #expect(!scene.order(.delete, on: 1))
        // Its old times mean nothing any more.
        scene.pass(seconds: 10_000)
        #expect(scene.steps().isEmpty)
    }

    @Test func `where a file cannot be moved the message stays as it is`() {
        let scene = active()
        scene.end(.deferred)
        scene.movesFiles = false
        #expect(scene.order(.hold, on: 1))
        #expect(scene.engine.place(of: QueueScene.id(1)) == "deferred")
        _ = scene.lines()
        scene.pass(seconds: 300)
        #expect(scene.steps() == ["resolve #1 [0]", "deliver #1 [0] by virtual to box.test"])
    }

    @Test func `what is ordered while a file moves is done afterwards`() {
        let engine = QueueEngine(QueueSettings())
        let scene = QueueScene()
        var mail = scene.mail(1, to: ["alice@box.test"])
        mail.nextAttempt = scene.now + 100 * second
        _ = engine.handle(.admitted(mail), at: scene.now)
        #expect(engine.carryOut(.hold, on: mail.id, at: scene.now).actions.count == 1)
        #expect(engine.isMoving(mail.id))
        #expect(engine.carryOut(.delete, on: mail.id, at: scene.now).isConcerned)
        let actions = engine.handle(.moved(mail.id, succeeded: true), at: scene.now)
        #expect(actions.map(QueueScene.line) == ["removed #1", "remove #1 hold"])
    }

    @Test func `orders are answered while a thousand messages are active`() {
        let scene = QueueScene()
        for number in 0..<2000 { scene.admit(number, to: "user\(number)@box.test") }
        #expect(scene.engine.activeCount == 2000)
        #expect(scene.order(.hold, on: 1999))
        #expect(scene.engine.mail(QueueScene.id(1000)) != nil)
        scene.endAll(.delivered)
        #expect(scene.engine.messages.isEmpty)
    }

    @Test func `a thousand flushes of the same message leave no heap of old times`() {
        let scene = active()
        for _ in 0..<5000 {
            scene.end(.deferred)
            scene.order(.flush, on: 1)
        }
        #expect(scene.engine.due.count < 3000)
    }

    @Test func `who retires begins nothing, ends what is under way, and leaves the rest as it is`() {
        let scene = QueueScene { $0.transports["virtual"]?.processLimit = 1 }
        scene.capacity = 2
        for number in 0..<10 { scene.admit(number, to: "user\(number)@box.test") }
        var list = scene.mail(20, to: (0..<5).map { "user\($0)@a.test" })
        list.nextAttempt = scene.now + 60 * second
        scene.give(.admitted(list))
        _ = scene.lines()
        scene.give(.retire)
        // Messages without a delivery under way are left at once, and not counted as tried.
        #expect(scene.engine.activeCount == 2)
        #expect(scene.steps().isEmpty)
        scene.end(.delivered)
        scene.end(.deferred)
        #expect(scene.steps() == ["remove #0 incoming", "mark #1 0=deferred", "move #1 incoming>deferred"])
        #expect(scene.engine.activeCount == 0)
        scene.admit(30, to: "user@box.test")
        scene.pass(seconds: 1000)
        #expect(scene.steps().isEmpty)
    }
}
