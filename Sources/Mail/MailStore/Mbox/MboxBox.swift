// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// An mbox file as a mailbox.
///
/// UIDs, flags and keywords stand in header lines of the messages, as other programs have them; readers never see those
/// lines. New messages get theirs when a session for writing sees them; until then a session for reading counts on from
/// the last UID given, which gives the same numbers.
final class MboxBox: MailboxBackend {
    let place: MboxPlace
    let name: String
    let readOnly: Bool
    let locking: MboxLocking
    let journal: MboxJournal
    let validity: UIDValiditySource
    /// Where UIDVALIDITY and UIDNEXT of an emptied mbox are kept.
    let state: MboxState

    var view: MailboxView?
    /// In the order of the view's messages.
    var messages: [MboxMessage] = []
    private var stamp: FileStamp?
    private var stampTaken: Int64 = 0

    init(place: MboxPlace, name: String, readOnly: Bool, locking: MboxLocking, folder: StoreRoot, key: String) {
        self.place = place
        self.name = name
        self.readOnly = readOnly
        self.locking = locking
        journal = MboxJournal(folder: folder, name: ".relais-journal.\(key)")
        state = MboxState(folder: folder, name: ".relais-mbox.\(key)")
        validity = UIDValiditySource(root: folder, name: ".relais-uidvalidity")
    }

    func synchronise() throws(StoreError) -> MailboxView {
        if let view, isUnchanged() { return view }
        let mbox = try lock(exclusive: !readOnly)
        return try refresh(mbox)
    }

    /// Whether the file is as it was read; one that changed within two seconds before is read again.
    private func isUnchanged() -> Bool {
        guard let stamp, let folder = try? place.openFolder(), let status = try? folder.status(of: place.name),
            !journal.exists
        else { return false }
        return FileStamp(status) == stamp && stampTaken &- stamp.modified > wholeSecondsDoubt
    }

    /// Opens and locks the file; one that is gone is an empty one for INBOX's sake.
    func lock(exclusive: Bool) throws(StoreError) -> LockedMbox {
        // What a crash interrupted has to be finished before anybody reads.
        let exclusive = exclusive || journal.exists
        do throws(DeliveryFailure) {
            let mbox = try LockedMbox.open(
                place,
                owner: journal.folder.owner,
                locking: locking,
                exclusive: exclusive,
                creation: exclusive ? (permissions: 0o600, group: nil) : nil
            )
            if exclusive {
                try recover(mbox)
            }
            return mbox
        } catch {
            switch error.reason {
            case .locked: throw StoreError(.locked, action: error.action, subject: name)
            case .unsafe(let why): throw StoreError(.notPossible(why), action: error.action, subject: name)
            case .tooLarge: throw StoreError(.tooLarge, action: error.action, subject: name)
            case .system(.noSuchFileOrDirectory): throw StoreError(.noSuchMailbox, action: error.action, subject: name)
            case .system(let errno): throw StoreError(.system(errno), action: error.action, subject: name)
            }
        }
    }

    private func recover(_ mbox: borrowing LockedMbox) throws(DeliveryFailure) {
        do throws(Errno) {
            try journal.recover(mbox.file)
        } catch {
            throw DeliveryFailure(.system(error), action: "carry out journal", path: place.path)
        }
    }

    /// Reads the file and gives UIDs; puts them down where `persisting`, and then the lock is one for writing.
    @discardableResult
    func refresh(_ mbox: borrowing LockedMbox, persisting: Bool? = nil) throws(StoreError) -> MailboxView {
        let persisting = persisting ?? !readOnly
        let taken = Clock.wall
        let parser = try parse(mbox.file)
        let base = try self.base(parser)
        var last = base.lastUID
        var view = MailboxView(uidValidity: base.uidValidity, uidNext: 1, keywords: base.keywords)
        // Only what the list of UIDs given covers is believed, and only in order: a sender can write X-UID too.
        var isKnown = parser.base != nil
        var previous: UInt32 = 0
        var firstUnknown: Int?
        var messages = parser.messages
        for index in messages.indices {
            if isKnown, let uid = messages[index].uid, uid > previous, uid <= base.lastUID {
                previous = uid
            } else {
                isKnown = false
                if firstUnknown == nil { firstUnknown = index }
                last += 1
                messages[index].uid = last
            }
            view.messages.append(entry(messages[index], in: &view))
        }
        view.uidNext = last + 1
        self.messages = messages
        self.view = view
        if persisting, parser.base != nil { state.remove() }
        if persisting, let firstUnknown {
            try persist(mbox, from: firstUnknown)
            return try reparse(mbox)
        }
        try note(mbox.file, taken: taken)
        return view
    }

