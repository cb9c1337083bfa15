// SPDX-License-Identifier: Apache-2.0

/// Which file of a Maildir has which UID.
struct UIDMatch {
    /// UIDs with the indices of their files, by ascending UID.
    private(set) var known: [(uid: UInt32, index: Int)] = []
    /// Files that have no UID yet, in the order in which they get one.
    private(set) var unknown: [Int] = []
    /// Second files with the name of another.
    private(set) var duplicates: [Int] = []
    /// Which lines of the list have a file.
    private(set) var used: [Bool]

    /// Matches files and list by their names without flags.
    ///
    /// A file whose UID this session has already reported gone, or never showed although it was below UIDNEXT, gets a
    /// new one: a client's message numbers can only grow at the end.
    init(scan: MaildirFiles, list: UIDList, view: MailboxView?) {
        var names = NameTable(capacity: list.entries.count)
        for index in list.entries.indices {
            // Of two lines with the same name the later counts.
            names.insert(list.base(index), index: index) { list.base($0) }
        }
        used = [Bool](repeating: false, count: list.entries.count)
        var seen = NameTable(capacity: list.entries.isEmpty ? scan.entries.count : 0)
        var fresh: [Int] = []
        known.reserveCapacity(scan.entries.count)
        for (index, entry) in scan.entries.enumerated() {
            let base = scan.base(entry)
            if let line = names.find(base, slice: { list.base($0) }) {
                if used[line] {
                    duplicates.append(index)
                    continue
                }
                used[line] = true
                let uid = list.entries[line].uid
                if let view, uid < view.uidNext, view.uidValidity == list.uidValidity,
                    view.index(ofUID: uid) == nil
                {
                    used[line] = false
                    fresh.append(index)
                } else {
                    known.append((uid, index))
                }
            } else {
                fresh.append(index)
            }
        }
        if !list.entries.isEmpty { seen = NameTable(capacity: fresh.count) }
        for index in fresh {
            if seen.insert(scan.base(scan.entries[index]), index: index, slice: { scan.base(scan.entries[$0]) }) == nil
            {
                unknown.append(index)
            } else {
                duplicates.append(index)
            }
        }
        if unknown.count > 1 {
            let arrivals = unknown.map { (MaildirFileName.Arrival(scan.base(scan.entries[$0])), $0) }
            unknown = arrivals.sorted { a, b in
                guard a.0 == b.0 else { return a.0 < b.0 }
                return scan.base(scan.entries[a.1]).lexicographicallyPrecedes(scan.base(scan.entries[b.1]))
            }.map(\.1)
        }
        known.sort { $0.uid < $1.uid }
    }

    /// Matches files with those that a session knew; nil where any is not one of them.
    ///
    /// - Parameters:
    ///   - scan: The files that are there now.
    ///   - before: Those of the view's messages, in their order.
    ///   - view: What the session knew.
    /// - Returns: UIDs with the indices of their files, by ascending UID.
    static func known(
        _ scan: MaildirFiles,
        before: MaildirFiles,
        view: MailboxView
    ) -> [(uid: UInt32, index: Int)]? {
        guard before.entries.count == view.messages.count, scan.entries.count <= view.messages.count else { return nil }
        var table = InodeTable(capacity: before.entries.count)
        for (index, entry) in before.entries.enumerated() {
            guard table.insert(entry.inode, index: index) else { return nil }
        }
        var found = [Int32](repeating: -1, count: before.entries.count)
        for (index, entry) in scan.entries.enumerated() {
            // A rename keeps the inode; the name without flags decides, for an inode may be used again.
            let base = scan.base(entry)
            guard let old = table.find(entry.inode, where: { before.base(before.entries[$0]) == base }), found[old] < 0
            else { return nil }
            found[old] = Int32(truncatingIfNeeded: index)
        }
        var known: [(uid: UInt32, index: Int)] = []
        known.reserveCapacity(scan.entries.count)
        for (old, index) in found.enumerated() where index >= 0 { known.append((view.messages[old].uid, Int(index))) }
        return known
    }

    /// Gives the unknown files the next UIDs.
    ///
    /// - Returns: the lines for the list.
    @discardableResult
    mutating func assign(from list: inout UIDList, scan: MaildirFiles) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(unknown.count * 64)
        for index in unknown {
            known.append((list.uidNext, index))
            UIDList.addLine(uid: list.uidNext, base: scan.base(scan.entries[index]), to: &lines)
            list.uidNext += 1
        }
        unknown = []
        return lines
    }
}
