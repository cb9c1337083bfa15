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

    var subscriptions: (folder: String, name: String) { (location.root, ".subscriptions") }

    func list() throws(StoreError) -> [MailboxName: Bool] {
        var found: [MailboxName: Bool] = [:]
        do throws(Errno) {
            try read(try Descriptor.open(location.root, .directory), levels: [], into: &found)
        } catch {
            guard error == .noSuchFileOrDirectory else {
                throw StoreError(.system(error), action: "list mailboxes", subject: location.root)
            }
        }
        return found
    }

    func exists(_ name: MailboxName) -> Bool {
        (try? fileStatus(path(of: name)))?.kind == .regular
    }

    func create(_ name: MailboxName) throws(StoreError) {
        let (folder, file) = splitPath(path(of: name))
        do throws(Errno) {
            try makeDirectories(location.root, permissions: 0o700)
            try makeDirectories(folder, permissions: 0o700)
            let directory = try Descriptor.open(folder, .directory)
            _ = try directory.open(file, .createNew)
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
        try recover(name)
        do throws(Errno) {
            let (folder, file) = splitPath(path(of: name))
            let directory = try Descriptor.open(folder, .directory)
            try directory.remove(file)
            try synchronizeDirectory(directory)
        } catch {
            throw StoreError(.system(error), action: "delete mailbox", subject: name.text(separator: "/"))
        }
        MboxState(folder: location.root, name: ".relais-mbox.\(key(of: name))").remove()
        removeEmptyFolders(above: name)
    }

    func rename(_ name: MailboxName, to newName: MailboxName) throws(StoreError) {
        try recover(name)
        for child in try list().keys where child.isBelow(name) { try recover(child) }
        do throws(Errno) {
            let (folder, file) = splitPath(path(of: name))
            let (newFolder, newFile) = splitPath(path(of: newName))
            try makeDirectories(newFolder, permissions: 0o700)
            let source = try Descriptor.open(folder, .directory)
            let target = try Descriptor.open(newFolder, .directory)
            try source.renameNew(file, to: newFile, in: target)
            try synchronizeDirectory(target)
            try synchronizeDirectory(source)
        } catch {
            throw StoreError(.system(error), action: "rename mailbox", subject: name.text(separator: "/"))
        }
        removeEmptyFolders(above: name)
    }

    func open(_ name: MailboxName, text: String, readOnly: Bool) throws(StoreError) -> Mailbox {
        let path = path(of: name)
        return Mailbox(
            name: text,
            isReadOnly: readOnly,
            watchedPaths: [path],
            backend: box(name, text: text, readOnly: readOnly)
        )
    }

    private func box(_ name: MailboxName, text: String, readOnly: Bool) -> MboxBox {
        MboxBox(
            path: path(of: name),
            name: text,
            readOnly: readOnly,
            locking: locking,
            folder: location.root,
            key: key(of: name)
        )
    }

    /// Finishes what a crash interrupted, while the mailbox still has the name that its journal bears.
    private func recover(_ name: MailboxName) throws(StoreError) {
        guard exists(name) else { return }
        _ = try box(name, text: name.text(separator: "/"), readOnly: false).lock(exclusive: true)
    }

    private func path(of name: MailboxName) -> String {
        if name == .inbox { return location.inbox }
        return ([location.root] + name.levels.map(ModifiedUTF7.encode)).joined(separator: "/")
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
            } else if status.kind == .regular, name != .inbox {
                found[name] = true
            }
        }
    }

    private func removeEmptyFolders(above name: MailboxName) {
        var parent = name.parent
        while let folder = parent {
            let (above, own) = splitPath(path(of: folder))
            guard let directory = try? Descriptor.open(above, .directory),
                (try? directory.removeDirectory(own)) != nil
            else { return }
            parent = folder.parent
        }
    }
}
