// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

extension MaildirBox {
    /// How often the folder is read again when files were renamed by others meanwhile.
    private static let retries = 3

    func store(_ change: FlagChange, uids: [UInt32]) throws(StoreError) -> MailboxView {
        var view = try current()
        let mask = try keywordMask(change.keywords, adding: change.operation != .remove)
        view.keywords = keywordList.names
        self.view = view
        var waiting = uids
        for round in 0...Self.retries {
            waiting =
                try change.operation == .remove && mask == 0 && change.flags.isEmpty
                ? [] : apply(change, mask: mask, uids: waiting)
            if waiting.isEmpty { break }
            // Gone under the name that we know: another program changed its flags, or it is gone for good.
            if round < Self.retries { _ = try rescan() }
        }
        if directories.ordersNames { try flushNames() }
        return try current()
    }

    func expunge(_ uids: [UInt32]) throws(StoreError) -> MailboxView {
        if view == nil { _ = try rescan() }
        var waiting = uids
        var gone: Set<UInt32> = []
        var fromNew = false
        for round in 0...Self.retries {
            var failed: [UInt32] = []
            for uid in waiting {
                guard let index = view?.index(ofUID: uid) else { continue }
                let entry = files.entries[index]
                do throws(Errno) {
                    if entry.inNew {
                        fromNew = true
                        try directories.new.remove(files.path(entry))
                    } else {
                        try directories.cur.remove(files.path(entry))
                    }
                    gone.insert(uid)
                } catch {
                    guard error == .noSuchFileOrDirectory else {
                        throw StoreError(.system(error), action: "remove message", subject: name)
                    }
                    failed.append(uid)
                }
            }
            drop(gone)
            waiting = failed
            if waiting.isEmpty || round == Self.retries { break }
            _ = try rescan()
        }
        forget(gone)
        try flushNames()
        if fromNew {
            try storing("flush mailbox", name) { () throws(Errno) in try synchronizeDirectory(directories.new) }
        }
        return try current()
    }

    /// Changes the names of the files; the UIDs of those that are not there under the name we know are returned.
    private func apply(_ change: FlagChange, mask: UInt32, uids: [UInt32]) throws(StoreError) -> [UInt32] {
        guard var view else { return [] }
        var missing: [UInt32] = []
        var move = try beginMove()
        for uid in uids {
            guard let index = view.index(ofUID: uid) else { continue }
            var message = view.messages[index]
            message.flags = change.apply(to: message.flags)
            message.keywords = change.apply(to: message.keywords, mask: mask)
            if message == view.messages[index] { continue }
            let entry = files.entries[index]
            let name = MaildirFileName.name(
                files.name(entry),
                baseLength: Int(entry.baseLength),
                flags: message.flags,
                keywords: message.keywords
            )
            guard let renamed = files.entry(name.span, inode: entry.inode, inNew: false) else {
                throw StoreError(.system(.fileNameTooLong), action: "store flags", subject: self.name)
            }
            do throws(Errno) {
                let path = String(decoding: name, as: UTF8.self)
                try self.move(files.path(entry), inNew: entry.inNew, to: path, replaces: true, &move)
                files.entries[index] = renamed
                view.messages[index] = message
            } catch {
                guard error == .noSuchFileOrDirectory else {
                    self.view = view
                    markChanged()
                    try finish(move)
                    throw StoreError(.system(error), action: "store flags", subject: self.name)
                }
                missing.append(uid)
            }
        }
        self.view = view
        markChanged()
        try finish(move)
        return missing
    }

    /// The bits of keywords; names that the mailbox does not have are added to it first, durably, where wanted.
    func keywordMask(_ names: [String], adding: Bool) throws(StoreError) -> UInt32 {
        guard !names.isEmpty else { return 0 }
        var list = try currentKeywords()
        if adding, names.contains(where: { list.find($0) == nil }) {
            guard let lock = try lockList() else {
                throw StoreError(.system(.permissionDenied), action: "add keyword", subject: name)
            }
            list = try currentKeywords()
            for name in names where list.findOrAdd(name) == nil {
                throw StoreError(.tooManyKeywords, action: "add keyword", subject: self.name)
            }
            try writeKeywords(list)
            _ = consume lock
        }
        return names.reduce(0) { mask, name in list.find(name).map { mask | 1 << UInt32($0) } ?? mask }
    }

    /// Takes messages that were removed out of the session's state.
    private func drop(_ gone: Set<UInt32>) {
        guard var view, !gone.isEmpty else { return }
        files.entries = zip(view.messages, files.entries).filter { !gone.contains($0.0.uid) }.map(\.1)
        view.messages.removeAll { gone.contains($0.uid) }
        self.view = view
        markChanged()
    }

    /// Makes renamed and removed names durable: one flush for the whole command.
    private func flushNames() throws(StoreError) {
        try storing("flush mailbox", name) { () throws(Errno) in
            try synchronizeDirectory(directories.cur)
        }
    }

    /// What the session knows, without a look at the disk if it has had one.
    func current() throws(StoreError) -> MailboxView {
        if let view { return view }
        return try rescan()
    }
}
