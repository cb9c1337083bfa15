// SPDX-License-Identifier: Apache-2.0

@testable import MailStore
import MailboxNames

extension FuzzTarget {
    /// A dovecot-uidlist.
    static let uidList = FuzzTarget("uid-list", upTo: 4096) { bytes in
        let list = UIDList(bytes)
        var last: UInt32 = 0
        for entry in list.entries {
            try require(entry.uid > last && entry.uid < list.uidNext, "UIDs do not ascend below UIDNEXT")
            try require(entry.base.upperBound <= list.bytes.count && !entry.base.isEmpty, "a name outside of the file")
            last = entry.uid
        }
        let written = UIDList(list.encoded(uidValidity: list.uidValidity ?? 1) { _ in true })
        try require(!written.isDamaged, "what was written is damaged")
        try requireEqual(written.entries.map(\.uid), list.entries.map(\.uid), "UIDs after writing")
        try requireEqual(written.uidNext, list.uidNext, "UIDNEXT after writing")
        for index in list.entries.indices {
            try requireEqual(Array(written.base(index)), Array(list.base(index)), "a name after writing")
        }
    }

    /// Keywords, subscriptions, names of files and of mailboxes, the location of mail.
    static let mailTexts = FuzzTarget("mail-texts", upTo: 2048) { bytes in
        let keywords = KeywordList(bytes)
        try require(keywords.names.count <= 26, "more keywords than letters")
        try requireEqual(KeywordList(keywords.encoded).names, keywords.names, "keywords after writing")
        for format in [MailLocation.Format.maildir, .mbox] {
            for separator: Character in ["/", "."] {
                let names = Subscriptions(bytes, separator: separator, format: format).names
                try requireEqual(Set(names).count, names.count, "a name is subscribed twice")
                for name in names {
                    let again = try? MailboxName(name.text(separator: separator), separator: separator, format: format)
                    try requireEqual(again, name, "a name of a mailbox")
                }
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        _ = try? MailLocation(text, home: "/home/u")
        if let name = MaildirFileName(bytes.span) { _ = name }
        for letter in Array("SW".utf8) { _ = MaildirFileName.size(letter, in: bytes[...]) }
    }

    /// A Maildir: its control files and the names in it are the parts of the input, divided by NUL.
    static let maildir = FuzzTarget("maildir", upTo: 2048) { bytes in
        let parts = bytes.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
        guard parts.count >= 4 else { return }
        let root = try ScratchFolder.shared.folder("maildir")
        for name in ["cur", "new", "tmp"] { try makeFolder("\(root)/\(name)") }
        for (index, name) in ["dovecot-uidlist", "dovecot-keywords", "subscriptions"].enumerated() {
            try ScratchFolder.write("\(root)/\(name)", parts[index])
        }
        var count = 0
        for part in parts.dropFirst(3).prefix(20) {
            let name = String(decoding: part, as: UTF8.self)
            guard !part.isEmpty, name.utf8.count < 200, !part.contains(47), name != ".", name != ".." else { continue }
            let folder = count % 3 == 2 ? "new" : "cur"
            guard (try? ScratchFolder.write("\(root)/\(folder)/\(name)", Array("Subject: \(count)\n\nx\n".utf8))) != nil
            else { continue }
            count += 1
        }
        let storage = MailStorage(location: MailLocation(format: .maildir, root: root))
        _ = try? storage.subscriptions()
        _ = try? storage.list()
        try checkMailbox(storage)
    }

    /// An mbox: read in pieces of any size, and rewritten.
    static let mbox = FuzzTarget("mbox", upTo: 4096) { bytes in
        var whole = MboxParser()
        whole.feed(bytes)
        whole.finish()
        var cut = MboxParser()
        var cuts = Cuts(for: bytes)
        for piece in cuts.pieces(of: bytes) { cut.feed(Array(piece)) }
        cut.finish()
        try requireEqual(cut.messages, whole.messages, "the messages depend on the cuts")
        try requireEqual(cut.base, whole.base, "the base depends on the cuts")
        let root = try ScratchFolder.shared.folder("mbox")
        try ScratchFolder.write("\(root)/inbox", bytes)
        try makeFolder("\(root)/mail")
        let location = MailLocation(format: .mbox, root: "\(root)/mail", inbox: "\(root)/inbox")
        try checkMailbox(MailStorage(location: location))
    }

    /// Opens the INBOX, reads all of it, changes it, and opens it again: nothing may be lost or renumbered.
    private static func checkMailbox(_ storage: MailStorage) throws {
        guard let mailbox = try? storage.open("INBOX"), let view = try? mailbox.synchronise() else { return }
        let uids = view.messages.map(\.uid)
        try require(zip(uids, uids.dropFirst()).allSatisfy { $0 < $1 }, "UIDs do not ascend")
        try require(uids.allSatisfy { $0 > 0 && $0 < view.uidNext }, "a UID not below UIDNEXT")
        try require(view.uidValidity > 0, "no UIDVALIDITY")
        let contents = try read(mailbox, uids)
        guard let first = uids.first, let last = uids.last else { return }
        guard let changed = try flag(mailbox, first) else { return }
        try requireEqual(changed.messages.map(\.uid), uids, "UIDs after a change of flags")
        let again = try storage.open("INBOX")
        let read = try again.synchronise()
        try requireEqual(read.uidValidity, view.uidValidity, "UIDVALIDITY in a new session")
        try requireEqual(read.messages.map(\.uid), uids, "UIDs in a new session")
        try requireEqual(try Self.read(again, uids), contents, "contents after a change of flags")
        try require(read.messages.first?.flags.contains([.seen, .flagged]) == true, "the flags are lost")
        let left = try again.expunge([last])
        try requireEqual(left.messages.map(\.uid), Array(uids.dropLast()), "UIDs after an expunge")
        let end = try storage.open("INBOX")
        let final = try end.synchronise()
        try requireEqual(final.messages.map(\.uid), Array(uids.dropLast()), "UIDs after an expunge, in a new session")
        try requireEqual(try Self.read(end, Array(uids.dropLast())), Array(contents.dropLast()), "contents at the end")
        try require(final.uidNext >= view.uidNext, "UIDNEXT went back")
    }

    /// Sets flags and a keyword of a message; nil where there is no room for the keyword.
    private static func flag(_ mailbox: Mailbox, _ uid: UInt32) throws -> MailboxView? {
        let change = FlagChange(.add, flags: [.seen, .flagged], keywords: ["$Fuzzed"])
        do throws(StoreError) {
            return try mailbox.store(change, uids: [uid])
        } catch {
            guard error.reason == .tooManyKeywords else { throw error }
            return nil
        }
    }

    private static func read(_ mailbox: Mailbox, _ uids: [UInt32]) throws -> [[UInt8]] {
        var contents: [[UInt8]] = []
        for uid in uids { contents.append(try mailbox.open(uid).contents()) }
        for (attributes, content) in zip(try mailbox.attributes(of: uids), contents) {
            try requireEqual(attributes.size, content.count, "the size of a message")
        }
        return contents
    }
}
