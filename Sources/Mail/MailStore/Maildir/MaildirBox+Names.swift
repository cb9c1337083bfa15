// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

extension MaildirBox {
    /// Names that are about to change together.
    ///
    /// Where the file system keeps no order, a rename may be half lost in a power cut: the new names are given as links
    /// and flushed, and only then the old ones go, all under the list's lock, so that no other session sees both.
    struct Move: ~Copyable {
        /// Whether names may be changed.
        fileprivate let isWanted: Bool
        /// Held while there are two names; nil where a rename will do.
        fileprivate let lock: DotLock?
        /// Old names in `new/`, to be removed.
        fileprivate var fromNew: [String] = []
        /// Old names in `cur/`, to be removed.
        fileprivate var fromCur: [String] = []
        /// Whether a new name was given that a later flush will not make durable by itself.
        fileprivate var needsFlush = false
    }

    /// Prepares a change of names, where it is wanted; `finish` ends it.
    func beginMove(isWanted: Bool = true) throws(StoreError) -> Move {
        guard isWanted, !directories.ordersNames else { return Move(isWanted: isWanted, lock: nil) }
        return Move(isWanted: true, lock: try lockList())
    }

    /// Gives a file of `new/` or `cur/` its name in `cur/`; where it `replaces`, another file of that name goes.
    func move(
        _ name: String,
        inNew: Bool,
        to newName: String,
        replaces: Bool,
        _ move: inout Move
    ) throws(Errno) {
        if !inNew, name == newName { return }
        guard move.lock != nil else {
            move.needsFlush = !directories.ordersNames
            return try rename(name, inNew: inNew, to: newName, replaces: replaces)
        }
        do throws(Errno) {
            if inNew {
                try directories.new.link(name, as: newName, in: directories.cur)
            } else {
                try directories.cur.link(name, as: newName, in: directories.cur)
            }
        } catch {
            switch error {
            case .notPermitted, .notSupported, .tooManyLinks:
                // No links here: as well as it goes.
                move.needsFlush = true
                return try rename(name, inNew: inNew, to: newName, replaces: replaces)
            case .fileExists where isSameFile(name, inNew: inNew, newName):
                // A move that was interrupted.
                break
            default: throw error
            }
        }
        move.needsFlush = true
        if inNew { move.fromNew.append(name) } else { move.fromCur.append(name) }
    }

    /// Makes new names durable where a rename does not do, and takes the old ones away.
    func finish(_ move: consuming Move) throws(StoreError) {
        guard move.needsFlush else { return }
        try storing("flush mailbox", name) { () throws(Errno) in
            try synchronizeDirectory(directories.cur)
            // Another session or program may have been quicker.
            for name in move.fromNew { try? directories.new.remove(name) }
            for name in move.fromCur { try? directories.cur.remove(name) }
            if !move.fromNew.isEmpty { try synchronizeDirectory(directories.new) }
            if !move.fromCur.isEmpty { try synchronizeDirectory(directories.cur) }
        }
    }

    private func rename(_ name: String, inNew: Bool, to newName: String, replaces: Bool) throws(Errno) {
        switch (inNew, replaces) {
        case (true, true): try directories.new.rename(name, to: newName, in: directories.cur)
        case (true, false): try directories.new.renameNew(name, to: newName, in: directories.cur)
        case (false, true): try directories.cur.rename(name, to: newName, in: directories.cur)
        case (false, false): try directories.cur.renameNew(name, to: newName, in: directories.cur)
        }
    }

    private func isSameFile(_ name: String, inNew: Bool, _ other: String) -> Bool {
        guard let one = status(name, inNew: inNew), let two = status(other, inNew: false) else { return false }
        return one.inode == two.inode && one.device == two.device
    }

    private func status(_ name: String, inNew: Bool) -> FileStatus? {
        try? inNew ? directories.new.status(of: name) : directories.cur.status(of: name)
    }

