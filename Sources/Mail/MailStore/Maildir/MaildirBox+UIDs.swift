// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

extension MaildirBox {
    /// A line for every so many messages that are gone is no reason to write the list anew.
    private static let staleLines = 256

    /// Reads the UID list as it is; one that is missing or has no header is one without UIDVALIDITY.
    func readList() throws(StoreError) -> UIDList {
        do throws(Errno) {
            let file = try directories.root.open(Self.listName, .readNoFollow)
            let status = try file.status()
            guard status.size <= 1 << 30 else { throw .fileTooLarge }
            listStamp = FileStamp(status)
            let list = UIDList(try file.read(at: 0, count: status.size))
            listSummary = nil
            if !list.isDamaged { summarise(list) }
            return list
        } catch {
            guard error == .noSuchFileOrDirectory else {
                throw StoreError(.system(error), action: "read \(Self.listName)", subject: name)
            }
            listStamp = nil
            listSummary = nil
            return UIDList([])
        }
    }

    /// Whether the list is another one than was read.
    func isListChanged() throws(StoreError) -> Bool {
        do throws(Errno) {
            return FileStamp(try directories.root.status(of: Self.listName)) != listStamp
        } catch {
            if error == .noSuchFileOrDirectory { return listStamp != nil }
            throw StoreError(.system(error), action: "read \(Self.listName)", subject: name)
        }
    }

    /// Locks the list against writers; nil where no file may be made here.
    func lockList() throws(StoreError) -> DotLock? {
        do throws(Errno) {
            if let lock = try DotLock.acquire(Self.listName + ".lock", in: directories.root, patience: .index) {
                return lock
            }
        } catch {
            switch error {
            case .permissionDenied, .notPermitted, .readOnlyFileSystem: return nil
            default: throw StoreError(.system(error), action: "lock \(Self.listName)", subject: name)
            }
        }
        throw StoreError(.locked, action: "lock \(Self.listName)", subject: name)
    }

    /// Gives UIDs to files without, and writes the list: lines at its end, or all of it when it is damaged or has
    /// many lines of messages that are gone.
    ///
    /// The lock is held. `room` more UIDs have to be left.
    func assign(_ match: inout UIDMatch, scan: Scan, list: inout UIDList, room: Int = 0) throws(StoreError) {
        let isNew = list.uidValidity == nil
        if isNew {
            list.uidValidity = view?.uidValidity ?? validity.next()
            list.uidNext = max(list.uidNext, view?.uidNext ?? 1)
            if list.guid.isEmpty { list.guid = hex(randomBytes(16)) }
        }
        if Int(list.uidNext) + match.unknown.count + room >= Int(UIDList.highestUID) {
            // The numbers are used up (or a damaged line says so): all begins anew.
            list = UIDList(uidValidity: validity.next(), guid: list.guid)
            match = UIDMatch(scan: scan.files, list: list, view: nil)
        }
        let lines = match.assign(from: &list, scan: scan.files)
        let stale = match.used.count { !$0 }
        let isCrowded = scan.isStable && stale > Self.staleLines && stale > match.used.count / 2
        guard isNew || list.isDamaged || isCrowded || listStamp == nil else {
            if !lines.isEmpty { try appendToList(lines, list: list) }
            return
        }
        let used = match.used
        let whole = list.encoded(uidValidity: list.uidValidity ?? 1) { !isCrowded || used[$0] } + lines
        list.isDamaged = false
        let status = try storing("write \(Self.listName)", name) { () throws(Errno) in
            try replaceFile(Self.listName, with: whole, in: directories.root, ordersNames: directories.ordersNames)
        }
        listStamp = FileStamp(status)
        summarise(list)
    }

    /// Adds lines at the end of the list, durably.
    ///
    /// The lock is held, and the list is the one of `listStamp`.
    func appendToList(_ lines: [UInt8], list: UIDList) throws(StoreError) {
        try storing("write \(Self.listName)", name) { () throws(Errno) in
            let file = try directories.root.open(Self.listName, .updateNoFollow)
            let size = try file.status().size
            do throws(Errno) {
                try file.write(lines, at: size)
                try file.synchronize()
            } catch {
                try? file.truncate(to: size)
                throw error
            }
            listStamp = FileStamp(try file.status())
        }
        summarise(list)
    }

    /// Notes what the list at `listStamp` says.
    func summarise(_ list: UIDList) {
        listSummary = list.uidValidity == nil ? nil : list.summary
    }
}

extension UIDList {
    /// What a session's view has of the list.
    var summary: MaildirBox.ListSummary { .init(uidValidity: uidValidity ?? 1, uidNext: uidNext) }
}

extension MailboxView {
    /// What this view has of the UID list.
    var summary: MaildirBox.ListSummary { .init(uidValidity: uidValidity, uidNext: uidNext) }
}

/// Bytes as hexadecimal digits.
func hex(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
}
