// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// A Maildir folder as a mailbox.
///
/// The files are the truth; `dovecot-uidlist` and `dovecot-keywords` give them UIDs and keywords, in the form that
/// Dovecot has, so that either program can take the folder over.
///
/// Order of reading: the UID list, then the directories. Whoever adds a message puts the file in place first and then
/// its line, under the list's lock; so a UID below UIDNEXT always belongs to a file that was there.
final class MaildirBox: MailboxBackend {
    static let listName = "dovecot-uidlist"
    static let keywordsName = "dovecot-keywords"

    let directories: MaildirDirectories
    let name: String
    let readOnly: Bool
    let validity: UIDValiditySource
    /// What is known of the messages without reading them.
    let index: MailIndex
    /// The GUID of the UID list, which tells this mailbox from others in the index; empty where it has none.
    var guid: [UInt8] = []

    /// What the session knows; nil before the first look.
    var view: MailboxView?
    /// The files, in the order of the view's messages.
    var files = MaildirFiles()
    private var stamp: MaildirStamp?
    /// The time of `new/` when it was read last.
    private var newTime: Int64?
    var listStamp: FileStamp?
    /// UIDVALIDITY and UIDNEXT at `listStamp`, for appending without reading the list.
    var listSummary: ListSummary?
    var keywordList = KeywordList()
    private var keywordStamp: FileStamp?
    /// A file with two names that changed since then may be one that another program is about to rename, in nanoseconds.
    var renameTime: Int64 = 10_000_000_000
    /// Sizes that no name told, by UID.
    var sizes: [UInt32: StoredSize] = [:]

    /// Sizes of a message that had to be found out.
    struct StoredSize: Equatable {
        let size: Int
        let virtualSize: Int
    }

    /// What an appender has to know of the list.
    struct ListSummary: Equatable, Sendable {
        let uidValidity: UInt32
        let uidNext: UInt32
    }

    init(directories: MaildirDirectories, name: String, readOnly: Bool, validity: UIDValiditySource, index: MailIndex) {
        self.directories = directories
        self.name = name
        self.readOnly = readOnly
        self.validity = validity
        self.index = index
    }

    func synchronise() throws(StoreError) -> MailboxView {
        let now = try storing("look at mailbox", name) { () throws(Errno) in try MaildirStamp(directories) }
        let list = try? directories.root.status(of: Self.listName)
        let keywords = try? directories.root.status(of: Self.keywordsName)
        if let view, let stamp, stamp.holds(at: now), list.map(FileStamp.init) == listStamp,
            keywords.map(FileStamp.init) == keywordStamp
        {
            return view
        }
        if view == nil, let found = takeSnapshot(now, list.map(FileStamp.init), keywords.map(FileStamp.init)) {
            return found
        }
        return try rescan()
    }

    /// Takes over what another session has read, if it still holds.
    private func takeSnapshot(_ now: MaildirStamp, _ list: FileStamp?, _ keywords: FileStamp?) -> MailboxView? {
        guard let snapshot = MaildirSnapshots.shared.find(directories.path), snapshot.stamp.holds(at: now),
            snapshot.listStamp == list, snapshot.keywordStamp == keywords,
            let directory = try? directories.cur.status(), directory.inode == snapshot.directory, directory.links > 0
        else { return nil }
        files = snapshot.files
        stamp = snapshot.stamp
        newTime = snapshot.stamp.new
        listStamp = snapshot.listStamp
        listSummary = snapshot.listSummary
        keywordList = snapshot.keywordList
        keywordStamp = snapshot.keywordStamp
        guid = snapshot.guid
        view = snapshot.view
        return snapshot.view
    }

    /// Leaves what was read to later sessions; messages in `new/` are \Recent to whoever takes them, so not then.
    private func leaveSnapshot() {
        guard let stamp, var view, !files.entries.contains(where: \.inNew),
            let directory = try? directories.cur.status()
        else { return }
        for index in view.messages.indices where view.messages[index].isRecent { view.messages[index].isRecent = false }
        let snapshot = MaildirSnapshot(
            view: view,
            files: files,
            stamp: stamp,
            listStamp: listStamp,
            listSummary: listSummary,
            keywordList: keywordList,
            keywordStamp: keywordStamp,
            guid: guid,
            directory: directory.inode
        )
        MaildirSnapshots.shared.keep(snapshot, of: directories.path)
    }

    /// Reads everything again that may have changed.
    func rescan() throws(StoreError) -> MailboxView {
        try refuseRemoved()
        try readKeywords()
        if let view = try rescanKnown() { return view }
        var list = try readList()
        var (scan, match) = try scanFiles(of: list)
        if match.unknown.isEmpty, !list.isDamaged, match.duplicates.isEmpty {
            return try adopt(scan, match.known, list.summary, guid: list.guid)
        }
        guard let lock = try lockList() else {
            // Nothing can be written here: UIDs for this session alone.
            match.assign(from: &list, scan: scan.files)
            return try adopt(scan, match.known, list.summary, guid: list.guid)
        }
        // Nothing is read and matched again that nobody has changed meanwhile.
        if try isListChanged() {
            list = try readList()
            (scan, match) = try scanFiles(of: list)
        }
        if !readOnly, !match.duplicates.isEmpty {
            try resolveDuplicates(&scan)
            match = UIDMatch(scan: scan.files, list: list, view: view)
        }
        try assign(&match, scan: scan, list: &list)
        _ = consume lock
        return try adopt(scan, match.known, list.summary, guid: list.guid)
    }

