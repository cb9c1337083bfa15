// SPDX-License-Identifier: Apache-2.0
internal import MailboxNames
internal import POSIX
internal import SystemPackage

/// A file for each mailbox: `A/B` is the file `B` in the folder `A` below the root; INBOX lies by itself.
///
/// A mailbox is a file or a folder, so none that has messages can have others below it.
struct MboxLayout: MailboxLayout {
    /// How many mailboxes are listed.
    private static let listLimit = 100_000

    let location: MailLocation
    let locking: MboxLocking
    let root: StoreRoot
    private let inbox: MboxPlace

    let subscriptions = ".subscriptions"

    /// Mailboxes at a location; with a `spool`, INBOX is reached through it alone.
    init(location: MailLocation, locking: MboxLocking, spool: SpoolFolder?, owner: UInt32) {
        self.location = location
        self.locking = locking
        let root = StoreRoot(path: location.root, owner: owner, refusesLinks: spool?.group != nil)
        self.root = root
        let (folder, name) = splitPath(location.inbox)
        if let spool, spool.path == folder {
            inbox = MboxPlace(spool, name: name)
        } else if location.inbox.hasPrefix(location.root + "/") {
            let below = location.inbox.dropFirst(location.root.count)
            inbox = MboxPlace(root, parts: below.split(separator: "/").map(String.init))
        } else {
            inbox = MboxPlace(
                StoreRoot(path: folder, owner: owner, refusesLinks: root.refusesLinks),
                parts: [name]
            )
        }
    }

    func list() throws(StoreError) -> [MailboxName: Bool] {
        var found: [MailboxName: Bool] = [:]
        do throws(Errno) {
            try read(try root.open(), levels: [], into: &found)
        } catch {
            guard error == .noSuchFileOrDirectory else {
                throw StoreError(.system(error), action: "list mailboxes", subject: location.root)
            }
        }
        return found
    }

    func exists(_ name: MailboxName) -> Bool {
        let place = place(of: name)
        guard let folder = try? place.openFolder(), let status = try? folder.status(of: place.name) else {
            return false
        }
        return isMailbox(status)
    }

    func create(_ name: MailboxName) throws(StoreError) {
        let place = place(of: name)
        do throws(Errno) {
            try root.make().close()
            if case .spool(let spool) = place.folder { return try spool.makeMailbox(place.name) }
            let directory = try place.makeFolder()
            try directory.open(place.name, .createNew).close()
            try synchronizeDirectory(directory)
        } catch {
            let shown = name.text(separator: "/")
            switch error {
            case .fileExists where name == .inbox && exists(name): return
            case .fileExists, .notDirectory, .isDirectory:
                let why = "a folder, or a mailbox above it, has that name"
                throw StoreError(.notPossible(why), action: "create mailbox", subject: shown)
            default: throw StoreError(.system(error), action: "create mailbox", subject: shown)
            }
        }
    }

    func delete(_ name: MailboxName) throws(StoreError) {
        // What a crash interrupted is finished first, and the file that was looked at is the one that goes.
        let mbox = try locked(name)
        do throws(Errno) {
            try mbox.directory.remove(mbox.name)
            try synchronizeDirectory(mbox.directory)
        } catch {
            throw StoreError(.system(error), action: "delete mailbox", subject: name.text(separator: "/"))
        }
        _ = consume mbox
        MboxState(folder: root, name: ".relais-mbox.\(key(of: name))").remove()
        removeEmptyFolders(above: name)
    }

    func rename(_ name: MailboxName, to newName: MailboxName) throws(StoreError) {
        // The journals bear the names that the mailboxes have until now.
        for child in try list().keys where child.isBelow(name) && exists(child) { _ = try locked(child) }
        if exists(name) {
            let mbox = try locked(name)
            try move(mbox.name, in: mbox.directory, to: newName, shown: name)
        } else {
            let place = place(of: name)
            let folder = try storing("open folder", name.text(separator: "/")) { () throws(Errno) in
                try place.openFolder()
            }
            try move(place.name, in: folder, to: newName, shown: name)
        }
        removeEmptyFolders(above: name)
    }

    private func move(
        _ file: String,
        in source: borrowing Descriptor,
        to newName: MailboxName,
        shown name: MailboxName
    ) throws(StoreError) {
        let place = place(of: newName)
        do throws(Errno) {
            let target = try place.makeFolder()
            try source.renameNew(file, to: place.name, in: target)
            try synchronizeDirectory(target)
            try synchronizeDirectory(source)
        } catch {
            throw StoreError(.system(error), action: "rename mailbox", subject: name.text(separator: "/"))
        }
    }

    func open(_ name: MailboxName, text: String, readOnly: Bool) throws(StoreError) -> Mailbox {
        Mailbox(
            name: text,
            isReadOnly: readOnly,
            watchedPaths: [place(of: name).path],
            backend: box(name, text: text, readOnly: readOnly)
        )
    }

    private func box(_ name: MailboxName, text: String, readOnly: Bool) -> MboxBox {
        MboxBox(
            place: place(of: name),
            name: text,
            readOnly: readOnly,
            locking: locking,
            folder: root,
            key: key(of: name)
        )
    }

    /// Opens and locks a mailbox, and finishes what a crash interrupted.
    private func locked(_ name: MailboxName) throws(StoreError) -> LockedMbox {
        try box(name, text: name.text(separator: "/"), readOnly: false).lock(exclusive: true)
    }

    func path(of name: MailboxName) -> String { place(of: name).path }

    private func place(of name: MailboxName) -> MboxPlace {
        name == .inbox ? inbox : MboxPlace(root, parts: name.levels.map(ModifiedUTF7.encode))
    }

    /// Whether a file is one that can be opened: the lister and the opener agree.
    private func isMailbox(_ status: FileStatus) -> Bool {
        LockedMbox.flaw(of: status, owner: root.owner) == nil
    }

    /// What the journal and the state file of a mailbox are called after.
    private func key(of name: MailboxName) -> String {
        var hash = Hash64()
        hash.add(Array(name.text(separator: "/").utf8))
        return String(hash.value, radix: 16)
    }

    private func read(
        _ directory: borrowing Descriptor,
        levels: [String],
        into found: inout [MailboxName: Bool]
    ) throws(Errno) {
        for file in try directory.names() where !file.hasPrefix(".") && !file.hasSuffix(".lock") {
            guard found.count < Self.listLimit, let level = ModifiedUTF7.decode(file) else { continue }
            let text = (levels + [level]).joined(separator: "/")
            guard let name = try? MailboxName(text, separator: "/", format: .mbox), name.levels.last == level,
                let status = try? directory.status(of: file)
            else { continue }
            if status.kind == .directory {
                found[name] = false
                let inner = try directory.open(file, .directoryNoFollow)
                try read(inner, levels: name.levels, into: &found)
            } else if isMailbox(status), name != .inbox {
                found[name] = true
            }
        }
    }

    private func removeEmptyFolders(above name: MailboxName) {
        var parent = name.parent
        while let folder = parent {
            let place = place(of: folder)
            guard let directory = try? place.openFolder(), (try? directory.removeDirectory(place.name)) != nil
            else { return }
            parent = folder.parent
        }
    }
}
