// SPDX-License-Identifier: Apache-2.0

/// A mailbox at one moment: its messages in the order of their UIDs.
///
/// A value: a session keeps the one it has told its client of, and learns from `changes(since:)` what is new.
package struct MailboxView: Sendable, Equatable {
    /// A message as the list of a mailbox has it.
    package struct Message: Sendable, Equatable {
        package let uid: UInt32
        /// A bit for each name in the view's `keywords`.
        package var keywords: UInt32
        package var flags: MessageFlags
        /// Whether this session is the first to see it (\Recent).
        package var isRecent: Bool

        package init(uid: UInt32, flags: MessageFlags = [], keywords: UInt32 = 0, isRecent: Bool = false) {
            self.uid = uid
            self.flags = flags
            self.keywords = keywords
            self.isRecent = isRecent
        }
    }

    /// UIDVALIDITY: another number means that UIDs seen earlier mean nothing any more.
    package let uidValidity: UInt32
    /// UIDNEXT: the next message gets this UID or a higher one.
    package var uidNext: UInt32
    /// The keywords of the mailbox, at most 26; the index is the bit.
    ///
    /// An empty name stands for none.
    package var keywords: [String]
    /// The messages by ascending UID.
    package var messages: [Message]

    package init(uidValidity: UInt32, uidNext: UInt32, keywords: [String] = [], messages: [Message] = []) {
        self.uidValidity = uidValidity
        self.uidNext = uidNext
        self.keywords = keywords
        self.messages = messages
    }

    /// Where the message of that UID is; nil when there is none.
    package func index(ofUID uid: UInt32) -> Int? {
        let index = firstIndex(atOrAfterUID: uid)
        return index < messages.count && messages[index].uid == uid ? index : nil
    }

    /// Where the first message is whose UID is not lower; the count when there is none.
    package func firstIndex(atOrAfterUID uid: UInt32) -> Int {
        var low = 0
        var high = messages.count
        while low < high {
            let middle = (low + high) / 2
            if messages[middle].uid < uid { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The names of a message's keywords.
    package func keywordNames(of message: Message) -> [String] {
        guard message.keywords != 0 else { return [] }
        return keywords.indices.compactMap { bit in
            message.keywords >> UInt32(bit) & 1 == 1 && !keywords[bit].isEmpty ? keywords[bit] : nil
        }
    }

    /// The bit of a keyword, compared without regard to ASCII case; nil when the mailbox does not have it.
    package func keywordBit(_ name: String) -> Int? {
        let name = name.lowercased()
        return keywords.firstIndex { $0.lowercased() == name }
    }

    /// How many messages are \Recent.
    package var recentCount: Int {
        messages.count { $0.isRecent }
    }

    /// How many messages are not \Seen.
    package var unseenCount: Int {
        messages.count { !$0.flags.contains(.seen) }
    }
}

/// What happened to a mailbox between two views of it.
package struct MailboxChanges: Sendable, Equatable {
    /// UIDs that are gone, ascending.
    package var expunged: [UInt32] = []
    /// UIDs that have come, ascending and above all earlier ones.
    package var appeared: [UInt32] = []
    /// UIDs that are still there with other flags or keywords, ascending.
    package var changed: [UInt32] = []
    /// Whether the mailbox has other keywords than before.
    package var keywordsChanged = false

    package init() {}

    /// Whether there is nothing to tell.
    package var isEmpty: Bool {
        expunged.isEmpty && appeared.isEmpty && changed.isEmpty && !keywordsChanged
    }
}

extension MailboxView {
    /// What is different from an older view of the same mailbox.
    package func changes(since old: MailboxView) -> MailboxChanges {
        var changes = MailboxChanges()
        changes.keywordsChanged = keywords != old.keywords
        var new = messages[...]
        for before in old.messages {
            while let first = new.first, first.uid < before.uid {
                changes.appeared.append(first.uid)
                new.removeFirst()
            }
            guard let first = new.first, first.uid == before.uid else {
                changes.expunged.append(before.uid)
                continue
            }
            if first.flags != before.flags || first.keywords != before.keywords { changes.changed.append(first.uid) }
            new.removeFirst()
        }
        changes.appeared.append(contentsOf: new.map(\.uid))
        return changes
    }
}