    /// Moves a file from `new/` to `cur/`; not first when another session was quicker.
    ///
    /// Nil where it cannot be moved, or is not to be.
    func takeFromNew(
        _ entry: MaildirEntry,
        _ files: inout MaildirFiles,
        _ move: inout Move
    ) -> (entry: MaildirEntry, isFirst: Bool)? {
        guard move.isWanted else { return nil }
        // No slice of the buffer may live on here: adding to it would copy it whole.
        let name = MaildirFileName.name(
            files.name(entry),
            baseLength: Int(entry.baseLength),
            flags: entry.flags,
            keywords: entry.keywords
        )
        let path = files.path(entry)
        guard let moved = files.entry(name.span, inode: entry.inode, inNew: false) else { return nil }
        do throws(Errno) {
            try self.move(path, inNew: true, to: String(decoding: name, as: UTF8.self), replaces: false, &move)
            return (moved, true)
        } catch {
            return error == .noSuchFileOrDirectory ? (moved, false) : nil
        }
    }

    // MARK: Two names for one message

    /// Sees to it that each file has one name, and each name without flags one file.
    ///
    /// A second name of the same file is left out, and removed: a rename was interrupted. A second file gets a name, and
    /// so a UID, of its own: no mail may hide behind another. The lock is held.
    func resolveDuplicates(_ scan: inout Scan) throws(StoreError) {
        var table = NameTable(capacity: scan.files.entries.count)
        var kept: [MaildirEntry] = []
        var surplus: [MaildirEntry] = []
        for entry in scan.files.entries {
            guard let other = table.find(scan.files.base(entry), slice: { scan.files.base(kept[$0]) }) else {
                kept.append(entry)
                table.insert(scan.files.base(entry), index: kept.count - 1) { scan.files.base(kept[$0]) }
                continue
            }
            guard let second = status(scan.files.path(entry), inNew: entry.inNew) else { continue }
            guard let first = status(scan.files.path(kept[other]), inNew: kept[other].inNew) else {
                kept[other] = entry
                continue
            }
            if first.inode == second.inode, first.device == second.device {
                // The one with more flags is the newer one, mostly; what is in cur/ was seen by somebody.
                let isBetter = (entry.inNew ? 0 : 1, entry.length) > (kept[other].inNew ? 0 : 1, kept[other].length)
                let worse = isBetter ? kept[other] : entry
                if isBetter { kept[other] = entry }
                if Clock.wall &- second.changed > renameTime { surplus.append(worse) }
                continue
            }
            if let renamed = separate(entry, &scan.files) { kept.append(renamed) }
        }
        scan.files.entries = kept
        guard !surplus.isEmpty else { return }
        try storing("flush mailbox", name) { () throws(Errno) in
            try synchronizeDirectory(directories.cur)
            for entry in surplus {
                let path = scan.files.path(entry)
                if entry.inNew { try? directories.new.remove(path) } else { try? directories.cur.remove(path) }
            }
            try synchronizeDirectory(directories.cur)
            try synchronizeDirectory(directories.new)
        }
    }

    /// Gives a file a name of its own in its directory; the sizes stay in it.
    private func separate(_ entry: MaildirEntry, _ files: inout MaildirFiles) -> MaildirEntry? {
        let base = Array(files.base(entry))
        let fields = base.firstIndex(of: UInt8(ascii: ",")).map { Array(base[$0...]) } ?? []
        let info = Array(files.name(entry).dropFirst(base.count))
        let fresh = Array(MaildirName.unique().utf8) + fields + info
        let path = files.path(entry)
        let newPath = String(decoding: fresh, as: UTF8.self)
        do throws(Errno) {
            if entry.inNew {
                try directories.new.renameNew(path, to: newPath, in: directories.new)
            } else {
                try directories.cur.renameNew(path, to: newPath, in: directories.cur)
            }
        } catch {
            return nil
        }
        return files.entry(fresh.span, inode: entry.inode, inNew: entry.inNew)
    }
}
