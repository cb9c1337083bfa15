// SPDX-License-Identifier: Apache-2.0
package import POSIX
package import SystemPackage

/// The folder in which INBOX lies among those of other users (`/var/mail`).
///
/// It is opened while the process may still look anywhere, and everything in it is reached through that descriptor. The
/// group that may write in it (`mail_privileged_group`) is taken for two acts only: for the lock file of INBOX, and for
/// making INBOX.
package final class SpoolFolder: Sendable {
    /// The path, as the location of mail has it.
    package let path: String
    let descriptor: Descriptor
    /// The group for those two acts; nil where the user's own rights do.
    package let group: UInt32?

    /// Opens the folder at a path on which only links of the system are followed.
    ///
    /// - Parameters:
    ///   - path: the folder.
    ///   - privilegedGroup: `mail_privileged_group`; left alone where the folder is not that group's to write in.
    /// - Throws: Why it cannot be opened.
    package init(path: String, privilegedGroup: UInt32?) throws(Errno) {
        self.path = path
        descriptor = try .openTrustedFolder(path)
        let status = try descriptor.status()
        group = status.group == privilegedGroup && status.mode & 0o020 != 0 ? privilegedGroup : nil
    }

    /// Whether a name in the folder means another file than it did, or has come or gone: `file` is what it meant.
    package func hasChanged(_ name: String, since file: FileStatus?) -> Bool {
        let current = try? descriptor.status(of: name)
        return current?.inode != file?.inode || current?.device != file?.device
    }

    /// What a name in the folder means; nil where it is nothing.
    package func status(of name: String) -> FileStatus? {
        try? descriptor.status(of: name)
    }

    /// Makes an mbox that is not there, mode 0600; what has the name already stays.
    package func makeMailbox(_ name: String) throws(Errno) {
        guard status(of: name) == nil else { return }
        do throws(Errno) {
            try acting(as: group) { () throws(Errno) in try descriptor.open(name, .mark, permissions: 0o600).close() }
            try synchronizeDirectory(descriptor)
        } catch {
            guard error == .fileExists else { throw error }
        }
    }
}

/// Runs `body` with a group in the calling thread, or with the thread's own.
func acting<R: ~Copyable>(as group: UInt32?, _ body: () throws(Errno) -> R) throws(Errno) -> R {
    guard let group else { return try body() }
    return try Privileges.asGroup(group, body)
}
