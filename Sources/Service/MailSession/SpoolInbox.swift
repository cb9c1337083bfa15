// SPDX-License-Identifier: Apache-2.0
internal import MailStore
internal import POSIX
internal import SystemPackage

/// INBOX of the user of a process, in a folder with those of others.
final class SpoolInbox {
    let path: String
    let folder: SpoolFolder
    private let name: String
    /// The file as it was when the sandbox was made.
    private var file: FileStatus?

    /// Opens the folder, before the process is the user.
    init(_ path: String, privilegedGroup: UInt32?) throws(Errno) {
        self.path = path
        name = path.split(separator: "/").last.map(String.init) ?? ""
        folder = try SpoolFolder(path: UserRoot.parent(of: path), privilegedGroup: privilegedGroup)
    }

    /// Makes INBOX where it is not there, as the user, and notes which file it is; where it cannot be made, a command of
    /// the session says why.
    func settle() {
        try? folder.makeMailbox(name)
        file = folder.status(of: name)
    }

    /// Whether the name means another file than it did, or none.
    var isReplaced: Bool { folder.hasChanged(name, since: file) }
}
