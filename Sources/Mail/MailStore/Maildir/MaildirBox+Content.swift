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
                    ? directories.new.open(path, .readNoFollow) : directories.cur.open(path, .readNoFollow)
                let size = try file.status().size
                return MessageFile(file: file, size: size)
            } catch {
                guard error == .noSuchFileOrDirectory else {
                    throw StoreError(.system(error), action: "open message", subject: name)
                }
            }
            if round < 2 { _ = try rescan() }
        }
        throw StoreError(.noSuchMessage, action: "open message", subject: name)
    }

    func attributes(_ uids: [UInt32], withDates: Bool) throws(StoreError) -> [MessageAttributes] {
        if view == nil { _ = try rescan() }
        var result: [MessageAttributes] = []
        result.reserveCapacity(uids.count)
        var hasRescanned = false
        for uid in uids {
            var found = try attributes(of: uid, withDates: withDates)
            if found == nil, view?.index(ofUID: uid) != nil, !hasRescanned {
                hasRescanned = true
                _ = try rescan()
                found = try attributes(of: uid, withDates: withDates)
            }
            if let found { result.append(found) }
        }
        return result
    }

    /// Size and date of one message; nil when its file is not there under the name we know.
    private func attributes(of uid: UInt32, withDates: Bool) throws(StoreError) -> MessageAttributes? {
        guard let index = view?.index(ofUID: uid) else { return nil }
        let entry = files.entries[index]
        let base = files.base(entry)
        var size = sizes[uid]
        if size == nil, let physical = MaildirFileName.size(UInt8(ascii: "S"), in: base),
            let virtual = MaildirFileName.size(UInt8(ascii: "W"), in: base)
        {
            size = StoredSize(size: physical, virtualSize: virtual)
        }
        if let size, !withDates {
            return MessageAttributes(uid: uid, size: size.size, virtualSize: size.virtualSize, internalDate: 0)
        }
        do throws(Errno) {
            let path = files.path(entry)
            let status = try entry.inNew ? directories.new.status(of: path) : directories.cur.status(of: path)
            let known: StoredSize
            if let size {
                known = size
            } else {
                known = try measure(path, inNew: entry.inNew)
                sizes[uid] = known
            }
            return MessageAttributes(
                uid: uid,
                size: known.size,
                virtualSize: known.virtualSize,
                internalDate: status.modified / 1_000_000_000
            )
        } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw StoreError(.system(error), action: "look at message", subject: name)
        }
    }

    /// Reads a message to count its lines.
    private func measure(_ path: String, inNew: Bool) throws(Errno) -> StoredSize {
        let file = try inNew ? directories.new.open(path, .readNoFollow) : directories.cur.open(path, .readNoFollow)
        var counter = NetworkLineEndings()
        var size = 0
        var growth = 0
        while true {
            let chunk = try file.read(at: size, count: copyChunk)
            if chunk.isEmpty { return StoredSize(size: size, virtualSize: size + growth) }
            growth += counter.growth(of: chunk)
            size += chunk.count
        }
    }
}
