// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

extension MaildirBox {
    func beginAppend() throws(StoreError) -> MessageSpool {
        try storing("create file in tmp/", name) { () throws(Errno) in try MessageSpool(in: directories) }
    }

    func commit(_ messages: [NewMessage]) throws(StoreError) -> AppendResult {
        try add(messages.count, flushingNames: !directories.ordersNames) { index throws(StoreError) in
            let message = messages[index]
            let mask = try tolerantMask(message.keywords)
            return try storing("put message into mailbox", name) { () throws(Errno) in
                try place(message, mask: mask)
            }
        }
    }

    func linkSources(_ uids: [UInt32]) throws(StoreError) -> LinkSources? {
        let view = try current()
        let found = uids.compactMap { view.index(ofUID: $0) }.map { index in
            let entry = files.entries[index]
            let message = view.messages[index]
            return LinkSources.File(
                uid: message.uid,
                name: files.path(entry),
                base: Array(files.base(entry)),
                inNew: entry.inNew,
                flags: message.flags,
                keywords: view.keywordNames(of: message)
            )
        }
        return LinkSources(directories: directories, files: found)
    }

    func link(_ sources: LinkSources) throws(StoreError) -> AppendResult? {
        do throws(StoreError) {
            return try add(sources.files.count, flushingNames: true) { index throws(StoreError) in
                let file = sources.files[index]
                let mask = try tolerantMask(file.keywords)
                do throws(Errno) {
                    return try place(file, of: sources.directories, mask: mask)
                } catch {
                    if error == .noSuchFileOrDirectory {
                        throw StoreError(.noSuchMessage, action: "link message", subject: name)
                    }
                    throw StoreError(.system(error), action: "link message", subject: name)
                }
            }
        } catch {
            // Another file system, too many links, or one without links: the content has to be copied.
            switch error.reason {
            case .system(.improperLink), .system(.tooManyLinks), .system(.notPermitted), .system(.notSupported):
                return nil
            default: throw error
            }
        }
    }

    /// A file that was put in place.
    private struct Placed {
        let name: String
        let inNew: Bool
        let base: [UInt8]
    }

    /// Puts new files in place and gives them UIDs, all or none, under the list's lock.
    private func add(
        _ count: Int,
        flushingNames: Bool,
        placing: (Int) throws(StoreError) -> Placed
    ) throws(StoreError) -> AppendResult {
        guard let lock = try lockList() else {
            throw StoreError(.system(.permissionDenied), action: "add message", subject: name)
        }
        var summary = try summaryForAppend(count)
        var placed: [Placed] = []
        let uidValidity = summary.uidValidity
        do throws(StoreError) {
            var lines: [UInt8] = []
            var uids: [UInt32] = []
            for index in 0..<count {
                let file = try placing(index)
                placed.append(file)
                UIDList.addLine(uid: summary.uidNext, base: file.base, to: &lines)
                uids.append(summary.uidNext)
                summary = ListSummary(uidValidity: uidValidity, uidNext: summary.uidNext + 1)
            }
            markChanged()
            try storing("flush mailbox", name) { () throws(Errno) in
                if flushingNames, placed.contains(where: \.inNew) { try synchronizeDirectory(directories.new) }
                if flushingNames, placed.contains(where: { !$0.inNew }) { try synchronizeDirectory(directories.cur) }
            }
            var list = UIDList(uidValidity: uidValidity, guid: [])
            list.uidNext = summary.uidNext
            if !lines.isEmpty { try appendToList(lines, list: list) }
            _ = consume lock
            return AppendResult(uidValidity: uidValidity, uids: uids)
        } catch {
            for file in placed {
                if file.inNew { try? directories.new.remove(file.name) } else { try? directories.cur.remove(file.name) }
            }
            throw error
        }
    }