    /// Reads the directories alone; nil where that does not do.
    ///
    /// While the list is the one that this session has read, the files that it knew have the UIDs that they had. Anything
    /// else among them, and the list has to be read before the directories.
    private func rescanKnown() throws(StoreError) -> MailboxView? {
        guard let view, let listSummary, listSummary == view.summary, try !isListChanged() else { return nil }
        // Messages come by way of `new/`, or with a line of the list.
        guard let now = try? directories.new.status().modified, now == newTime else { return nil }
        let (scan, known) = try scanFiles { found in
            let known = UIDMatch.known(found, before: files, view: view)
            return (known, missing: known.map { view.messages.count - $0.count } ?? 0)
        }
        guard let known else { return nil }
        return try adopt(scan, known, listSummary, guid: guid)
    }

    /// Reads the directories and matches the files with the list.
    private func scanFiles(of list: UIDList) throws(StoreError) -> (Scan, UIDMatch) {
        // A line of a message that this session has seen go is no reason to wait for its file.
        let expected =
            view.map { view in view.messages.count + list.entries.count { $0.uid >= view.uidNext } }
            ?? list.entries.count
        return try scanFiles { found in
            let match = UIDMatch(scan: found, list: list, view: view)
            return (match, missing: expected - match.known.count)
        }
    }

    /// A mailbox that was deleted must not look like one that was emptied.
    private func refuseRemoved() throws(StoreError) {
        let links = try storing("look at mailbox", name) { () throws(Errno) in try directories.cur.status().links }
        if links == 0 { throw StoreError(.replaced, action: "look at mailbox", subject: name) }
    }

    /// The files and the stamp from before they were read.
    struct Scan {
        var files: MaildirFiles
        let stamp: MaildirStamp
        let isStable: Bool
    }

    /// Reads the directories; again, when another program renamed files meanwhile and some that are expected are missing
    /// (readdir(3) may show a file that is renamed during it under its old name, its new name, both or none).
    private func scanFiles<Match>(
        _ match: (MaildirFiles) -> (Match, missing: Int)
    ) throws(StoreError) -> (Scan, Match) {
        var attempt = 0
        while true {
            attempt += 1
            let scan = try storing("read mailbox", name) { () throws(Errno) in
                let before = try MaildirStamp(directories)
                var files = MaildirFiles()
                try files.read(directories.new, inNew: true)
                try files.read(directories.cur, inNew: false)
                let after = try MaildirStamp(directories)
                return Scan(files: files, stamp: before, isStable: before.isStable(at: after))
            }
            let (matched, missing) = match(scan.files)
            if scan.isStable || missing <= 0 || attempt == 3 { return (scan, matched) }
        }
    }

    /// Makes what was read the state of this session.
    private func adopt(
        _ scan: Scan,
        _ known: [(uid: UInt32, index: Int)],
        _ summary: ListSummary,
        guid: [UInt8]
    ) throws(StoreError) -> MailboxView {
        if let view, view.uidValidity != summary.uidValidity {
            throw StoreError(.replaced, action: "read mailbox", subject: name)
        }
        var files = scan.files
        var entries: [MaildirEntry] = []
        var messages: [MailboxView.Message] = []
        entries.reserveCapacity(known.count)
        messages.reserveCapacity(known.count)
        var old = (view?.messages ?? [])[...]
        var moved = false
        var move = try beginMove(isWanted: !readOnly && known.contains { files.entries[$0.index].inNew })
        for (uid, index) in known {
            var entry = files.entries[index]
            while let first = old.first, first.uid < uid { old.removeFirst() }
            var isRecent = old.first.map { $0.uid == uid && $0.isRecent } ?? false
            if entry.inNew {
                isRecent = true
                if let taken = takeFromNew(entry, &files, &move) {
                    isRecent = taken.isFirst
                    entry = taken.entry
                    moved = true
                }
            }
            messages.append(
                MailboxView.Message(uid: uid, flags: entry.flags, keywords: entry.keywords, isRecent: isRecent)
            )
            entries.append(entry)
        }
        try finish(move)
        files.entries = entries
        self.files = files
        self.guid = guid
        newTime = scan.stamp.new
        // What was moved changed the directories: the next look reads them again.
        stamp = moved ? nil : scan.stamp
        let view = MailboxView(
            uidValidity: summary.uidValidity,
            uidNext: summary.uidNext,
            keywords: keywordList.names,
            messages: messages
        )
        if !sizes.isEmpty { sizes = sizes.filter { view.index(ofUID: $0.key) != nil } }
        self.view = view
        leaveSnapshot()
        return view
    }

    private func readKeywords() throws(StoreError) {
        guard let status = try? directories.root.status(of: Self.keywordsName) else {
            keywordList = KeywordList()
            keywordStamp = nil
            return
        }
        let stamp = FileStamp(status)
        if stamp == keywordStamp { return }
        if let bytes = try? readFile(Self.keywordsName, in: directories.root, limit: 1 << 16) {
            keywordList = KeywordList(bytes)
            keywordStamp = stamp
        }
    }

    /// Notes a keyword list that this session has written.
    func keep(_ list: KeywordList, stamp: FileStamp) {
        keywordList = list
        keywordStamp = stamp
    }

    /// Writes the keywords; the lock is held.
    func writeKeywords(_ list: KeywordList) throws(StoreError) {
        let status = try storing("write \(Self.keywordsName)", name) { () throws(Errno) in
            try replaceFile(
                Self.keywordsName,
                with: list.encoded,
                in: directories.root,
                ordersNames: directories.ordersNames
            )
        }
        keep(list, stamp: FileStamp(status))
    }

    /// Reads keywords, if they changed, and says which they are.
    func currentKeywords() throws(StoreError) -> KeywordList {
        try readKeywords()
        return keywordList
    }

    /// Forgets that the directories were read: this session changed them.
    func markChanged() {
        stamp = nil
    }
}
