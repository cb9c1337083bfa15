// SPDX-License-Identifier: Apache-2.0
import MailEnvelope
import MailQueue
import Testing

@testable import qmgr

/// NOTIFY=SUCCESS of RFC 3461.
@Suite struct SuccessReportTests {
    @Test(
        "a delivery is reported to who asked for it",
        arguments: [
            PassTests.Wish("s@example.org", .success, true),
            PassTests.Wish("s@example.org", [.success, .failure, .delay], true),
            PassTests.Wish("s@example.org", [], false), PassTests.Wish("s@example.org", .failure, false),
            PassTests.Wish("s@example.org", .never, false), PassTests.Wish("", .success, false),
        ]
    )
    func success(wish: PassTests.Wish) {
        let scene = QueueScene()
        scene.admit(1, to: "alice@box.test", from: wish.sender, notify: wish.notify)
        _ = scene.lines()
        scene.end(.delivered)
        let expected =
            wish.isReported
            ? ["mark #1 0=deliveredUnreported", "report #1 delivered [0]", "mark #1 0=delivered", "remove #1 incoming"]
            : ["remove #1 incoming"]
        #expect(scene.steps() == expected)
    }

    @Test func `an alias is reported as expanded and a mailbox as delivered, in one report`() {
        let scene = QueueScene()
        scene.admit(1, to: "alice@box.test", "list@box.test", notify: .success)
        _ = scene.lines()
        scene.end(.delivered)
        scene.end(.forwarded)
        #expect(
            scene.steps() == [
                "mark #1 0=deliveredUnreported", "mark #1 1=expandedUnreported", "report #1 delivered [0, 1]",
                "mark #1 0=delivered 1=expanded", "remove #1 incoming",
            ]
        )
    }

    @Test func `a report that cannot be made is owed, and the delivery is not repeated`() {
        let scene = QueueScene()
        scene.makesReports = false
        scene.admit(1, to: "alice@box.test", "bob@box.test", notify: .success)
        scene.end(.delivered)
        _ = scene.lines()
        scene.end(.deferred)
        #expect(
            scene.steps() == [
                "report #1 delivered [0]", "mark #1 0=deliveredUnreported 1=deferred", "move #1 incoming>deferred",
            ]
        )
        scene.makesReports = true
        scene.pass(seconds: 300)
        #expect(scene.steps() == ["resolve #1 [1]", "deliver #1 [1] by virtual to box.test"])
        scene.end(.delivered)
        #expect(
            scene.steps() == [
                "mark #1 1=deliveredUnreported", "report #1 delivered [0, 1]", "mark #1 0=delivered 1=delivered",
                "remove #1 deferred",
            ]
        )
    }

    @Test func `after a restart what was delivered is reported only, and what was reported is not reported again`() {
        let scene = QueueScene()
        var mail = scene.mail(1, to: ["alice@box.test"], notify: Recipient.Notify.success)
        mail.recipients[0].state = .deliveredUnreported
        mail.recipients[0].attempts = 1
        scene.give(.admitted(mail))
        #expect(scene.steps() == ["report #1 delivered [0]", "mark #1 0=delivered", "remove #1 incoming"])
        // What is marked as done does not come to the engine.
        var other = scene.mail(2, to: ["alice@box.test", "bob@box.test"], notify: .success)
        other.recipients.removeFirst()
        scene.give(.admitted(other))
        scene.end(.delivered)
        #expect(scene.steps().filter { $0.hasPrefix("report") } == ["report #2 delivered [1]"])
    }
}