    /// UIDVALIDITY and UIDNEXT of the list as it is, which is made or repaired where needed.
    ///
    /// The lock is held.
    private func summaryForAppend(_ count: Int) throws(StoreError) -> ListSummary {
        let now = (try? directories.root.status(of: Self.listName)).map(FileStamp.init)
        if let listSummary, let now, now == listStamp, Int(listSummary.uidNext) + count < Int(UIDList.highestUID) {
            return listSummary
        }
        var list = try readList()
        if list.isDamaged || Int(list.uidNext) + count >= Int(UIDList.highestUID) {
            var match = UIDMatch(scan: MaildirFiles(), list: list, view: nil)
            let nothing = try storing("look at mailbox", name) { () throws(Errno) in
                Scan(files: MaildirFiles(), stamp: try MaildirStamp(directories), isStable: false)
            }
            try assign(&match, scan: nothing, list: &list, room: count)
        }
        return list.summary
    }

    /// The bits of those keywords that the mailbox has room for.
    ///
    /// The lock is held.
    private func tolerantMask(_ keywords: [String]) throws(StoreError) -> UInt32 {
        guard !keywords.isEmpty else { return 0 }
        var list = try currentKeywords()
        let before = list
        let bits = keywords.compactMap { list.findOrAdd($0) }
        if list != before {
            try writeKeywords(list)
        }
        return bits.reduce(0) { $0 | 1 << UInt32($1) }
    }

    /// The sequence of a delivery: write out, rename, one flush (DESIGN section 7).
    private func place(_ message: NewMessage, mask: UInt32) throws(Errno) -> Placed {
        guard let spooled = message.spool.place else { throw .invalidArgument }
        let sizes = try message.spool.finish()
        let base = MaildirName.sized(spooled.name, size: sizes.size, virtualSize: sizes.virtualSize)
        let placed = name(base: Array(base.utf8), flags: message.flags, keywords: mask)
        try message.spool.withFile { file throws(Errno) in
            if let date = message.internalDate { try file.setModified(date &* 1_000_000_000) }
            if directories.ordersNames { try file.writeOut() } else { try file.synchronize() }
        }
        if placed.inNew {
            try spooled.directories.tmp.renameNew(spooled.name, to: placed.name, in: directories.new)
        } else {
            try spooled.directories.tmp.renameNew(spooled.name, to: placed.name, in: directories.cur)
        }
        message.spool.markCommitted()
        if directories.ordersNames {
            do throws(Errno) {
                try message.spool.withFile { file throws(Errno) in try file.synchronize() }
            } catch {
                // Not durable, so not in the mailbox.
                if placed.inNew {
                    try? directories.new.remove(placed.name)
                } else {
                    try? directories.cur.remove(placed.name)
                }
                throw error
            }
        }
        return placed
    }

    private func place(
        _ file: LinkSources.File,
        of source: MaildirDirectories,
        mask: UInt32
    ) throws(Errno) -> Placed {
        let fields = file.base.firstIndex(of: UInt8(ascii: ",")).map { Array(file.base[$0...]) } ?? []
        let placed = name(base: Array(MaildirName.unique().utf8) + fields, flags: file.flags, keywords: mask)
        switch (file.inNew, placed.inNew) {
        case (true, true): try source.new.link(file.name, as: placed.name, in: directories.new)
        case (true, false): try source.new.link(file.name, as: placed.name, in: directories.cur)
        case (false, true): try source.cur.link(file.name, as: placed.name, in: directories.new)
        case (false, false): try source.cur.link(file.name, as: placed.name, in: directories.cur)
        }
        return placed
    }

    /// Where a message with such flags belongs: without any it is new, and \Recent for whoever opens the mailbox next.
    private func name(base: [UInt8], flags: MessageFlags, keywords: UInt32) -> Placed {
        let isNew = flags.isEmpty && keywords == 0
        let full =
            isNew
            ? base : MaildirFileName.name(base[...], baseLength: base.count, flags: flags, keywords: keywords)
        return Placed(name: String(decoding: full, as: UTF8.self), inNew: isNew, base: base)
    }
}
