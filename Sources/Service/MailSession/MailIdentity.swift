// SPDX-License-Identifier: Apache-2.0

/// A user as the userdb describes it, completed with the configured defaults.
package struct MailIdentity: Sendable, Equatable {
    package var name: String
    package var uid: Int
    package var gid: Int
    package var groups: [Int]
    package var home: String
    /// `maildir:~/Maildir`, empty for the configured one.
    package var mail: String
    /// The system user whose further groups count (`system_groups_user`); nil without.
    package var groupsUser: String?

    package init(
        name: String,
        uid: Int,
        gid: Int,
        groups: [Int],
        home: String,
        mail: String,
        groupsUser: String? = nil
    ) {
        self.name = name
        self.uid = uid
        self.gid = gid
        self.groups = groups
        self.home = home
        self.mail = mail
        self.groupsUser = groupsUser
    }
}
