// SPDX-License-Identifier: Apache-2.0
import MailEnvelope
import MailQueue
import TestSupport
import Testing

@testable import qmgr

/// Any order of events: nothing is lost, nothing stays behind.
@Suite struct RandomRoundTests {
    @Test("whatever happens, every message ends, and the tables are empty then", arguments: 1...12)
    func round(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let scene = QueueScene { settings in
            settings.activeLimit = Int.random(in: 1...40, using: &random)
            settings.delayWarning = 200 * second
            settings.transports["smtp"] = TransportSettings(
                processLimit: Int.random(in: 0...4, using: &random),
                recipientLimit: Int.random(in: 0...3, using: &random)
            )
        }
        scene.capacity = Int.random(in: 1...4, using: &random)
        let names = ["a", "b", "c", "refuse", "later", "nobody"]
        let hosts = ["box.test", "x.test", "y.test"]
        var number = 0
        for _ in 0..<1000 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<20:
                number += 1
                let recipients = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                    "\(names.randomElement(using: &random) ?? "a")@\(hosts.randomElement(using: &random) ?? "x.test")"
                }
                let notify: Recipient.Notify = Bool.random(using: &random) ? [.success, .failure] : []
                scene.give(.admitted(scene.mail(number, to: recipients, notify: notify)))
            case 20..<60: scene.end(.delivered)
            case 60..<66: scene.end(.deferred)
            case 66..<70: scene.end(.deferred, scope: .host)
            case 70: scene.end(.deferred, scope: .transport)
            case 71..<74: scene.end(.failed)
            case 74..<77: scene.end(.forwarded)
            case 77..<80:
                if let lost = scene.connections.randomElement(using: &random) { scene.lose(lost.agent) }
            case 80..<90: scene.pass(seconds: Int64.random(in: 0...400, using: &random))
            case 90..<94:
                let orders: [MessageOrder] = [.flush, .hold, .release, .requeue, .delete]
                scene.order(
                    orders.randomElement(using: &random) ?? .flush,
                    on: Int.random(in: 0...number, using: &random)
                )
            case 94: scene.give(.flush)
            case 95: scene.makesReports.toggle()
            case 96: scene.missing = Bool.random(using: &random) ? ["smtp"] : []
            case 97: scene.movesFiles.toggle()
            case 98: scene.give(.vanished(QueueScene.id(Int.random(in: 0...number, using: &random))))
            default:
                var settings = scene.engine.settings
                settings.transports["smtp"]?.processLimit = Int.random(in: 0...4, using: &random)
                settings.transports["smtp"]?.concurrency.limit = Int.random(in: 0...4, using: &random)
                scene.give(.configured(settings))
            }
            #expect(scene.engine.deliveries.count == scene.deliveries.count)
        }
        scene.makesReports = true
        scene.missing = []
        scene.movesFiles = true
        for held in 0...number { scene.order(.release, on: held) }
        // "later" stays until it is too old.
        for _ in 0..<150 where !scene.engine.messages.isEmpty {
            scene.endAll(.delivered)
            for id in scene.engine.messages.keys {
                scene.order(.release, on: Int(id.arrival - 1_000_000_000))
            }
            scene.pass(seconds: 4000)
        }
        let engine = scene.engine
        #expect(engine.messages.isEmpty, "\(engine.messages.values.map { ($0.id, $0.state) })")
        #expect(engine.activeCount == 0 && engine.waitingCount == 0)
        #expect(engine.deliveries.isEmpty && engine.destinations.isEmpty && engine.connecting.isEmpty)
        #expect(engine.transports.values.allSatisfy { $0.turns.isEmpty })
        #expect(engine.agents.count == scene.connections.count)
    }
}
