// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

extension MaildirBox {
    func open(_ uid: UInt32) throws(StoreError) -> MessageFile {
        if view == nil { _ = try rescan() }
        for round in 0...2 {
            guard let index = view?.index(ofUID: uid) else { break }
            let entry = files.entries[index]
            do throws(Errno) {
                let path = files.path(entry)
                let file =
                    try entry.inNew
                    ? directories.new.openQuietly(path) : directories.cur.openQuietly(path)
                let status = try file.status()
                // Where the file system does not tell kinds in the directory.
                guard status.kind == .regular else { break }
                return MessageFile(file: file, size: status.size)
            } catch {
                guard error == .noSuchFileOrDirectory else {
                    throw StoreError(.system(error), action: "open message", subject: name)
                }
            }
            if round < 2 { _ = try rescan() }
        }
        throw StoreError(.noSuchMessage, action: "open message", subject: name)
    }

    func cachedContents(of uid: UInt32, limit: Int) -> [UInt8]? {
        guard let index = view?.index(ofUID: uid) else { return nil }
        let entry = files.entries[index]
        let path = files.path(entry)
        do throws(Errno) {
            let file = try entry.inNew ? directories.new.openCached(path) : directories.cur.openCached(path)
            let status = try file.status()
            guard status.kind == .regular, status.size <= limit else { return nil }
            return try file.readCached(status.size)
        } catch {
            return nil
        }
    }

    func attributes(_ uids: [UInt32], withDates: Bool) throws(StoreError) -> [MessageAttributes] {
        if view == nil { _ = try rescan() }
        var result: [MessageAttributes] = []
        result.reserveCapacity(uids.count)
        var hasRescanned = false
        learnSizes(of: uids)
        var measured: [UInt32] = []
        for uid in uids {
            var found = try attributes(of: uid, withDates: withDates, &measured)
            if found == nil, view?.index(ofUID: uid) != nil, !hasRescanned {
                hasRescanned = true
                _ = try rescan()
                found = try attributes(of: uid, withDates: withDates, &measured)
            }
            if let found { result.append(found) }
        }
        keepSizes(of: measured)
        return result
    }

    /// The sizes that a file's name tells.
    func namedSize(_ entry: MaildirEntry) -> StoredSize? {
        let base = files.base(entry)
        guard let physical = MaildirFileName.size(UInt8(ascii: "S"), in: base),
            let virtual = MaildirFileName.size(UInt8(ascii: "W"), in: base)
        else { return nil }
        return StoredSize(size: physical, virtualSize: virtual)
    }

    /// Size and date of one message; nil when its file is not there under the name we know.
    private func attributes(
        of uid: UInt32,
        withDates: Bool,
        _ measured: inout [UInt32]
    ) throws(StoreError) -> MessageAttributes? {
        guard let index = view?.index(ofUID: uid) else { return nil }
        let entry = files.entries[index]
        let size = sizes[uid] ?? namedSize(entry)
        if let size, !withDates {
            return MessageAttributes(uid: uid, size: size.size, virtualSize: size.virtualSize, internalDate: 0)
        }
        do throws(Errno) {
            let path = files.path(entry)
            let known: StoredSize
            let modified: Int64
            if let size {
                known = size
                modified =
                    try entry.inNew
                    ? directories.new.status(of: path).modified : directories.cur.status(of: path).modified
            } else {
                (known, modified) = try measure(path, inNew: entry.inNew)
                sizes[uid] = known
                measured.append(uid)
            }
            return MessageAttributes(
                uid: uid,
                size: known.size,
                virtualSize: known.virtualSize,
                internalDate: modified / 1_000_000_000
            )
        } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw StoreError(.system(error), action: "look at message", subject: name)
        }
    }

    /// Reads a message to count its lines.
    private func measure(_ path: String, inNew: Bool) throws(Errno) -> (StoredSize, modified: Int64) {
        let file = try inNew ? directories.new.openQuietly(path) : directories.cur.openQuietly(path)
        let status = try file.status()
        var counter = NetworkLineEndings()
        var size = 0
        var growth = 0
        while size < status.size {
            let chunk = try file.read(at: size, count: min(copyChunk, status.size - size))
            if chunk.isEmpty { break }
            growth += counter.growth(of: chunk)
            size += chunk.count
        }
        return (StoredSize(size: size, virtualSize: size + growth), status.modified)
    }
}
