// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// Where a user's mail goes, and with which ids.
enum UserMailbox: Sendable, Equatable {
    case maildir(String)
    case mbox(String)

    /// A user's mailbox by `home_mailbox` and `mail_spool_directory`, and whether it is in the spool.
    ///
    /// Nil where the user has none: without a home, or with a name that is no file name.
    static func of(_ user: Identity, _ settings: LocalSettings) -> (mailbox: UserMailbox, isInSpool: Bool)? {
        guard settings.homeMailbox.isEmpty else {
            guard user.home.hasPrefix("/") else { return nil }
            let path = user.home + (user.home.hasSuffix("/") ? "" : "/") + settings.homeMailbox
            return (path.hasSuffix("/") ? .maildir(path) : .mbox(path), false)
        }
        guard !user.name.isEmpty, !user.name.utf8.contains(UInt8(ascii: "/")), user.name != ".", user.name != ".."
        else {
            return nil
        }
        guard settings.spool.hasSuffix("/") else { return (.mbox("\(settings.spool)/\(user.name)"), true) }
        return (.maildir("\(settings.spool)\(user.name)/"), true)
    }

    /// The group that a new mailbox in the spool gets, and with whose rights it is made.
    ///
    /// The folder's own (`mail`) where only that group may write, nil (the user's) where everybody may.
    ///
    /// A spool in which neither may make files takes mail only into mailboxes that are there.
    static func spoolGroup(_ spool: FileStatus) -> UInt32? {
        spool.mode & 0o020 != 0 && spool.mode & 0o002 == 0 ? spool.group : nil
    }
}
