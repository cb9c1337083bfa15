// SPDX-License-Identifier: Apache-2.0
internal import FinalDelivery
internal import MailStore
internal import POSIX
internal import SystemPackage

/// Where the mail of the system's users goes: `home_mailbox` or `mail_spool_directory`.
struct UserMailboxes: Sendable {
    /// Why a user has no mailbox here: the sentence for the log.
    struct Refusal: Error, Sendable, Equatable {
        let text: String
    }

    private let settings: LocalSettings
    private let changesOwner: Bool

    /// Mailboxes by the settings; without `changesOwner` only those of the user that the process runs as.
    init(_ settings: LocalSettings, changesOwner: Bool) {
        self.settings = settings
        self.changesOwner = changesOwner
    }

    /// The user's mailbox, and the ids with which it is written; blocking.
    func target(_ user: Identity) throws(Refusal) -> DeliveryTarget {
        guard user.uid != 0 else {
            throw Refusal(text: "\(user.name) has no mailbox here: alias \(user.name) to a person in alias_maps")
        }
        guard !changesOwner || user.uid >= settings.minimumUID else {
            throw Refusal(
                text:
                    "\(user.name) has uid \(user.uid), below virtual_minimum_uid (\(settings.minimumUID)): alias \(user.name) to a person in alias_maps"
            )
        }
        guard changesOwner || user.uid == Identity.effectiveUser else {
            throw Refusal(text: "an instance that was started without root delivers to its own user only")
        }
        guard let (location, isInSpool) = Self.location(user, settings) else {
            throw Refusal(text: "user \(user.name) has no place for a mailbox")
        }
        let group = isInSpool ? (try? fileStatus(settings.spool)).flatMap(Self.spoolGroup) : nil
        return DeliveryTarget(
            location,
            owner: DeliveryTarget.Owner(uid: user.uid, gid: user.gid, spoolGroup: group),
            requiredFolder: settings.needsHome ? user.home : nil
        )
    }

    /// A user's mailbox, and whether it is in the spool.
    ///
    /// Nil where the user has none: without a home, or with a name that is no file name.
    static func location(_ user: Identity, _ settings: LocalSettings) -> (location: MailLocation, isInSpool: Bool)? {
        guard settings.homeMailbox.isEmpty else {
            guard user.home.hasPrefix("/") else { return nil }
            let path = user.home + (user.home.hasSuffix("/") ? "" : "/") + settings.homeMailbox
            return (MailLocation(mailbox: path), false)
        }
        guard !user.name.isEmpty, !user.name.utf8.contains(UInt8(ascii: "/")), user.name != ".", user.name != ".."
        else {
            return nil
        }
        let isMaildir = settings.spool.hasSuffix("/")
        return (
            MailLocation(mailbox: isMaildir ? "\(settings.spool)\(user.name)/" : "\(settings.spool)/\(user.name)"), true
        )
    }

    /// The group that a new mailbox in the spool gets, and with whose rights it is made.
    ///
    /// The folder's own (`mail`) where only that group may write, nil (the user's) where everybody may. A spool in which
    /// neither may make files takes mail only into mailboxes that are there.
    private static func spoolGroup(_ spool: FileStatus) -> UInt32? {
        spool.mode & 0o020 != 0 && spool.mode & 0o002 == 0 ? spool.group : nil
    }
}
