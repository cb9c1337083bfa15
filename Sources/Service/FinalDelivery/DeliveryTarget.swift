// SPDX-License-Identifier: Apache-2.0
package import MailStore

/// The mailbox that a message is written to.
package struct DeliveryTarget: Sendable, Equatable {
    /// Whose the mailbox is.
    package struct Owner: Sendable, Equatable {
        package let uid: UInt32
        package let gid: UInt32
        /// The group of a spool that only it may write to: new mailboxes get it, with mode 0600.
        package let spoolGroup: UInt32?

        package init(uid: UInt32, gid: UInt32, spoolGroup: UInt32? = nil) {
            self.uid = uid
            self.gid = gid
            self.spoolGroup = spoolGroup
        }
    }

    package let location: MailLocation
    package let owner: Owner
    /// A mailbox of the location, by name.
    package var folder = "INBOX"
    package var flags: MessageFlags = []
    /// A folder that must be there before anything is made (`require_home_directory`).
    package var requiredFolder: String?

    package init(_ location: MailLocation, owner: Owner, requiredFolder: String? = nil) {
        self.location = location
        self.owner = owner
        self.requiredFolder = requiredFolder
    }
}