    /// Reads again what this session has just written.
    private func reparse(_ mbox: borrowing LockedMbox) throws(StoreError) -> MailboxView {
        let parser = try parse(mbox.file)
        guard let view, parser.messages.map(\.uid) == messages.map(\.uid) else {
            throw StoreError(.replaced, action: "read mailbox", subject: name)
        }
        messages = parser.messages
        try note(mbox.file, taken: Clock.wall)
        return view
    }

    /// Whether the locked file is the one that was read last.
    func isAsRead(_ mbox: borrowing LockedMbox) -> Bool {
        guard let stamp, let status = try? mbox.file.status() else { return false }
        return FileStamp(status) == stamp
    }

    /// Remembers what the file looked like.
    func note(_ file: borrowing Descriptor, taken: Int64) throws(StoreError) {
        let number = file.number
        stamp = FileStamp(try storing("look at mailbox", name) { () throws(Errno) in try statusOfBorrowed(number) })
        stampTaken = taken
    }

    func parse(_ file: borrowing Descriptor) throws(StoreError) -> MboxParser {
        var parser = MboxParser()
        var offset = 0
        let number = file.number
        while true {
            let chunk = try storing("read mailbox", name) { () throws(Errno) in
                try readBorrowed(number, at: offset, count: copyChunk)
            }
            if chunk.isEmpty { break }
            parser.feed(chunk)
            offset += chunk.count
        }
        parser.finish()
        return parser
    }

    /// UIDVALIDITY, the last UID and the keywords: of the file, of this session, of the note of an emptied one, or new.
    private func base(_ parser: MboxParser) throws(StoreError) -> MboxParser.Base {
        var base: MboxParser.Base
        if let found = parser.base {
            base = found
        } else if let view {
            base = MboxParser.Base(uidValidity: view.uidValidity, lastUID: view.uidNext - 1, keywords: view.keywords)
        } else if let kept = state.read() {
            base = MboxParser.Base(uidValidity: kept.uidValidity, lastUID: kept.lastUID, keywords: [])
        } else {
            base = MboxParser.Base(uidValidity: validity.next(), lastUID: 0, keywords: [])
            // Two looks at an empty mailbox must see the same.
            if parser.messages.isEmpty, !readOnly {
                state.write(uidValidity: base.uidValidity, lastUID: 0)
            }
        }
        if Int(base.lastUID) + parser.messages.count >= Int(UIDList.highestUID) {
            base = MboxParser.Base(uidValidity: validity.next(), lastUID: 0, keywords: base.keywords)
        }
        if let view, view.uidValidity != base.uidValidity {
            throw StoreError(.replaced, action: "read mailbox", subject: name)
        }
        return base
    }

    /// The view's entry of a message; its keywords are added to the view's.
    private func entry(_ message: MboxMessage, in view: inout MailboxView) -> MailboxView.Message {
        var mask: UInt32 = 0
        for keyword in message.keywords {
            if view.keywordBit(keyword) == nil, view.keywords.count < KeywordList.limit {
                view.keywords.append(keyword)
            }
            if let bit = view.keywordBit(keyword) { mask |= 1 << UInt32(bit) }
        }
        let uid = message.uid ?? 0
        let wasRecent = self.view.flatMap { old in old.index(ofUID: uid).map { old.messages[$0].isRecent } }
        return MailboxView.Message(
            uid: uid,
            flags: message.flags,
            keywords: mask,
            isRecent: wasRecent ?? !message.isOld
        )
    }
}

/// fstat(2) of a descriptor that the caller keeps open.
func statusOfBorrowed(_ number: Int32) throws(Errno) -> FileStatus {
    let file = Descriptor(owning: number)
    do throws(Errno) {
        let status = try file.status()
        _ = file.release()
        return status
    } catch {
        _ = file.release()
        throw error
    }
}

/// UIDVALIDITY and the last UID of an mbox without messages, in a small file beside the mailboxes.
struct MboxState: Sendable {
    let folder: StoreRoot
    let name: String

    /// What the file says; nil when it is not there or damaged.
    func read() -> (uidValidity: UInt32, lastUID: UInt32)? {
        guard let root = try? folder.open(),
            let bytes = try? readFile(name, in: root, limit: 256)
        else { return nil }
        let words = bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        guard words.count == 2, let validity = decimal(words[0], below: 1 << 32), validity > 0,
            let last = decimal(words[1], below: Int(UIDList.highestUID))
        else { return nil }
        return (UInt32(validity), UInt32(last))
    }

    /// Forgets: the mbox itself says it now.
    func remove() {
        guard let root = try? folder.open() else { return }
        try? root.remove(name)
    }

    /// Notes both durably; where that fails, the mailbox gets a new UIDVALIDITY next time, which is allowed.
    func write(uidValidity: UInt32, lastUID: UInt32) {
        guard let root = try? folder.make() else { return }
        let bytes = Array("\(uidValidity) \(lastUID)\n".utf8)
        _ = try? replaceFile(name, with: bytes, in: root, ordersNames: fileSystemOrdersNames(root))
    }
}
