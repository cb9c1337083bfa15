// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import Logging
internal import MailQueue

/// What mailctl asks of the queue.
@Loop
struct AdministratorOrder {
    /// Messages that an order concerns before others have their turn.
    private static let slice = 200

    private let queue: Queue
    private let frames: FrameConnection

    init(_ queue: Queue, _ frames: FrameConnection) {
        self.queue = queue
        self.frames = frames
    }

    func carryOut(_ order: QueueOrder) async throws {
        switch order.action {
        case .list: try await list(order.queueIDs)
        case .flush where order.queueIDs.isEmpty:
            let count = queue.engine.waitingCount
            queue.give(.flush)
            frames.send(QueueOrderDone(count: count))
        case .status: frames.send(QueueOrderDone(count: queue.engine.messages.count))
        case .flush: await change(order, .flush)
        case .hold: await change(order, .hold)
        case .release: await change(order, .release)
        case .requeue: await change(order, .requeue)
        case .delete: await change(order, .delete)
        }
    }

    private func list(_ ids: [String]) async throws {
        let chosen: [QueueID]
        if ids.isEmpty {
            let all = Array(queue.engine.messages.keys)
            chosen = await offload { all.sorted() }
        } else {
            chosen = Set(ids.compactMap { QueueID($0) }).sorted()
        }
        var count = 0
        for id in chosen {
            guard let mail = queue.engine.mail(id), let place = queue.engine.place(of: id) else { continue }
            count += 1
            frames.send(mail.entry(state: place))
            try await frames.connection.drained()
            if count.isMultiple(of: Self.slice) { await Loop.yield() }
        }
        frames.send(QueueOrderDone(count: count))
    }

    private func change(_ order: QueueOrder, _ wanted: MessageOrder) async {
        var unknown: [String] = []
        var chosen: [QueueID] = []
        if order.queueIDs.isEmpty {
            chosen = Array(queue.engine.messages.keys)
        } else {
            for text in order.queueIDs {
                if let id = QueueID(text), queue.engine.mail(id) != nil {
                    chosen.append(id)
                } else {
                    unknown.append(text)
                }
            }
        }
        var concerned: [QueueID] = []
        for (number, id) in chosen.enumerated() {
            if queue.order(wanted, on: id) { concerned.append(id) }
            if number.isMultiple(of: Self.slice) { await Loop.yield() }
        }
        // "Done" means that the files are where they were wanted.
        for id in concerned { await queue.moveEnded(id) }
        frames.send(QueueOrderDone(count: concerned.count, unknown: unknown))
    }
}
