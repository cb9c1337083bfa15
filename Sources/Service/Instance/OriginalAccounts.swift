// SPDX-License-Identifier: Apache-2.0
internal import MailConfiguration
internal import POSIX

/// What the names of Postfix' and Dovecot's own accounts mean in a configuration where no such account exists.
enum OriginalAccounts {
    private static let roles: [String: AccountRole] = [
        "postfix": .mailOwner, "dovecot": .secrets, "dovenull": .login,
    ]
    /// Where distributions put Postfix' master.
    private static let postfixMasters = [
        "/usr/lib/postfix/sbin/master", "/usr/libexec/postfix/master", "/usr/lib/postfix/master",
        "/usr/lib/postfix/bin/master",
    ]

    /// The account that a user's name means; nil for any other name.
    static func user(_ name: String, _ accounts: Accounts) -> Identity? {
        roles[name].map { accounts[$0] }
    }

    /// The group that a group's name means; nil for any other name.
    static func group(_ name: String, _ accounts: Accounts) -> UInt32? {
        name == "postdrop" ? accounts.dropGroup : roles[name].map { accounts[$0].gid }
    }

    /// Whether a Postfix is installed, which then owns its folders and sockets.
    static func hasPostfix() -> Bool {
        postfixMasters.contains { (try? fileStatus($0))?.kind == .regular }
    }
}
