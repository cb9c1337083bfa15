// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// The folder `cur/` of a Maildir, for a message that is delivered with flags.
final class MaildirCur: Sendable {
    let folder: Descriptor
    private let flags: MessageFlags

    /// Opens the folder; links, and a folder that is not the owner's, are refused.
    init(path: String, owner: UInt32, flags: MessageFlags) throws(Errno) {
        self.flags = flags
        folder = try openMaildirPart("cur", in: try openOwnedFolder(path, owner: owner))
        guard try folder.status().owner == owner else { throw .permissionDenied }
    }

    /// The name of a file with the flags in it.
    func name(_ base: String) -> String {
        let bytes = Array(base.utf8)
        let named = MaildirFileName.name(bytes[...], baseLength: bytes.count, flags: flags, keywords: 0)
        return String(decoding: named, as: UTF8.self)
    }
}
