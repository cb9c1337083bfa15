// SPDX-License-Identifier: Apache-2.0
package import MailStore

/// A user whose mail is served: the name, the home folder and the mailboxes.
package struct MailUser: Sendable {
    /// The name that auth gave, as in log lines.
    package let name: String
    package let home: String
    /// The mailboxes; its methods block.
    package let storage: MailStorage

    package init(name: String, home: String, storage: MailStorage) {
        self.name = name
        self.home = home
        self.storage = storage
    }
}

/// What decides which process serves a user: the identity, and the folders it may reach.
///
/// All virtual users of one uid below one folder share a process; a system user has one of his own.
package struct ProcessKey: Equatable, Sendable {
    package let uid: UInt32
    package let gid: UInt32
    package let groups: [UInt32]
    /// The topmost folder that belongs to the uid, above the home folder or the home folder itself.
    package let root: String
    /// Folders of mail that lie elsewhere.
    package let others: [String]
    /// The path of an INBOX in a folder that is not the user's: only this file of the folder is reached.
    package let spoolInbox: String?

    /// The name of the socket on which the process takes sessions over: `imap.5000.8c1f6f9b3d5e7a10`.
    package func socketName(service: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let parts =
            ["\(uid)", "\(gid)", groups.map(String.init).joined(separator: ","), root] + others
            + (spoolInbox.map { ["INBOX", $0] } ?? [])
        // FNV-1a: names only; whoever connects says who the user is, and the process checks it against its own key.
        for byte in parts.joined(separator: "\0").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return "\(service).\(uid)." + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
