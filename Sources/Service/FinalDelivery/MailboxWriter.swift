// SPDX-License-Identifier: Apache-2.0
package import EventLoop
package import MailStore
internal import POSIX
package import Service
internal import SystemPackage

/// Writes messages to mailboxes as their owners, durably.
@Loop
package final class MailboxWriter {
    /// With which rights a mailbox is written.
    package enum Identities: Sendable, Equatable {
        /// Those of the process: it is the owner of all mailboxes.
        case own
        /// A thread takes the file-system ids of each mailbox's owner, and gives them back afterwards.
        case ofEachOwner
    }

    private let delivery: MailDelivery
    private let identities: Identities
    private let flushes = SharedFlush()

    package init(_ delivery: MailDelivery, _ identities: Identities) {
        self.delivery = delivery
        self.identities = identities
        // A locked mailbox holds a thread for as long as deliver_lock_attempts say.
        Offload.shared.setLimit(32)
    }

    /// Writes the message to the target's mailbox; when this returns, it survives a power cut.
    ///
    /// - Returns: what was delivered to, for the log.
    /// - Throws: why the message is not in the mailbox.
    package func write(
        _ message: DeliveredMessage,
        from file: SharedMessage,
        to target: DeliveryTarget
    ) async throws(DeliveryFailure) -> String {
        let storage = MailStorage(location: target.location, owner: target.owner.uid)
        let (delivery, actingAsOwner) = (delivery, actingAsOwner(target.owner))
        let place = { @Sendable () throws(DeliveryFailure) in
            try actingAsOwner { () throws(DeliveryFailure) in
                if let folder = target.requiredFolder { try Self.check(folder) }
                let appended = try storage.append(
                    message,
                    from: file.descriptor,
                    to: target.folder,
                    flags: target.flags,
                    date: Clock.wall / 1_000_000_000,
                    group: target.owner.spoolGroup,
                    by: delivery
                )
                guard case .owing(let placed) = appended, !placed.sharesFlushes else { return appended }
                try placed.flush()
                return .durable
            }
        }
        // What takes some microseconds in the page cache is not worth the way over another thread.
        let isQuick =
            identities == .own && target.requiredFolder == nil
            && storage.isQuick(length: message.length, folder: target.folder, by: delivery)
        let appended = isQuick ? try place() : try await offload(place)
        if case .owing(let placed) = appended {
            try await flushes.carryOut { () throws(DeliveryFailure) in
                _ = try actingAsOwner { () throws(DeliveryFailure) in
                    try placed.flush()
                    return .durable
                }
            }
        }
        return target.location.format == .maildir ? "delivered to maildir" : "delivered to mailbox"
    }

    private typealias Work = () throws(DeliveryFailure) -> AppendedMessage

    /// What does its work with the owner's file-system ids, where the process is not the owner.
    ///
    /// The threads of the pool do other work too, and must do it as themselves.
    private func actingAsOwner(
        _ owner: DeliveryTarget.Owner
    ) -> @Sendable (Work) throws(DeliveryFailure) -> AppendedMessage {
        guard identities == .ofEachOwner else { return { work throws(DeliveryFailure) in try work() } }
        return { work throws(DeliveryFailure) in
            defer { Self.resign() }
            do throws(Errno) {
                try Privileges.setFileSystemIdentity(uid: owner.uid, gid: owner.spoolGroup ?? owner.gid)
            } catch {
                throw DeliveryFailure(.system(error), action: "become uid \(owner.uid)", path: "")
            }
            return try work()
        }
    }

    private nonisolated static func resign() {
        // It cannot fail: these are the thread's own effective ids.
        try? Privileges.setFileSystemIdentity(uid: Identity.effectiveUser, gid: Identity.effectiveGroup)
    }

    private nonisolated static func check(_ folder: String) throws(DeliveryFailure) {
        do throws(Errno) {
            _ = try fileStatus(folder)
        } catch {
            throw DeliveryFailure(.system(error), action: "access home directory", path: folder)
        }
    }
}
