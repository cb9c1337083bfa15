// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import MailStore
internal import POSIX
internal import SystemPackage

/// Puts messages into users' mailboxes as the user; blocking, for offloaded threads.
struct MailboxWriter: Sendable {
    private let settings: LocalSettings
    private let changesOwner: Bool
    private let maildirs: MaildirDelivery
    private let spoolBoxes: MboxDelivery
    private let homeBoxes: MboxDelivery

    /// A writer; without `changesOwner` it only delivers to the user it runs as.
    init(_ settings: LocalSettings, changesOwner: Bool) {
        self.settings = settings
        self.changesOwner = changesOwner
        maildirs = MaildirDelivery(sizeLimit: settings.sizeLimit)
        spoolBoxes = MboxDelivery(locking: settings.locking, sizeLimit: settings.sizeLimit)
        homeBoxes = MboxDelivery(
            locking: MboxLocking(
                methods: settings.locking.methods,
                patience: settings.locking.patience,
                dotlockMayFail: true
            ),
            sizeLimit: settings.sizeLimit
        )
    }

    /// A message for one mailbox.
    struct Message: Sendable {
        let sender: String
        /// Lines in front.
        let header: [UInt8]
        let contentOffset: Int
        let contentLength: Int
    }

    /// Why nothing was delivered, beyond what the mailbox says.
    enum Refusal: Error, Sendable, Equatable {
        case mailbox(DeliveryFailure)
        /// The mailbox cannot be served by this process: the sentence for the log.
        case policy(String)
    }

    /// Delivers; returns the kind of mailbox for the log.
    func deliver(_ message: Message, _ file: borrowing Descriptor, to user: Identity) throws(Refusal) -> String {
        guard user.uid != 0 else {
            throw .policy("\(user.name) has no mailbox here: alias \(user.name) to a person in alias_maps")
        }
        guard !changesOwner || user.uid >= settings.minimumUID else {
            throw .policy(
                "\(user.name) has uid \(user.uid), below virtual_minimum_uid (\(settings.minimumUID)): alias \(user.name) to a person in alias_maps"
            )
        }
        guard changesOwner || user.uid == Identity.effectiveUser else {
            throw .policy("an instance that was started without root delivers to its own user only")
        }
        guard let (mailbox, isInSpool) = UserMailbox.of(user, settings) else {
            throw .policy("user \(user.name) has no place for a mailbox")
        }
        let group = isInSpool ? (try? fileStatus(settings.spool)).flatMap(UserMailbox.spoolGroup) : nil
        do throws(DeliveryFailure) {
            try become(user.uid, group ?? user.gid)
            // The threads of the pool do other work too, and must do it as themselves.
            defer { resign() }
            if settings.needsHome { try checkHome(user) }
            return try put(message, file, mailbox, user, group)
        } catch {
            throw .mailbox(error)
        }
    }

    private func put(
        _ message: Message,
        _ file: borrowing Descriptor,
        _ mailbox: UserMailbox,
        _ user: Identity,
        _ group: UInt32?
    ) throws(DeliveryFailure) -> String {
        switch mailbox {
        case .maildir(let path):
            _ = try maildirs.deliver(
                file,
                offset: message.contentOffset,
                length: message.contentLength,
                header: message.header,
                to: path,
                owner: user.uid
            )
            return "delivered to maildir"
        case .mbox(let path):
            try (settings.homeMailbox.isEmpty ? spoolBoxes : homeBoxes).deliver(
                file,
                offset: message.contentOffset,
                length: message.contentLength,
                header: message.header,
                to: path,
                envelope: MboxDelivery.Envelope(
                    sender: message.sender,
                    time: Clock.wall / 1_000_000_000,
                    owner: user.uid,
                    group: group
                )
            )
            return "delivered to mailbox"
        }
    }

    private func checkHome(_ user: Identity) throws(DeliveryFailure) {
        do throws(Errno) {
            _ = try fileStatus(user.home)
        } catch {
            throw DeliveryFailure(.system(error), action: "access home directory", path: user.home)
        }
    }

    private func become(_ uid: UInt32, _ gid: UInt32) throws(DeliveryFailure) {
        guard changesOwner else { return }
        do throws(Errno) {
            try Privileges.setFileSystemIdentity(uid: uid, gid: gid)
        } catch {
            resign()
            throw DeliveryFailure(.system(error), action: "become uid \(uid)", path: "")
        }
    }

    private func resign() {
        guard changesOwner else { return }
        // It cannot fail: these are the thread's own effective ids.
        try? Privileges.setFileSystemIdentity(uid: Identity.effectiveUser, gid: Identity.effectiveGroup)
    }
}
