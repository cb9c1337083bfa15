// SPDX-License-Identifier: Apache-2.0
internal import MailQueue

/// What administrators order, and what they see.
extension QueueEngine {
    /// Tries everything again now (`mailctl queue flush`), in slices; what was given up for a while is forgotten.
    func flush() {
        flushes += 1
        for transport in transports.values {
            transport.deadUntil = .min
            transport.connectAfter = .min
            putInLine(transport)
        }
        due.flush()
    }

    /// - Returns: Whether the order concerns the message.
    func apply(_ order: MessageOrder, to message: Message) -> Bool {
        switch (message.state, order) {
        case (.active, .flush), (.ending, .flush), (.moving, .flush), (.onHold, .flush), (.onHold, .hold):
            return false
        case (.active, _), (.ending, _), (.moving, _):
            message.pending = order
        case (_, .delete): remove(message)
        case (.waiting, .hold): move(message, to: .hold)
        case (.waiting, .release): return false
        case (.waiting, .flush), (.waiting, .requeue): wait(message, until: 0)
        case (.onHold, .release), (.onHold, .requeue): move(message, to: .deferred)
        }
        return true
    }

    private func move(_ message: Message, to folder: QueueFolder) {
        change(message, to: .moving(to: folder))
        actions.append(.move(message.id, from: message.mail.folder, to: folder))
    }

    /// A file was moved for an administrator.
    func finishMove(_ message: Message, to folder: QueueFolder, _ succeeded: Bool) {
        guard !message.isGone else { return drop(message) }
        if succeeded { message.mail.folder = folder }
        if message.mail.folder == .hold {
            change(message, to: .onHold)
        } else {
            wait(message, until: succeeded ? 0 : message.mail.nextAttempt)
        }
        guard let order = message.pending else { return }
        message.pending = nil
        _ = apply(order, to: message)
    }

    // MARK: Looking

    /// A message as it is now.
    func mail(_ id: QueueID) -> QueuedMail? { messages[id]?.mail }

    /// What a list shows of a message's place: `active`, or its folder.
    func place(of id: QueueID) -> String? {
        messages[id].map { $0.isActive ? "active" : $0.mail.folder.rawValue }
    }

    /// Whether the file of a message is on its way for an administrator.
    func isMoving(_ id: QueueID) -> Bool {
        if case .moving = messages[id]?.state { return true }
        return false
    }
}
