// SPDX-License-Identifier: Apache-2.0
internal import MailboxNames
internal import POSIX
internal import SystemPackage

/// Maildir++: INBOX is the root, mailbox `A/B` is the folder `.A.B` in it.
struct MaildirLayout: MailboxLayout {
    /// Folders being removed have names that no mailbox can have.
    private static let trashPrefix = "..relais-trash."

    let location: MailLocation

    let root: StoreRoot
    /// The folder of INBOX, where it is not the root.
    private let inbox: StoreRoot

    let subscriptions = "subscriptions"

    init(location: MailLocation, owner: UInt32) {
        self.location = location
        root = StoreRoot(path: location.root, owner: owner)
        inbox = StoreRoot(path: location.inbox, owner: owner)
    }

    func list() throws(StoreError) -> [MailboxName: Bool] {
        var found: [MailboxName: Bool] = [:]
        do throws(Errno) {
            let root = try root.open()
            for name in try root.names() where name.hasPrefix(".") {
                if name.hasPrefix(Self.trashPrefix) {
                    // Left over from a removal that was interrupted.
                    removeFolder(name, in: root)
                } else if let mailbox = mailbox(of: name), isFolder(name, in: root) {
                    found[mailbox] = true
                }
            }
        } catch {
            guard error == .noSuchFileOrDirectory else {
                throw StoreError(.system(error), action: "list mailboxes", subject: location.root)
            }
        }
        return found
    }

    func exists(_ name: MailboxName) -> Bool {
        guard let folder = try? openFolder(of: name) else { return false }
        return (try? folder.status(of: "cur"))?.kind == .directory
    }

    private func openFolder(of name: MailboxName) throws(Errno) -> Descriptor {
        name == .inbox ? try inbox.open() : try root.folder([folder(of: name)])
    }

    func create(_ name: MailboxName) throws(StoreError) {
        try storing("create mailbox", path(of: name)) { () throws(Errno) in
            if name == .inbox { return try makeMaildir(in: try inbox.make()) }
            try makeMaildir(in: try root.make())
            let folder = try root.makeFolder([folder(of: name)])
            try makeMaildir(in: folder)
            // Delivery agents take this as the sign of a folder that is not a user's INBOX (Maildir++).
            _ = try? folder.open("maildirfolder", .createNew)
        }
        // UIDVALIDITY is given now, so that it is one that no earlier mailbox of the name has had.
        _ = try open(name, text: name.text(separator: "."), readOnly: false).synchronise()
    }

    func delete(_ name: MailboxName) throws(StoreError) {
        try storing("delete mailbox", path(of: name)) { () throws(Errno) in
            let root = try root.open()
            let trash = "\(Self.trashPrefix)\(processID).\(String(decoding: hex(randomBytes(8)), as: UTF8.self))"
            try root.renameNew(folder(of: name), to: trash, in: root)
            try synchronizeDirectory(root)
            removeFolder(trash, in: root)
        }
    }

    func rename(_ name: MailboxName, to newName: MailboxName) throws(StoreError) {
        let below = try list().keys.filter { $0.isBelow(name) }
        try storing("rename mailbox", path(of: name)) { () throws(Errno) in
            let root = try root.open()
            if exists(name) { try root.renameNew(folder(of: name), to: folder(of: newName), in: root) }
            for child in below {
                let levels = newName.levels + child.levels.dropFirst(name.levels.count)
                try root.renameNew(folder(of: child), to: folder(of: MailboxName(checked: levels)), in: root)
            }
            try synchronizeDirectory(root)
        }
    }

    func open(_ name: MailboxName, text: String, readOnly: Bool) throws(StoreError) -> Mailbox {
        let path = path(of: name)
        let directories: MaildirDirectories
        do throws(Errno) {
            directories = try MaildirDirectories.open(path, try openFolder(of: name))
        } catch {
            let isMissing = error == .noSuchFileOrDirectory
            throw StoreError(isMissing ? .noSuchMailbox : .system(error), action: "open mailbox", subject: text)
        }
        return Mailbox(
            name: text,
            isReadOnly: readOnly,
            watchedPaths: [path + "/new", path + "/cur"],
            backend: MaildirBox(
                directories: directories,
                name: text,
                readOnly: readOnly,
                validity: UIDValiditySource(root: root),
                index: .shared(root: location.root)
            )
        )
    }

    private func folder(of name: MailboxName) -> String {
        "." + name.levels.map(ModifiedUTF7.encode).joined(separator: ".")
    }

    func path(of name: MailboxName) -> String {
        name == .inbox ? location.inbox : location.root + "/" + folder(of: name)
    }

    /// The mailbox of a folder; nil where its name is none that we would give, such as one that hides another.
    private func mailbox(of folder: String) -> MailboxName? {
        let levels = folder.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
            .map { ModifiedUTF7.decode(String($0)) }
        let text = levels.compactMap { $0 }.joined(separator: ".")
        guard !levels.contains(nil), let name = try? MailboxName(text, separator: ".", format: .maildir),
            name != .inbox, self.folder(of: name) == folder
        else { return nil }
        return name
    }

    private func isFolder(_ name: String, in root: borrowing Descriptor) -> Bool {
        guard let folder = try? root.open(name, .directoryNoFollow) else { return false }
        return (try? folder.status(of: "cur"))?.kind == .directory
    }

    /// Removes a Maildir with all that is in it; what fails is tried again at the next listing.
    private func removeFolder(_ name: String, in root: borrowing Descriptor) {
        guard let folder = try? root.open(name, .directoryNoFollow) else {
            try? root.remove(name)
            return
        }
        for entry in (try? folder.names()) ?? [] {
            if let inner = try? folder.open(entry, .directoryNoFollow) {
                for file in (try? inner.names()) ?? [] { try? inner.remove(file) }
                try? folder.removeDirectory(entry)
            } else {
                try? folder.remove(entry)
            }
        }
        try? root.removeDirectory(name)
    }
}
