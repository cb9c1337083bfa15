// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IPC
internal import InternalProtocols
internal import Logging
internal import MailQueue

/// What mailctl asks of the queue.
@Loop
struct AdministratorOrder {
    private let queue: Queue
    private let frames: FrameConnection

    init(_ queue: Queue, _ frames: FrameConnection) {
        self.queue = queue
        self.frames = frames
    }

    func carryOut(_ order: QueueOrder) async throws {
        switch order.action {
        case .list: try await list(order.queueIDs)
        case .flush where order.queueIDs.isEmpty: frames.send(QueueOrderDone(count: queue.flush()))
        case .status: frames.send(QueueOrderDone(count: queue.messages.count))
        default: await change(order)
        }
    }

    private func list(_ ids: [String]) async throws {
        let wanted = Set(ids)
        let chosen = queue.messages.values.filter { wanted.isEmpty || wanted.contains($0.id.text) }
        for mail in chosen.sorted(by: { $0.id < $1.id }) {
            frames.send(mail.entry)
            try await frames.connection.drained()
        }
        frames.send(QueueOrderDone(count: chosen.count))
    }

    private func change(_ order: QueueOrder) async {
        var unknown: [String] = []
        var chosen: [QueuedMail] = []
        if order.queueIDs.isEmpty {
            chosen = Array(queue.messages.values)
        } else {
            for text in order.queueIDs {
                if let id = QueueID(text), let mail = queue.messages[id] {
                    chosen.append(mail)
                } else {
                    unknown.append(text)
                }
            }
        }
        var count = 0
        for mail in chosen where await Self.apply(order.action, to: mail, in: queue) { count += 1 }
        frames.send(QueueOrderDone(count: count, unknown: unknown))
    }

    /// Carries an order out on one message; on an active one when its deliveries have ended.
    ///
    /// - Returns: Whether it concerned the message.
    @discardableResult
    static func apply(_ action: QueueOrder.Action, to mail: QueuedMail, in queue: Queue) async -> Bool {
        if mail.isActive {
            guard action != .flush else { return false }
            mail.order = action
            return true
        }
        switch action {
        case .delete: queue.remove(mail)
        case .hold:
            guard mail.folder != .hold else { return false }
            return await move(mail, to: .hold, in: queue)
        case .release:
            guard mail.folder == .hold, await move(mail, to: .deferred, in: queue) else { return false }
            queue.activate(mail)
        case .requeue, .flush:
            if mail.folder == .hold {
                guard action == .requeue, await move(mail, to: .deferred, in: queue) else { return false }
            }
            queue.activate(mail)
        case .list, .status: return false
        }
        return true
    }

    private static func move(_ mail: QueuedMail, to folder: QueueFolder, in queue: Queue) async -> Bool {
        let directories = queue.manager.directories
        let (id, from) = (mail.id, mail.folder)
        // Not scheduled while its file is between two folders.
        mail.isActive = true
        defer { mail.isActive = false }
        do throws(QueueFileError) {
            try await offload { () throws(QueueFileError) in try directories.move(id, from: from, to: folder) }
            mail.folder = folder
            return true
        } catch {
            queue.log.error("\(id): cannot be moved to \(folder.rawValue): \(error)")
            return false
        }
    }
}
